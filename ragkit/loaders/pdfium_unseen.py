"""Text of a PDF page that its readers do not see: in no ink or that of its background, covered, off the page.

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
from ragkit.loaders.pdfium_objects import Colour, Ink, PageObjects, Painted, Rectangle
from ragkit.loaders.pdfium_shown import Doubt, doubts, not_shown
from ragkit.loaders.pdfium_view import Points, pixels_around

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

Unseen = Literal["no ink", "the colour of the background", "off the page", "tiny type", "scan"] | Doubt
"""Why nobody sees it; text of a scan has no ink either, but stands over a picture of the same words."""

_PAPER: Colour = (255, 255, 255)
_NO_INK = (3, 7)  # modes of text that is not painted
_PALE = 200  # of 255; darker text is seen, but on a bar of its own colour, which readers see
_ALIKE = 24  # of 255: two colours this near look the same
_OPAQUE = 26  # of 255: fainter ink is not seen
_STEP = 5  # characters from one that is looked at to the next, until one is found
_LEAST_HEIGHT = 1.5  # points; programs hide their marks in type of a point or less
_MOST_PIXELS = 2000  # of a side of a page that is looked at
_LAST_CODE = 0x10FFFF


def unseen_by_ink(page: PdfPage, textpage: PdfTextPage, codes: Sequence[int]) -> dict[int, Unseen]:
    """Those of the page's characters, known by their codes, that nobody sees for how they are painted.

    A run of fewer than some letters may be overlooked where the page hides nothing else.
    """
    objects = PageObjects(page, textpage)
    painted = objects.painted()
    sample = objects.pieces(range(0, len(codes), _STEP))
    pale = any(map(_is_doubtful, set(map(objects.ink, sample))))
    doubtful = bool(doubts(objects, painted, sample))
    if not pale and not doubtful:
        return {}
    paper = _Paper(page, textpage, objects, painted)
    chars = objects.pieces(char for char, code in enumerate(codes) if _has_shape(code))
    unseen = _unseen_by_colour(objects, paper, chars) if pale else {}
    if doubtful:
        why = doubts(objects, painted, chars)
        repeats = painted.below.keys() - chars.keys()  # the text page leaves out what repeats other words
        rest = {piece: [char for char in chars[piece] if char not in unseen] for piece in why}
        for piece, some in not_shown(page, textpage, objects, rest, repeats).items():
            unseen |= paper.named(some, why[piece], paper.below(piece))
    return unseen


def _unseen_by_colour(
    objects: PageObjects, paper: _Paper, chars: Mapping[int, list[int]]
) -> dict[int, Unseen]:
    alike: defaultdict[tuple[Ink, int], list[int]] = defaultdict(list)
    for piece, some in chars.items():
        if _is_doubtful(ink := objects.ink(piece)):
            alike[ink, paper.below(piece)] += some
    unseen: dict[int, Unseen] = {}
    for (ink, below), some in alike.items():
        unseen |= paper.judge(some, ink, below)
    return unseen


def _has_shape(code: int) -> bool:
    return code > ord(" ") and not chr(min(code, _LAST_CODE)).isspace()


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

    def __init__(self, page: PdfPage, textpage: PdfTextPage, objects: PageObjects, painted: Painted) -> None:
        self._page = page
        self._textpage = textpage
        self._objects = objects
        self._painted, self._below, _ = painted
        self._bounds = np.array([part.bounds for part in self._painted]).reshape(-1, 4)
        self._pictures = np.array([part.is_picture for part in self._painted], dtype=bool)

    def below(self, piece: int) -> int:
        """How many parts lie below a piece of text."""
        return self._below.get(piece, len(self._painted))

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

    def named(self, chars: Sequence[int], why: Doubt, below: int) -> dict[int, Unseen]:
        """Why each is not shown: it is of a scan where a picture shows its words instead."""
        boxes = np.array([self._textpage.get_charbox(char) for char in chars])
        over = np.arange(len(self._painted)) >= below if why == "covered" else True
        shown = self._behind((boxes[:, :2] + boxes[:, 2:]) / 2, self._pictures & over)
        return {char: why if part < 0 else "scan" for char, part in zip(chars, shown, strict=True)}

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
        shape = self._painted[part].shape if part >= 0 else None
        if shape is None and part >= 0:
            return False
        colour = _PAPER if shape is None else self._objects.colour(shape)
        if not all(_alike(colour, other) for other in ink.colours):
            return False
        return part < 0 or colour != _PAPER or self._looks_even(box)

    def _looks_even(self, box: Points) -> bool:
        """Whether the page shows one colour in a box: a shape that is said to be white may have a pattern."""
        ((left, top, right, bottom),) = pixels_around(box[None], self._page, self._scale)
        pixels = self._pixels[top:bottom, left:right]
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
