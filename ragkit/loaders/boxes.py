"""Where a span of a document stands on the pages of its PDF."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ragkit.loaders.pdfium_text import open_pdf
from ragkit.loaders.pdfium_view import Points, as_seen
from ragkit.types import Box, Document, Page

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

_LINE_BREAKS = (2, 10, 13)


def span_boxes(
    path: Path, document: Document, start: int, end: int, *, password: str | None = None
) -> tuple[Box, ...]:
    """The boxes that cover `document.text[start:end]`, and no other text of the page.

    One a line, or more where other text would be covered by one; none if the document has no source runs.
    `path` must be the file that the document was read from. Raises `LoadError`.
    """
    wanted = [(page, chars) for page in document.pages if (chars := source_chars(page, start, end))]
    if not wanted:
        return ()
    boxes: list[Box] = []
    with open_pdf(path.read_bytes(), password) as pdf:
        for page, chars in wanted:
            with closing(pdf[page.index]) as pdf_page, closing(pdf_page.get_textpage()) as textpage:
                boxes += _page_boxes(page, chars, _Inks(page.index, pdf_page, textpage))
    return tuple(boxes)


def source_chars(page: Page, start: int, end: int) -> list[int]:
    """The page's character numbers, as pdfium counts them, behind `start` to `end` of the text."""
    chars: list[int] = []
    for run in page.runs:
        first, last = max(start, run.start), min(end, run.start + run.length)
        chars += range(run.char + first - run.start, run.char + last - run.start)
    return chars


class _Inks:
    """The characters of a page that show ink: their codes, and where they are seen."""

    def __init__(self, page_index: int, page: PdfPage, textpage: PdfTextPage) -> None:
        from pypdfium2.raw import FPDFText_GetUnicode

        count = textpage.count_chars()
        self.page_index = page_index
        self.codes = [FPDFText_GetUnicode(textpage.raw, i) for i in range(count)]
        self.size = page.get_size()
        corners = np.array([textpage.get_charbox(i) for i in range(count)]).reshape(-1, 2, 2)
        seen = as_seen(corners, page)
        self.near, self.far = seen.min(axis=1), seen.max(axis=1)
        self.middles = (self.near + self.far) / 2

    def box(self, char: int) -> Box | None:
        """What is seen of one character, origin at the top left; None where that is nothing."""
        if char >= len(self.codes) or self.codes[char] <= ord(" "):
            return None
        (left, top), (right, bottom) = self.near[char], self.far[char]
        width, height = self.size
        box = Box(
            page_index=self.page_index,
            left=max(0.0, float(left)),
            top=max(0.0, float(top)),
            right=min(width, float(right)),
            bottom=min(height, float(bottom)),
        )
        return box if box.left < box.right and box.top < box.bottom else None

    def breaks(self, first: int, last: int) -> bool:
        """Whether a line ends between two characters."""
        return any(code in _LINE_BREAKS for code in self.codes[first:last])

    def around(self, chars: list[int], others: list[int]) -> Points:
        """The middles of `others` that lie in the rectangle around `chars`, where they show ink."""
        inked = [char for char in others if self.codes[char] > ord(" ")]
        return _within(self.middles[inked], self.near[chars].min(axis=0), self.far[chars].max(axis=0))


def _page_boxes(page: Page, chars: list[int], inks: _Inks) -> list[Box]:
    others = inks.around(chars, sorted(set(source_chars(page, page.start, page.end)) - set(chars)))
    boxes: list[Box] = []
    previous = -1
    for char in chars:
        box = inks.box(char)
        if box is None:
            continue
        joined = _union(boxes[-1], box) if boxes and _beside(inks, previous, char, boxes[-1], box) else None
        if joined and not _holds_any(joined, others):
            boxes[-1] = joined
        else:
            boxes.append(box)
        previous = char
    return boxes


def _beside(inks: _Inks, previous: int, char: int, line: Box, box: Box) -> bool:
    """Whether no line break stands between, and the boxes lie next to each other, in a row or a column."""
    if not previous < char <= previous + 50 or inks.breaks(previous, char):
        return False
    size = max(line.bottom - line.top, box.bottom - box.top, 4.0)
    beside = box.top < line.bottom + size and box.bottom > line.top - size
    below = box.left < line.right + size and box.right > line.left - size
    return beside or below


def _holds_any(box: Box, points: Points) -> bool:
    return len(_within(points, np.array([box.left, box.top]), np.array([box.right, box.bottom]))) > 0


def _within(points: Points, low: Points, high: Points) -> Points:
    inside: Points = points[np.all((points >= low) & (points <= high), axis=1)]
    return inside


def _union(a: Box, b: Box) -> Box:
    return Box(
        page_index=a.page_index,
        left=min(a.left, b.left),
        top=min(a.top, b.top),
        right=max(a.right, b.right),
        bottom=max(a.bottom, b.bottom),
    )
