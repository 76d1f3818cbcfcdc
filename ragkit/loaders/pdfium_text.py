"""Text of a PDF by pdfium, with the way back from every character to its place on the page.

pdfium is not safe in threads: whoever uses it in this process goes through `open_pdf`, one at a time.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from ctypes import c_double
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.errors import EmptyFile, EncryptedFile, LoadError
from ragkit.loaders.pages import FileText, PageText, named_pages
from ragkit.loaders.pdf_metadata import sensible_title, tidy_metadata
from ragkit.loaders.pdfium_layout import Line, breaks, prominent_title
from ragkit.loaders.pdfium_unseen import Unseen, unseen_by_ink, unseen_by_place, unseen_warnings
from ragkit.types import SourceRun

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

_NUL, _HYPHEN, _LINE_FEED, _RETURN = 0, 2, 10, 13
_REASONS = {
    2: "the file cannot be opened",
    3: "not a PDF, or damaged beyond repair",
    5: "its kind of encryption is not supported",
    6: "its pages cannot be found",
}
_WRONG_PASSWORD = 4
_HYPHEN_IN_TEXT = "\ufffe"  # what stands for _HYPHEN where pdfium gives a text
_CHECKED = 32  # one in so many codes is asked for twice
_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def open_pdf(file: bytes | Path, password: str | None) -> Iterator[PdfDocument]:
    """pdfium's document, for one thread at a time. Raises `EncryptedFile` or `LoadError`."""
    import pypdfium2

    with _ONE_AT_A_TIME:
        try:
            pdf = pypdfium2.PdfDocument(file, password=password)
        except pypdfium2.PdfiumError as error:
            raise _load_error(getattr(error, "err_code", None), password) from error
        with closing(pdf):
            yield pdf


def _load_error(code: int | None, password: str | None) -> LoadError:
    if code == _WRONG_PASSWORD:
        return encrypted(password)
    return LoadError(_REASONS.get(code or 0, "not a readable PDF"))


def encrypted(password: str | None) -> EncryptedFile:
    """The error for a file that wants another password than this."""
    if password is None:
        return EncryptedFile("encrypted: it needs a password (give it with --password)")
    return EncryptedFile("encrypted: the password given is wrong (--password)")


def read_with_pdfium(data: bytes, password: str | None) -> FileText:
    """All pages, without what nobody sees. Raises `LoadError` when pdfium cannot open the file."""
    with open_pdf(data, password) as pdf:
        if len(pdf) == 0:
            raise EmptyFile("it has no pages")
        pages: list[PageText] = []
        title = ""
        broken: list[int] = []
        unseen: dict[int, Counter[Unseen]] = {}
        for index in range(len(pdf)):
            try:
                page, lines, unseen[index] = _read_page(pdf, index)
            except LoadError:
                broken.append(index)
                page, lines = PageText(text=""), []
            pages.append(page)
            title = title or (prominent_title(lines) if index == 0 else "")
        metadata = pdf.get_metadata_dict(skip_empty=True)
    warnings = [f"{named_pages(broken)} cannot be read"] if broken else []
    return FileText(
        pages=tuple(pages),
        title=sensible_title(metadata.get("Title", "")) or title,
        metadata=tidy_metadata(metadata),
        warnings=(*warnings, *_without_text(pages, broken), *unseen_warnings(unseen)),
        hidden=sum(number for counts in unseen.values() for why, number in counts.items() if why != "scan"),
    )


def _without_text(pages: Sequence[PageText], broken: Sequence[int]) -> list[str]:
    empty = [i for i, page in enumerate(pages) if not page.text.strip() and i not in broken]
    if not empty or len(empty) == len(pages):
        return []
    return [f"{named_pages(empty)} {'has' if len(empty) == 1 else 'have'} no text (scanned or blank?)"]


def _read_page(pdf: PdfDocument, index: int) -> tuple[PageText, list[Line], Counter[Unseen]]:
    import pypdfium2

    try:
        with closing(pdf[index]) as page, closing(page.get_textpage()) as textpage:
            codes = _codes(textpage)
            unseen = unseen_by_ink(page, textpage, codes)
            lines = _lines(textpage, _seen(codes, unseen))
            if misplaced := unseen_by_place(page, textpage, [line for line, _ in lines]):
                unseen |= misplaced
                lines = _lines(textpage, _seen(codes, unseen))
            text, runs = _with_breaks(lines)
            width, height = page.get_size()
            label = pdf.get_page_label(index)
    except pypdfium2.PdfiumError as error:
        raise LoadError(f"page {index + 1}: {error}") from error
    content = PageText(text=text, label=label, width=width, height=height, runs=runs)
    return content, [line for line, _ in lines], Counter(unseen.values())


