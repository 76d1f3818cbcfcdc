"""A page of a PDF as a picture, and a PDF without its password. Made to run in a worker."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import closing
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ragkit.errors import EncryptedFile, LoadError, MissingDependency, RagkitError
from ragkit.loaders.pdfium_text import open_pdf

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

R = TypeVar("R")

_MOST_PIXELS = 16_000_000  # of a picture: 64 MB while it is painted
_LONGEST_SIDE = 10_000
_COMPRESSION = 1  # of 9; more of it takes longer and makes nothing smaller


def perform(work: Callable[[], R]) -> R:
    """What the work makes. Whatever goes wrong with the file is a `LoadError` (or `MemoryError`)."""
    try:
        return work()
    except (RagkitError, MemoryError):
        raise
    except OSError as error:
        raise LoadError((error.strerror or str(error)).lower()) from error
    except Exception as error:
        raise LoadError(f"pdfium failed ({type(error).__name__}: {error})"[:300]) from error


def page_png(path: Path, page_index: int, *, scale: float, password: str | None) -> bytes:
    """The page as PNG, `scale` pixels to the point, or fewer where that would be too many."""
    try:
        import PIL  # noqa: F401  # pypdfium2 makes pictures with it
    except ImportError as error:
        raise MissingDependency(
            "Pictures of pages need pillow. Install it with: pip install 'ragkit[app]'"
        ) from error
    with open_pdf(path, password) as pdf, closing(_page(pdf, page_index)) as page:
        painted = page.render(scale=min(scale, _most(page)), rev_byteorder=True)
        picture = painted.to_pil()
        out = io.BytesIO()
        picture.save(out, "PNG", compress_level=_COMPRESSION)
    return out.getvalue()


def save_unlocked(path: Path, target: Path, *, password: str) -> None:
    """Writes the PDF to `target` without encryption."""
    from pypdfium2.raw import FPDF_REMOVE_SECURITY

    try:
        with open_pdf(path, password) as pdf:
            pdf.save(target, flags=FPDF_REMOVE_SECURITY)
    except EncryptedFile as error:
        raise EncryptedFile("the password is wrong") from error


def _page(pdf: PdfDocument, page_index: int) -> PdfPage:
    count = len(pdf)
    if not 0 <= page_index < count:
        has = "1 page" if count == 1 else f"{count} pages"
        raise LoadError(f"there is no page {page_index + 1}: it has {has}")
    return pdf[page_index]


def _most(page: PdfPage) -> float:
    """The most pixels to the point that a picture of the page may have."""
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise LoadError(f"page has no size ({width:g} x {height:g} points)")
    return float(min(sqrt(_MOST_PIXELS / (width * height)), _LONGEST_SIDE / max(width, height)))
