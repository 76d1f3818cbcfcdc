"""Text of a PDF page that is painted, but may not show: a part covers it, a clip cuts it off, a layer is off.

What raises the doubt is cheap to find; whether a page shows its doubtful text is seen by painting it without.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ragkit.loaders.pdfium_objects import PageObjects, Painted, Part, Rectangle
from ragkit.loaders.pdfium_view import Points, pixels_around

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

Doubt = Literal["covered", "clipped away", "in a layer that is off", "in a form that is off"]

_SCALE = 2.0  # pixels to the point: thin dots of small type show
_MOST_PIXELS = 2000  # of a side of a page that is looked at
_SEEN = 12  # of 255: what changes the brightness less is not seen
_LEAST_LENGTH = 2.0  # points of a text that a part covers, or a clip cuts off, at least
_MOST_PAIRS = 1_000_000  # of texts and parts that are compared at once


def doubts(objects: PageObjects, painted: Painted, pieces: Iterable[int]) -> dict[int, Doubt]:
    """Those of the pieces of text that may not show, and why."""
    found: dict[int, Doubt] = {}
    clips: dict[int, Rectangle] = {}
    under: list[int] = []
    parts, below, in_forms = painted
    for piece in pieces:
        if piece in in_forms:
            found[piece] = "in a form that is off"
        elif objects.is_in_layer(piece):
            found[piece] = "in a layer that is off"
        if clip := objects.clip(piece):
            clips[piece] = clip
        if below.get(piece, len(parts)) < len(parts):
            under.append(piece)
    bounds = {piece: objects.bounds(piece, in_forms.get(piece)) for piece in {*clips, *under}}
    if clips:
        cut = _cut(np.array([bounds[piece] for piece in clips]), np.array(list(clips.values())))
        found |= dict.fromkeys(compress(clips, cut), "clipped away")
    if under:
        first = np.array([below[piece] for piece in under])
        covered = _covered(np.array([bounds[piece] for piece in under]), first, parts)
        found |= dict.fromkeys(compress(under, covered), "covered")
    return found


def not_shown(
    page: PdfPage,
    textpage: PdfTextPage,
    objects: PageObjects,
    pieces: Mapping[int, Sequence[int]],
    repeats: Iterable[int],
) -> dict[int, list[int]]:
    """Those of the pieces' characters without which, and what repeats them, the page looks the same."""
    found: dict[int, list[int]] = {}
    chars = [(piece, char) for piece, some in pieces.items() for char in some]
    if not chars:
        return found
    scale = float(min(_SCALE, _MOST_PIXELS / max(page.get_size())))
    differs = _differs(page, objects, [*pieces, *repeats], scale)
    boxes = np.array([textpage.get_charbox(char) for _, char in chars])
    for (piece, char), box in zip(chars, pixels_around(boxes, page, scale).tolist(), strict=True):
        left, top, right, bottom = box
        around = differs[top:bottom, left:right]
        if around.size and not around.any():
            found.setdefault(piece, []).append(char)
    return found


def _differs(page: PdfPage, objects: PageObjects, pieces: Sequence[int], scale: float) -> NDArray[np.bool_]:
    """Which pixels (height, width) of a page look different without the pieces."""
    before: NDArray[np.uint8] = page.render(scale=scale, grayscale=True).to_numpy()
    objects.show(pieces, shown=False)
    after: NDArray[np.uint8] = page.render(scale=scale, grayscale=True).to_numpy()
    objects.show(pieces, shown=True)
    differs: NDArray[np.bool_] = np.maximum(before, after) - np.minimum(before, after) >= _SEEN
    return differs


def _covered(bounds: Points, below: NDArray[np.intp], parts: Sequence[Part]) -> NDArray[np.bool_]:
    """Which texts have a part above them that covers more than their edge."""
    covered = np.zeros(len(bounds), dtype=bool)
    edge = _edge(bounds)
    places = np.array([part.bounds for part in parts])
    thick = (places[:, 2:] - places[:, :2]).min(axis=1) > edge.min()
    above = np.flatnonzero(thick & (np.arange(len(parts)) >= below.min()))
    step = max(1, _MOST_PAIRS // len(bounds))
    for start in range(0, len(above), step):
        some = above[start : start + step]
        covers = some >= below[:, None]
        for side in (0, 1):
            first = np.maximum(bounds[:, side, None], places[some, side])
            last = np.minimum(bounds[:, side + 2, None], places[some, side + 2])
            covers &= last - first > edge[:, side, None]
        covered |= covers.any(axis=1)
    return covered


def _cut(bounds: Points, clips: Points) -> NDArray[np.bool_]:
    """Which texts have more than their edge outside of their clip."""
    size = bounds[:, 2:] - bounds[:, :2]
    common = np.minimum(bounds[:, 2:], clips[:, 2:]) - np.maximum(bounds[:, :2], clips[:, :2])
    cut: NDArray[np.bool_] = (size - common > _edge(bounds)).any(axis=1)
    cut[(size <= 0).any(axis=1)] = False
    return cut


def _edge(bounds: Points) -> Points:
    """The width and height (n, 2) that matter: half of a line's height, and a letter of its length."""
    half = (bounds[:, 2:] - bounds[:, :2]) / 2
    edge: Points = np.where(half > half.min(axis=1, keepdims=True), np.minimum(half, _LEAST_LENGTH), half)
    return edge
