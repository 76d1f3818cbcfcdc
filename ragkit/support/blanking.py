"""Passages without the sentences that give orders to who reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ragkit.language import orders
from ragkit.types import Hit

_MARK = "\n\n\u2026"  # parts what stood on both sides, and is nothing to quote


def without_orders(hits: Sequence[Hit]) -> tuple[list[Hit], Mapping[str, int]]:
    """The hits with every sentence that addresses the assistant blanked, and how many by document.

    As many characters stand in their place, so that all others stay where they are in the document.
    """
    blanked, found = [], set()
    for hit in hits:
        chunk, text = hit.chunk, hit.chunk.text
        for start, end in orders(text):
            text = text[:start] + _blank(end - start) + text[end:]
            found.add((chunk.document_id, chunk.start + start))
        blanked.append(hit if text is chunk.text else replace(hit, chunk=replace(chunk, text=text)))
    return blanked, Counter(document for document, _ in found)


def _blank(length: int) -> str:
    return (_MARK + "\n" * length)[:length] if length >= len(_MARK) else "\u2026" * length
