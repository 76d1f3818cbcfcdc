"""What a PDF page is painted with, from the bottom up: text, shapes, pictures."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from ctypes import (
    PYFUNCTYPE,
    addressof,
    c_float,
    c_int,
    c_uint,
    c_ulong,
    c_void_p,
    cast,
    create_string_buffer,
)
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

Colour = tuple[int, int, int]
Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top in the page's own space."""

_Matrix = tuple[float, float, float, float, float, float]

_UNMOVED: _Matrix = (1, 0, 0, 1, 0, 0)
_NOWHERE: Rectangle = (0, 0, 0, 0)
_TEXT, _SHAPE, _PICTURE, _FORM = 1, 2, 3, 5
_DEEPEST = 15  # forms in forms
_OUTLINED, _OUTLINED_TOO = (1, 5), (2, 6)
_RECTANGLE = (4, 5)  # points of a path that is one
_LAYER = "OC\0".encode("utf-16-le")  # the mark of what belongs to a layer, as pdfium gives it


class Ink(NamedTuple):
    """How a piece of text is painted: its mode (ISO 32000, table 104), colours, and opacity (0 to 255)."""

    mode: int
    colours: tuple[Colour, ...]
    alpha: int


class Part(NamedTuple):
    """Something painted that is no text, of the colour of a shape or else of many."""

    bounds: Rectangle
    shape: int | None
    is_picture: bool


class Painted(NamedTuple):
    """A page from the bottom up: all but text, how much of it lies below each piece of text, and how the
    space of those pieces that a form paints lies in the page's."""

    parts: list[Part]
    below: dict[int, int]
    in_forms: dict[int, _Matrix]


class PageObjects:
    """The objects of one page, known by their addresses, as long as the page is open."""

    def __init__(self, page: PdfPage, textpage: PdfTextPage) -> None:
        self._page = cast(page.raw, c_void_p).value or 0
        self._textpage = cast(textpage.raw, c_void_p).value or 0
        self._rgba = (c_uint * 4)()
        self._four = [addressof(self._rgba) + 4 * i for i in range(4)]
        self._sides = (c_float * 4)()
        self._edges = [addressof(self._sides) + 4 * i for i in range(4)]
        self._mode = _native("FPDFTextObj_GetTextRenderMode", c_int, c_void_p)
        self._fill = _native("FPDFPageObj_GetFillColor", c_int, *[c_void_p] * 5)
        self._stroke = _native("FPDFPageObj_GetStrokeColor", c_int, *[c_void_p] * 5)
        self._bounds_of = _native("FPDFPageObj_GetBounds", c_int, *[c_void_p] * 5)
        self._clip_of = _native("FPDFPageObj_GetClipPath", c_void_p, c_void_p)
        self._paths = _native("FPDFClipPath_CountPaths", c_int, c_void_p)
        self._segment = _native("FPDFClipPath_GetPathSegment", c_void_p, c_void_p, c_int, c_int)
        self._clips: dict[int, Rectangle] = {}
        self._marks = _native("FPDFPageObj_CountMarks", c_int, c_void_p)
        self._mark = _native("FPDFPageObj_GetMark", c_void_p, c_void_p, c_int)
        self._layers: dict[int, bool] = {}

    def pieces(self, chars: Iterable[int]) -> dict[int, list[int]]:
        """Those of the characters that each piece of text has."""
        piece_of = _native("FPDFText_GetTextObject", c_void_p, c_void_p, c_int)
        textpage = self._textpage
        found: dict[int, list[int]] = {}
        for char in chars:
            piece = piece_of(textpage, char)
            if piece in found:
                found[piece].append(char)
            elif piece:
                found[piece] = [char]
        return found

    def ink(self, piece: int) -> Ink:
        """How a piece of text is painted."""
        mode = self._mode(piece)
        colour, alpha = self._colour(self._stroke if mode in _OUTLINED else self._fill, piece)
        if mode not in _OUTLINED_TOO:
            return Ink(mode, (colour,), alpha)
        outline, other = self._colour(self._stroke, piece)
        return Ink(mode, (colour, outline), max(alpha, other))

    def painted(self) -> Painted:
        """All that the page is painted with."""
        parts: list[Part] = []
        below: dict[int, int] = {}
        in_forms: dict[int, _Matrix] = {}
        is_filled = _filled_shapes()
        for address, kind, matrix in _walk(self._page, "FPDFPage", None, 0):
            if kind == _TEXT:
                below[address] = len(parts)
                if matrix:
                    in_forms[address] = matrix
            elif kind != _SHAPE:
                parts.append(Part(self.bounds(address, matrix), None, kind == _PICTURE))
            elif is_filled(address):
                parts.append(Part(self.bounds(address, matrix), address, is_picture=False))
        return Painted(parts, below, in_forms)

    def colour(self, shape: int) -> Colour:
        """What a shape is filled with. It is said to be white if that is a pattern: pdfium does not tell."""
        return self._colour(self._fill, shape)[0]

    def bounds(self, address: int, matrix: _Matrix | None) -> Rectangle:
        """Where an object is on the page."""
        self._bounds_of(address, *self._edges)
        left, bottom, right, top = self._sides
        if matrix is None:
            return left, bottom, right, top
        corners = [_moved(x, y, matrix) for x in (left, right) for y in (bottom, top)]
        across, up = zip(*corners, strict=True)
        return min(across), min(up), max(across), max(up)

    def clip(self, piece: int) -> Rectangle | None:
        """Where alone a piece is painted, None for everywhere; nowhere for a clip that is no rectangle."""
        clip = self._clip_of(piece)
        paths = self._paths(clip)
        if paths <= 0:
            return None
        left, bottom, right, top = self._clip_bounds(clip, 0)
        for path in range(1, paths):
            x0, y0, x1, y1 = self._clip_bounds(clip, path)
            left, bottom, right, top = max(left, x0), max(bottom, y0), min(right, x1), min(top, y1)
        return left, bottom, right, top

    def _clip_bounds(self, clip: int, path: int) -> Rectangle:
        first = self._segment(clip, path, 0)  # pieces that are clipped alike share it
        if first not in self._clips:
            self._clips[first] = _clip_bounds(clip, path)
        return self._clips[first]

    def is_in_layer(self, piece: int) -> bool:
        """Whether a piece is marked as belonging to a layer, which may be off."""
        marks = self._marks(piece)
        for number in range(marks) if marks > 0 else ():
            mark = self._mark(piece, number)
            if mark not in self._layers:
                self._layers[mark] = _is_layer(mark)
            if self._layers[mark]:
                return True
        return False

    def show(self, pieces: Iterable[int], *, shown: bool) -> None:
        """Paint these pieces, or leave them out, from now on."""
        show = _native("FPDFPageObj_SetIsActive", c_int, c_void_p, c_int)
        for piece in pieces:
            show(piece, shown)

    def _colour(self, get: Callable[..., Any], address: int) -> tuple[Colour, int]:
        get(address, *self._four)
        red, green, blue, alpha = self._rgba
        return (red, green, blue), alpha


