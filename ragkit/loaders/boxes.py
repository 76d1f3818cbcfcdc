"""Where a span of a document stands on the pages of its PDF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from ctypes import byref, c_int
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.loaders.pdfium_text import open_pdf
from ragkit.types import Box, Document, Page

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

# pdfium maps points to whole pixels; so many pixels to the point keep a hundredth of a point.
_PRECISION = 100
_LINE_BREAKS = (2, 10, 13)


def span_boxes(
    path: Path, document: Document, start: int, end: int, *, password: str | None = None
) -> tuple[Box, ...]:
    """The boxes that cover `document.text[start:end]`, one a line; none if it has no source runs.

    `path` must be the file that the document was read from. Raises `LoadError`.
    """
    wanted = [(page, chars) for page in document.pages if (chars := source_chars(page, start, end))]
    if not wanted:
        return ()
    boxes: list[Box] = []
    with open_pdf(path.read_bytes(), password) as pdf:
        for page, chars in wanted:
            with closing(pdf[page.index]) as pdf_page, closing(pdf_page.get_textpage()) as textpage:
                boxes += _page_boxes(page, chars, pdf_page, textpage)
    return tuple(boxes)


def source_chars(page: Page, start: int, end: int) -> list[int]:
    """The page's character numbers, as pdfium counts them, behind `start` to `end` of the text."""
    chars: list[int] = []
    for run in page.runs:
        first, last = max(start, run.start), min(end, run.start + run.length)
        chars += range(run.char + first - run.start, run.char + last - run.start)
    return chars


def _page_boxes(page: Page, chars: list[int], pdf_page: PdfPage, textpage: PdfTextPage) -> list[Box]:
    boxes: list[Box] = []
    previous = -2
    for char, box in _char_boxes(page, chars, pdf_page, textpage):
        if boxes and _same_line(textpage, previous, char, boxes[-1], box):
            boxes[-1] = _union(boxes[-1], box)
        else:
            boxes.append(box)
        previous = char
    return boxes


def _char_boxes(
    page: Page, chars: list[int], pdf_page: PdfPage, textpage: PdfTextPage
) -> Iterator[tuple[int, Box]]:
    """Boxes of the characters that show ink, origin at the top left of the page as it is seen."""
    from pypdfium2.raw import FPDFText_GetUnicode

    width, height = pdf_page.get_size()
    count = textpage.count_chars()
    for char in chars:
        if char >= count or FPDFText_GetUnicode(textpage.raw, char) <= 32:
            continue
        left, bottom, right, top = textpage.get_charbox(char)
        corners = [_seen(pdf_page, x, y, width, height) for x, y in ((left, bottom), (right, top))]
        (x0, x1), (y0, y1) = (sorted(values) for values in zip(*corners, strict=True))
        box = Box(
            page_index=page.index,
            left=max(0.0, x0),
            top=max(0.0, y0),
            right=min(width, x1),
            bottom=min(height, y1),
        )
        if box.left < box.right and box.top < box.bottom:
            yield char, box


def _seen(page: PdfPage, x: float, y: float, width: float, height: float) -> tuple[float, float]:
    """A point of the page's own space, turned and cropped as the page is shown."""
    from pypdfium2.raw import FPDF_PageToDevice

    across, down = c_int(), c_int()
    size = round(width * _PRECISION), round(height * _PRECISION)
    FPDF_PageToDevice(page.raw, 0, 0, *size, 0, x, y, byref(across), byref(down))
    return across.value / _PRECISION, down.value / _PRECISION


def _same_line(textpage: PdfTextPage, previous: int, char: int, line: Box, box: Box) -> bool:
    """Whether no line break stands between, and the boxes lie beside each other."""
    from pypdfium2.raw import FPDFText_GetUnicode

    if not previous < char <= previous + 50:
        return False
    if any(FPDFText_GetUnicode(textpage.raw, i) in _LINE_BREAKS for i in range(previous, char)):
        return False
    size = max(line.bottom - line.top, box.bottom - box.top, 4.0)
    beside = box.top < line.bottom + size and box.bottom > line.top - size
    below = box.left < line.right + size and box.right > line.left - size
    return beside or below


def _union(a: Box, b: Box) -> Box:
    return Box(
        page_index=a.page_index,
        left=min(a.left, b.left),
        top=min(a.top, b.top),
        right=max(a.right, b.right),
        bottom=max(a.bottom, b.bottom),
    )
