"""Passages that stand side by side in a document, joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragkit.types import Chunk, Hit


class MergeNeighbours:
    """Joins a passage with worse ones that adjoin or overlap it, at most `most` into one.

    The joined passage has the place, score and id of its best part; its text is exactly the document's
    from the first character to the last.
    """

    def __init__(self, most: int) -> None:
        self._most = most

    def process(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits, each with what it took in."""
        rest = list(hits)
        merged = []
        while rest:
            hit = rest.pop(0)
            for _ in range(self._most - 1):
                place = next((i for i, other in enumerate(rest) if _touch(hit.chunk, other.chunk)), None)
                if place is None:
                    break
                other = rest.pop(place)
                hit = replace(hit, chunk=_joined(hit.chunk, other.chunk), alike=hit.alike + other.alike)
            merged.append(hit)
        return merged


def _touch(one: Chunk, other: Chunk) -> bool:
    return one.document_id == other.document_id and one.start <= other.end and other.start <= one.end


def _joined(best: Chunk, other: Chunk) -> Chunk:
    first, last = sorted((best, other), key=lambda chunk: (chunk.start, chunk.end))
    parents = [chunk.parent for chunk in (first, last) if chunk.parent]
    outer = (min(p[0] for p in parents), max(p[1] for p in parents)) if len(parents) == 2 else None
    return replace(
        best,
        start=first.start,
        end=max(first.end, last.end),
        text=first.text + last.text[first.end - last.start :],
        heading=first.heading,
        parent=outer,
    )
