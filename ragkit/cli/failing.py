"""What of a talk went wrong, in words."""

from __future__ import annotations

from ragkit.errors import RagkitError


def in_words(error: RagkitError | KeyError) -> str:
    """What went wrong. A `KeyError` is that of a document that left the index since it was found."""
    if isinstance(error, KeyError):
        return f"a document left the index meanwhile ({error}); ask again"
    return str(error)
