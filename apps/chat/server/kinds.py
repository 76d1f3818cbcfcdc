"""What an uploaded file is, told by its content; its name only says which of the kinds it should be."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from apps.chat.errors import NotReadable, Phrase
from ragkit import LoadError, is_word_document

PDF = (".pdf",)
WORD = (".docx",)
TEXT = (
    *(".html", ".htm", ".xhtml", ".md", ".markdown", ".txt", ".text"),
    *(".jsonl", ".ndjson", ".csv", ".tsv"),
)
ENDINGS = PDF + WORD + TEXT
"""The ends of names that can be uploaded."""
_HEAD = 1024  # a PDF may begin within these bytes
_PIECE = 1 << 20
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"#!", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0", "old_word"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
)
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


class WrongKind(NotReadable):
    """A file that is not what its name says, or of no use."""


def check_kind(path: Path, name: str) -> None:
    """Raises `WrongKind` unless the content is what the end of the name says, and can be indexed."""
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise WrongKind("file_kind", ending=ending or name, endings=" ".join(ENDINGS))
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise WrongKind("file_empty")
    found = content_of(head)
    if ending in PDF:
        _expect(found == "pdf" or (not found and b"%PDF-" in head), ending, found)
    elif ending in WORD:
        _expect(found == "zip", ending, found)
        _check_word(path, ending)
    else:
        _expect(found in ("", "program") and not head.startswith(b"\x7fELF"), ending, found)
        _check_text(path, head, ending)


def content_of(head: bytes) -> str:
    """What the first bytes say a file is; "" where they say nothing."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    return next((kind for signature, kind in _SIGNATURES if start.startswith(signature)), "")


def _expect(right: bool, ending: str, found: str) -> None:
    if not right:
        raise WrongKind("file_other", ending=ending, content=Phrase(f"content_{found or 'unknown'}"))


def _check_word(path: Path, ending: str) -> None:
    try:
        is_word = is_word_document(path)
    except LoadError as error:
        raise WrongKind("file_damaged", ending=ending) from error
    _expect(is_word, ending, "zip")


def _check_text(path: Path, head: bytes, ending: str) -> None:
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")
    try:
        _decode(path, encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise WrongKind("file_encoding") from error
    else:
        if encoding != "utf-8":
            return  # whose zero bytes are parts of letters
    # older encodings cannot be told from noise by decoding, but text in them has no control characters
    if any(_CONTROL.search(piece) for piece in _pieces(path)):
        raise WrongKind("file_binary")


def _decode(path: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    for piece in _pieces(path):
        decoder.decode(piece)
    decoder.decode(b"", final=True)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
