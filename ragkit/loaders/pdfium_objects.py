"""What a PDF page is painted with, from the bottom up: text, shapes, pictures."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from ctypes import CFUNCTYPE, addressof, c_float, c_int, c_uint, c_void_p, cast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

Colour = tuple[int, int, int]
Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top in the page's own space."""

_Matrix = tuple[float, float, float, float, float, float]

_UNMOVED: _Matrix = (1, 0, 0, 1, 0, 0)
_TEXT, _SHAPE, _PICTURE, _FORM = 1, 2, 3, 5
_DEEPEST = 15  # forms in forms
_OUTLINED, _OUTLINED_TOO = (1, 5), (2, 6)


class Ink(NamedTuple):
    """How a piece of text is painted: its mode (ISO 32000, table 104), colours, and opacity (0 to 255)."""

    mode: int
    colours: tuple[Colour, ...]
    alpha: int


@dataclass(frozen=True, slots=True)
class Part:
    """Something painted that is no text. `colour` is None where there are many or it is not known.

    A shape filled with a pattern is said to be white: pdfium does not tell.
    """

    bounds: Rectangle
    colour: Colour | None
    is_picture: bool


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

    def painted(self) -> tuple[list[Part], dict[int, int]]:
        """All but text, from the bottom up, and how much of it lies below each piece of text."""
        found: list[Part] = []
        below: dict[int, int] = {}
        for address, kind, matrix in _walk(self._page, "FPDFPage", _UNMOVED, 0):
            if kind == _TEXT:
                below[address] = len(found)
            elif kind != _SHAPE:
                found.append(Part(self._bounds(address, matrix), None, kind == _PICTURE))
            elif _is_filled(address):
                colour, _ = self._colour(self._fill, address)
                found.append(Part(self._bounds(address, matrix), colour, is_picture=False))
        return found, below

    def _colour(self, get: Callable[..., Any], address: int) -> tuple[Colour, int]:
        get(address, *self._four)
        red, green, blue, alpha = self._rgba
        return (red, green, blue), alpha

    def _bounds(self, address: int, matrix: _Matrix) -> Rectangle:
        _native("FPDFPageObj_GetBounds", c_int, *[c_void_p] * 5)(address, *self._edges)
        left, bottom, right, top = self._sides
        corners = [_moved(x, y, matrix) for x in (left, right) for y in (bottom, top)]
        across, up = zip(*corners, strict=True)
        return min(across), min(up), max(across), max(up)


def _walk(parent: int, kind: str, matrix: _Matrix, depth: int) -> Iterator[tuple[int, int, _Matrix]]:
    """Each object of a page or form: its address, its kind, and how its space lies in the page's."""
    get = _native(f"{kind}_GetObject", c_void_p, c_void_p, c_int)
    kind_of = _native("FPDFPageObj_GetType", c_int, c_void_p)
    for number in range(_native(f"{kind}_CountObjects", c_int, c_void_p)(parent)):
        address = get(parent, number)
        found = kind_of(address)
        if found != _FORM:
            yield address, found, matrix
        elif depth < _DEEPEST:
            yield from _walk(address, "FPDFFormObj", _product(_matrix(address), matrix), depth + 1)


def _is_filled(shape: int) -> bool:
    fill, stroke = c_int(), c_int()
    get = _native("FPDFPath_GetDrawMode", c_int, c_void_p, c_void_p, c_void_p)
    return bool(get(shape, addressof(fill), addressof(stroke)) and fill.value)


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
    """A function of pdfium for plain addresses: with typed pointers it takes three times as long."""
    import pypdfium2.raw

    address = cast(getattr(pypdfium2.raw, name), c_void_p).value
    assert address is not None
    return CFUNCTYPE(result, *arguments)(address)
