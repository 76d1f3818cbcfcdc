"""The right half of ragkit: from a question to a checked answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import TypeVar

from ragkit.citations import resolve_citations
from ragkit.stages import Documents, Generator, Reranker, Retriever, Verifier
from ragkit.types import Answer, Hit

_T = TypeVar("_T")


class Chain:
    """retriever -> reranker -> generator -> verifier, over the documents that they cite.

    `candidates` is how many hits the reranker sees, `limit` how many reach the generator.
    """

    def __init__(
        self,
        *,
        documents: Documents,
        retriever: Retriever,
        reranker: Reranker,
        generator: Generator,
        verifier: Verifier,
        candidates: int = 30,
        limit: int = 8,
    ) -> None:
        self.documents = documents
        self._retriever = retriever
        self._reranker = reranker
        self._generator = generator
        self._verifier = verifier
        self._candidates = candidates
        self._limit = limit

    def search(self, query: str, *, limit: int | None = None) -> list[Hit]:
        """The best passages for a question, at most `limit` (the chain's own limit by default)."""
        return self._search(query, self._limit if limit is None else limit, {})

    def ask(self, query: str) -> Answer:
        """An answer whose every citation stands in the documents, or an abstention with its reason.

        Raises `ValueError` for an empty question, `GenerationError` when the generator fails.
        """
        timings: dict[str, float] = {}
        hits = self._search(query, self._limit, timings)
        passages = self._expand_parents(hits)
        draft = _timed(timings, "generate", lambda: self._generator.generate(query, passages))
        checked = _timed(
            timings,
            "verify",
            lambda: self._verifier.verify(resolve_citations(draft, passages, self.documents), passages),
        )
        return Answer(
            text=checked.text,
            sentences=checked.sentences,
            hits=tuple(hits),
            abstained=checked.abstained,
            reason=checked.reason,
            timings=timings,
        )

    def _search(self, query: str, limit: int, timings: dict[str, float]) -> list[Hit]:
        if not query.strip():
            raise ValueError("the question is empty")
        depth = max(limit, self._candidates)
        hits = _timed(timings, "retrieve", lambda: self._retriever.retrieve(query, limit=depth))
        return _timed(timings, "rerank", lambda: self._reranker.rerank(query, hits))[:limit]

    def _expand_parents(self, hits: Sequence[Hit]) -> list[Hit]:
        """Small chunks give way to the passages around them, each of these once."""
        expanded: dict[tuple[str, int, int], Hit] = {}
        for hit in hits:
            chunk = hit.chunk
            if chunk.parent is not None:
                start, end = chunk.parent
                text = self.documents.document(chunk.document_id).text[start:end]
                chunk = replace(chunk, start=start, end=end, text=text, parent=None)
            expanded.setdefault((chunk.document_id, chunk.start, chunk.end), replace(hit, chunk=chunk))
        return list(expanded.values())


def _timed(timings: dict[str, float], stage: str, work: Callable[[], _T]) -> _T:
    started = perf_counter()
    result = work()
    timings[stage] = (perf_counter() - started) * 1000.0
    return result