def _walk(
    parent: int, kind: str, matrix: _Matrix | None, depth: int
) -> Iterator[tuple[int, int, _Matrix | None]]:
    """Each object of a page or form: its address, its kind, and how a form's space lies in the page's."""
    number = _native(f"{kind}_CountObjects", c_int, c_void_p)(parent)
    get = _native(f"{kind}_GetObject", c_void_p, c_void_p, c_int)
    kind_of = _native("FPDFPageObj_GetType", c_int, c_void_p)
    addresses = list(map(get, repeat(parent), range(number)))
    for address, found in zip(addresses, map(kind_of, addresses), strict=True):
        if found != _FORM:
            yield address, found, matrix
        elif depth < _DEEPEST:
            inner = _product(_matrix(address), matrix or _UNMOVED)
            yield from _walk(address, "FPDFFormObj", inner, depth + 1)


def _clip_bounds(clip: int, number: int) -> Rectangle:
    """A path's rectangle; nowhere for other paths, so that whatever they clip is looked at."""
    segments = _native("FPDFClipPath_CountPathSegments", c_int, c_void_p, c_int)(clip, number)
    if segments not in _RECTANGLE:
        return _NOWHERE
    segment_of = _native("FPDFClipPath_GetPathSegment", c_void_p, c_void_p, c_int, c_int)
    point_of = _native("FPDFPathSegment_GetPoint", c_int, c_void_p, c_void_p, c_void_p)
    x, y = c_float(), c_float()
    corners = []
    for corner in range(4):
        point_of(segment_of(clip, number, corner), addressof(x), addressof(y))
        corners.append((x.value, y.value))
    (x0, y0), (x1, y1) = corners[0], corners[2]
    if {corners[1], corners[3]} != {(x0, y1), (x1, y0)}:
        return _NOWHERE
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _is_layer(mark: int) -> bool:
    name, length = create_string_buffer(len(_LAYER)), c_ulong()
    get = _native("FPDFPageObjMark_GetName", c_int, c_void_p, c_void_p, c_ulong, c_void_p)
    get(mark, addressof(name), len(_LAYER), addressof(length))
    return name.raw == _LAYER


def _filled_shapes() -> Callable[[int], bool]:
    fill, stroke = c_int(), c_int()
    places = addressof(fill), addressof(stroke)
    get = _native("FPDFPath_GetDrawMode", c_int, c_void_p, c_void_p, c_void_p)
    return lambda shape: bool(get(shape, *places) and fill.value)


def _matrix(form: int) -> _Matrix:
    numbers = (c_float * 6)()
    _native("FPDFPageObj_GetMatrix", c_int, c_void_p, c_void_p)(form, addressof(numbers))
    a, b, c, d, e, f = numbers
    return a, b, c, d, e, f


def _moved(x: float, y: float, matrix: _Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _product(inner: _Matrix, outer: _Matrix) -> _Matrix:
    """What moves first as `inner` says, then as `outer`."""
    (e, f), (x, y) = _moved(inner[4], inner[5], outer), (outer[4], outer[5])
    a, b = _moved(inner[0], inner[1], outer)
    c, d = _moved(inner[2], inner[3], outer)
    return a - x, b - y, c - x, d - y, e, f


@functools.cache
def _native(name: str, result: type, *arguments: type) -> Callable[..., Any]:
    """A function of pdfium for plain addresses: with typed pointers it takes three times as long.

    They take less time than letting other threads run would.
    """
    import pypdfium2.raw

    address = cast(getattr(pypdfium2.raw, name), c_void_p).value
    assert address is not None
    return PYFUNCTYPE(result, *arguments)(address)