def _codes(textpage: PdfTextPage) -> list[int]:
    """The code of each character: all at once, where that gives as many as there are."""
    from pypdfium2.raw import FPDFText_GetUnicode

    raw, count = textpage.raw, textpage.count_chars()
    text = textpage.get_text_range() if count else ""
    codes = [_HYPHEN if character == _HYPHEN_IN_TEXT else ord(character) for character in text]
    if len(codes) == count and all(
        FPDFText_GetUnicode(raw, i) == codes[i] for i in range(0, count, _CHECKED)
    ):
        return codes
    return [FPDFText_GetUnicode(raw, i) for i in range(count)]


def _seen(codes: Sequence[int], unseen: Mapping[int, Unseen]) -> list[int]:
    """The codes with none for characters that nobody sees; a scan's are kept, for its picture shows them."""
    seen = list(codes)
    for char, why in unseen.items():
        if why != "scan":
            seen[char] = _NUL
    return seen


def _lines(textpage: PdfTextPage, codes: Sequence[int]) -> list[tuple[Line, list[SourceRun]]]:
    """The page's lines in reading order, each with its runs counted from the line's start."""
    lines = []
    start = 0
    for i, code in enumerate([*codes, _LINE_FEED]):
        if code not in (_LINE_FEED, _HYPHEN):
            continue
        end = i + 1 if code == _HYPHEN else i
        text, runs = decode(codes, start, end)
        if text.strip():
            lines.append((_place(textpage, start, end, text, codes), runs))
        start = i + 1
    return lines


def decode(codes: Sequence[int], start: int, end: int) -> tuple[str, list[SourceRun]]:
    """Characters of one line and their runs; surrogate halves are joined, unpaired ones left out."""
    if plain := _plain(codes, start, end):
        return plain, [SourceRun(start=0, length=len(plain), char=start)]
    pieces: list[str] = []
    runs: list[SourceRun] = []
    i = start
    while i < end:
        piece, used = _character(codes, i, end)
        if piece:
            last = runs[-1] if runs else None
            if last and last.start + last.length == len(pieces) and last.char + last.length == i:
                runs[-1] = SourceRun(start=last.start, length=last.length + 1, char=last.char)
            else:
                runs.append(SourceRun(start=len(pieces), length=1, char=i))
            pieces.append(piece)
        i += used
    return "".join(pieces), runs


def _plain(codes: Sequence[int], start: int, end: int) -> str:
    """The line where every code is a character of its own, as nearly always; else ""."""
    while end > start and codes[end - 1] == _RETURN:
        end -= 1
    line = codes[start:end]
    return "".join(map(chr, line)) if line and min(line) > _RETURN and max(line) < 0xD800 else ""


def _character(codes: Sequence[int], i: int, end: int) -> tuple[str, int]:
    code = codes[i]
    if code in (_NUL, _RETURN):
        return "", 1
    if code == _HYPHEN:
        return "-", 1
    if not 0xD800 <= code <= 0xDFFF:
        return chr(code) if code <= 0x10FFFF else "", 1
    if code < 0xDC00 and i + 1 < end and 0xDC00 <= codes[i + 1] <= 0xDFFF:
        return chr(0x10000 + ((code - 0xD800) << 10) + codes[i + 1] - 0xDC00), 2
    return "", 1


def _place(textpage: PdfTextPage, start: int, end: int, text: str, codes: Sequence[int]) -> Line:
    from pypdfium2.raw import FPDFText_GetCharOrigin, FPDFText_GetFontSize

    inked = [i for i in range(start, end) if codes[i] > ord(" ")] or [start]
    samples = (inked[0], inked[len(inked) // 2], inked[-1])
    boxes = tuple(textpage.get_charbox(i, loose=True) for i in samples)
    x, y = c_double(), c_double()
    FPDFText_GetCharOrigin(textpage.raw, inked[0], x, y)
    return Line(
        inked=inked,
        text=text,
        left=x.value,
        right=boxes[-1][2],
        baseline=y.value,
        height=sorted(top - bottom for _, bottom, _, top in boxes)[1],
        size=sorted(FPDFText_GetFontSize(textpage.raw, i) for i in samples)[1],
        samples=boxes,
    )


def _with_breaks(lines: Sequence[tuple[Line, list[SourceRun]]]) -> tuple[str, tuple[SourceRun, ...]]:
    pieces: list[str] = []
    runs: list[SourceRun] = []
    length = 0
    separators = [*breaks([line for line, _ in lines]), ""]
    for (line, line_runs), separator in zip(lines, separators, strict=False):
        runs += (SourceRun(start=run.start + length, length=run.length, char=run.char) for run in line_runs)
        pieces += (line.text, separator)
        length += len(line.text) + len(separator)
    return "".join(pieces), tuple(runs)
