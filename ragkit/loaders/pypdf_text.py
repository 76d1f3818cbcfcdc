"""Text of a PDF by pypdf: slower and without boxes, but pure Python and careful with bombs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ragkit.errors import EncryptedFile, LoadError
from ragkit.loaders.pages import FileText, PageText
from ragkit.loaders.pdf_metadata import sensible_title, tidy_metadata
from ragkit.loaders.pdfium_text import encrypted

if TYPE_CHECKING:
    from pypdf import PdfReader


def read_with_pypdf(data: bytes, password: str | None) -> FileText:
    """All pages, without source runs. Raises `LoadError`."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(password or ""):
            raise encrypted(password)
        labels, no_labels = _labels(reader)
        pages = tuple(_page(reader, i, label) for i, label in enumerate(labels))
    except (LoadError, MemoryError):
        raise
    except Exception as error:
        raise LoadError(f"not a readable PDF ({type(error).__name__}: {error})"[:300]) from error
    raw, no_metadata = _metadata(reader)
    return FileText(
        pages=pages,
        title=sensible_title(raw.get("Title", "")),
        metadata=tidy_metadata(raw),
        warnings=(*no_labels, *no_metadata),
    )


def _page(reader: PdfReader, index: int, label: str) -> PageText:
    page = reader.pages[index]
    text = page.extract_text().replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    width, height = float(page.cropbox.width), float(page.cropbox.height)
    if page.rotation % 180:
        width, height = height, width
    return PageText(text=text.strip("\n"), label=label, width=width, height=height)


def _labels(reader: PdfReader) -> tuple[list[str], tuple[str, ...]]:
    """What is printed on the pages, and a warning where that cannot be read."""
    without = [""] * len(reader.pages)
    if "/PageLabels" not in reader.root_object:
        return without, ()
    try:
        return list(reader.page_labels), ()
    except (EncryptedFile, MemoryError):
        raise
    except Exception as error:
        return without, (f"its page labels cannot be read ({type(error).__name__})",)


def _metadata(reader: PdfReader) -> tuple[dict[str, str], tuple[str, ...]]:
    """Title, author and the like, and a warning where they cannot be read."""
    try:
        return {key.lstrip("/"): str(value) for key, value in (reader.metadata or {}).items()}, ()
    except MemoryError:
        raise
    except Exception as error:
        return {}, (f"its metadata cannot be read ({type(error).__name__})",)
