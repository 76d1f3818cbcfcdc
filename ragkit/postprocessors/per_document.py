"""No document may fill the whole list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ragkit.types import Hit


class LimitPerDocument:
    """Keeps the best `most` hits of each document."""

    def __init__(self, most: int) -> None:
        self._most = most

    def process(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits that are among the first of their document."""
        seen: Counter[str] = Counter()
        kept = []
        for hit in hits:
            seen[hit.chunk.document_id] += 1
            if seen[hit.chunk.document_id] <= self._most:
                kept.append(hit)
        return kept
