"""What is read of the passages that were found: whole, and without what addresses the assistant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragkit.stages import Documents
from ragkit.support.blanking import without_orders
from ragkit.types import EVERYTHING, Filter, Hit, OnOrders, Turn


class PassageReader:
    """Reads hits as the gate and the generator do; sentences that give orders are left out or kept."""

    def __init__(self, documents: Documents, *, orders: OnOrders) -> None:
        self._documents = documents
        self._orders = orders

    def read(self, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> tuple[list[Hit], tuple[str, ...]]:
        """What is read, and notices of what is not: one of each document in a talk."""
        whole = self._expand_parents(hits)
        if self._orders == "keep":
            return whole, ()
        read, left_out = without_orders(whole)
        passages = [hit for hit in read if any(map(str.isalnum, hit.chunk.text))]
        told = self._left_out_before(history) if left_out else frozenset()
        return passages, tuple(self._left_out(*each) for each in left_out.items() if each[0] not in told)

    def talk(self, history: Sequence[Turn], among: Filter) -> list[Turn]:
        """The turns that were answered, with what is read of their passages that still exist and pass."""
        answered = [turn for turn in history if turn.answer]  # a refused question has no answer
        return [
            replace(turn, hits=tuple(self.read([h for h in turn.hits if self._may_read(h, among)])[0]))
            for turn in answered
        ]

    def _may_read(self, hit: Hit, among: Filter) -> bool:
        if among == EVERYTHING:
            return bool(self._documents.sources_of(hit.chunk.document_id))
        return self._documents.passes(hit.chunk, among)

    def _left_out_before(self, history: Sequence[Turn]) -> frozenset[str]:
        """The documents of earlier turns of which something was left out."""
        before = [h for turn in history for h in turn.hits if self._may_read(h, EVERYTHING)]
        return frozenset(without_orders(self._expand_parents(before))[1])

    def _left_out(self, document_id: str, count: int) -> str:
        name = self._documents.place(document_id, 0).source.rpartition("/")[2]
        if count == 1:
            return f"{name}: 1 sentence that addresses the assistant was left out"
        return f"{name}: {count} sentences that address the assistant were left out"

    def _expand_parents(self, hits: Sequence[Hit]) -> list[Hit]:
        """Small chunks give way to the passages around them, each of these once."""
        expanded: dict[tuple[str, int, int], Hit] = {}
        for hit in hits:
            chunk = hit.chunk
            if chunk.parent is not None:
                start, end = chunk.parent
                text = self._documents.document(chunk.document_id).text[start:end]
                chunk = replace(chunk, start=start, end=end, text=text, parent=None)
            expanded.setdefault((chunk.document_id, chunk.start, chunk.end), replace(hit, chunk=chunk))
        return list(expanded.values())
