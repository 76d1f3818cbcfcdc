"""Text of a PDF page that its readers do not see: in no ink, in the colour of its background, off the page.

Who hides text from readers means it for machines, and a citation of it could not be checked.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ragkit.loaders.pages import named_pages
from ragkit.loaders.pdfium_layout import Line
from ragkit.loaders.pdfium_objects import Colour, Ink, PageObjects, Part, Rectangle
from ragkit.loaders.pdfium_view import Points, as_seen

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

Unseen = Literal["no ink", "the colour of the background", "off the page", "tiny type", "scan"]
"""Why nobody sees it; text of a scan has no ink either, but stands over a picture of the same words."""

_PAPER: Colour = (255, 255, 255)
_NO_INK = (3, 7)  # modes of text that is not painted
_PALE = 200  # of 255; darker text is seen, but on a bar of its own colour, which readers see
_ALIKE = 24  # of 255: two colours this near look the same
_OPAQUE = 26  # of 255: fainter ink is not seen
_STEP = 5  # characters from one that is looked at to the next, until one is found
_LEAST_HEIGHT = 1.5  # points; programs hide their marks in type of a point or less
_MOST_PIXELS = 2000  # of a side of a page that is looked at


def unseen_by_ink(page: PdfPage, textpage: PdfTextPage, codes: Sequence[int]) -> dict[int, Unseen]:
    """Those of the page's characters, known by their codes, that nobody sees for how they are painted.

    A run of fewer than some letters may be overlooked where the page hides nothing else.
    """
    objects = PageObjects(page, textpage)
    if not any(_is_doubtful(objects.ink(piece)) for piece in objects.pieces(range(0, len(codes), _STEP))):
        return {}
    painted, below = objects.painted()
    paper = _Paper(page, textpage, painted)
    inked = (char for char, code in enumerate(codes) if code > ord(" "))
    alike: defaultdict[tuple[Ink, int], list[int]] = defaultdict(list)
    for piece, chars in objects.pieces(inked).items():
        if _is_doubtful(ink := objects.ink(piece)):
            alike[ink, below.get(piece, len(painted))] += chars
    unseen: dict[int, Unseen] = {}
    for (ink, parts), chars in alike.items():
        unseen |= paper.judge(chars, ink, parts)
    return unseen


def unseen_by_place(page: PdfPage, textpage: PdfTextPage, lines: Sequence[Line]) -> dict[int, Unseen]:
    """Those characters of the lines that stand off the page, or are too small beside its other text.

    A line that only ends off the page is not hidden: it was too long.
    """
    around = page.get_bbox()
    least = _LEAST_HEIGHT if any(line.height >= 3 * _LEAST_HEIGHT for line in lines) else 0.0
    unseen: dict[int, Unseen] = {}
    for line in lines:
        first, middle, _ = places = [_misplaced(box, around, least) for box in line.samples]
        too_long = first is None and middle is None
        if any(places):
            for char in line.inked:
                why = _misplaced(textpage.get_charbox(char, loose=True), around, least)
                if why and not (why == "off the page" and too_long):
                    unseen[char] = why
    return unseen


def _misplaced(box: Rectangle, page: Rectangle, least: float) -> Unseen | None:
    left, bottom, right, top = box
    if top - bottom < least:
        return "tiny type"
    x, y = (left + right) / 2, (bottom + top) / 2
    return None if page[0] <= x <= page[2] and page[1] <= y <= page[3] else "off the page"


def unseen_warnings(pages: Mapping[int, Counter[Unseen]]) -> list[str]:
    """What people should know of the characters that nobody sees, by the index of their page."""
    scanned = [index for index, counts in pages.items() if counts["scan"]]
    hiding = [index for index, counts in pages.items() if counts.total() > counts["scan"]]
    kinds = sum((pages[index] for index in hiding), Counter[Unseen]())
    del kinds["scan"]
    warnings = []
    if hiding:
        have, why = "has" if len(hiding) == 1 else "have", ", ".join(kind for kind, _ in kinds.most_common())
        number = kinds.total()
        characters = "1 character" if number == 1 else f"{number:,} characters"
        warnings.append(f"{named_pages(hiding)} {have} {characters} that nobody sees ({why}), left out")
    if scanned:
        have = "has" if len(scanned) == 1 else "have"
        warnings.append(
            f"{named_pages(scanned)} {have} text that was read from pictures (OCR): it may be wrong"
        )
    return warnings


def _is_doubtful(ink: Ink) -> bool:
    return _has_none(ink) or any(_brightness(*colour) >= _PALE for colour in ink.colours)


def _brightness(red: int, green: int, blue: int) -> float:
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _has_none(ink: Ink) -> bool:
    return ink.mode in _NO_INK or ink.alpha < _OPAQUE


class _Paper:
    """What stands behind the text of a page."""

    def __init__(self, page: PdfPage, textpage: PdfTextPage, painted: Sequence[Part]) -> None:
        self._page = page
        self._textpage = textpage
        self._painted = painted
        self._bounds = np.array([part.bounds for part in painted]).reshape(-1, 4)
        self._pictures = np.array([part.is_picture for part in painted], dtype=bool)

    def judge(self, chars: Sequence[int], ink: Ink, below: int) -> dict[int, Unseen]:
        """Those of the characters that nobody sees, painted over the first `below` parts."""
        boxes = np.array([self._textpage.get_charbox(char) for char in chars])
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        if _has_none(ink):
            behind = self._behind(middles, self._pictures)
            return {char: "no ink" if part < 0 else "scan" for char, part in zip(chars, behind, strict=True)}
        behind = self._behind(middles, np.arange(len(self._painted)) < below)
        return {
            char: "the colour of the background"
            for char, part, box in zip(chars, behind, boxes, strict=True)
            if self._hides(ink, part, box)
        }

    def _behind(self, middles: Points, among: NDArray[np.bool_]) -> NDArray[np.intp]:
        """The number of the topmost part at each point, -1 for bare paper."""
        left, bottom, right, top = self._bounds.T
        (x0, y0), (x1, y1) = middles.min(axis=0), middles.max(axis=0)
        near = np.flatnonzero((left <= x1) & (right >= x0) & (bottom <= y1) & (top >= y0) & among)
        x, y = middles[:, :1], middles[:, 1:]
        inside = (left[near] <= x) & (x <= right[near]) & (bottom[near] <= y) & (y <= top[near])
        topmost: NDArray[np.intp] = np.where(inside, near, -1).max(axis=1, initial=-1)
        return topmost

    def _hides(self, ink: Ink, part: int, box: Points) -> bool:
        colour = self._painted[part].colour if part >= 0 else _PAPER
        if colour is None or not all(_alike(colour, other) for other in ink.colours):
            return False
        return part < 0 or colour != _PAPER or self._looks_even(box)

    def _looks_even(self, box: Points) -> bool:
        """Whether the page shows one colour in a box: a shape that is said to be white may have a pattern."""
        corners = as_seen(box.reshape(2, 2), self._page) * self._scale
        (left, top), (right, bottom) = corners.min(axis=0) - 1, corners.max(axis=0) + 2
        pixels = self._pixels[max(0, int(top)) : max(0, int(bottom)), max(0, int(left)) : max(0, int(right))]
        return not pixels.size or bool((np.ptp(pixels, axis=(0, 1)) < _ALIKE).all())

    @functools.cached_property
    def _pixels(self) -> NDArray[np.uint8]:
        """The page as it is shown: (height, width, channels)."""
        pixels: NDArray[np.uint8] = self._page.render(scale=self._scale).to_numpy()
        return pixels

    @functools.cached_property
    def _scale(self) -> float:
        return float(min(1.0, _MOST_PIXELS / max(self._page.get_size())))


def _alike(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) < _ALIKE for a, b in zip(one, other, strict=True))
