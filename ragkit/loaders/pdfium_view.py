"""How a PDF page is seen: turned and cropped, from its top left corner."""

from __future__ import annotations

from ctypes import byref, c_int
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

Points = NDArray[np.float64]

# pdfium maps points to whole pixels; so many pixels to the point keep a hundredth of a point.
_PRECISION = 100
_FAR = 1000  # points; far enough for a precise direction


def as_seen(points: Points, page: PdfPage) -> Points:
    """Points (…, 2) of the page's own space, whose origin is at the bottom left, as they are seen."""
    size = page.get_size()
    origin = np.array(_seen(page, size, 0, 0))
    across = (np.array(_seen(page, size, _FAR, 0)) - origin) / _FAR
    up = (np.array(_seen(page, size, 0, _FAR)) - origin) / _FAR
    seen: Points = origin + points[..., :1] * across + points[..., 1:] * up
    return seen


def pixels_around(boxes: Points, page: PdfPage, scale: float) -> NDArray[np.intp]:
    """Left, top, right and bottom (n, 4) among the pixels of a painted page for boxes (n, 4) of its own
    space, with one more pixel each way."""
    corners = as_seen(boxes.reshape(-1, 2, 2), page) * scale
    around = np.concatenate([corners.min(axis=1) - 1, corners.max(axis=1) + 2], axis=1)
    pixels: NDArray[np.intp] = np.maximum(around, 0).astype(np.intp)
    return pixels


def _seen(page: PdfPage, size: tuple[float, float], x: float, y: float) -> tuple[float, float]:
    from pypdfium2.raw import FPDF_PageToDevice

    across, down = c_int(), c_int()
    pixels = (round(length * _PRECISION) for length in size)
    FPDF_PageToDevice(page.raw, 0, 0, *pixels, 0, x, y, byref(across), byref(down))
    return across.value / _PRECISION, down.value / _PRECISION
