"""What cleaners ask of a document's pages."""

from __future__ import annotations

from ragkit.types import Document


def is_paged(document: Document) -> bool:
    """Whether its pages are paper: they have a size, and lines and hyphens of their own."""
    return any(page.width > 0 for page in document.pages)
