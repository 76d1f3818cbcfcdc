"""Lexical retrieval from the index."""

from __future__ import annotations

from typing import Literal

from ragkit.retrievers.ranking import ranked_hits
from ragkit.stages import Embedder, Index, StageConfig
from ragkit.types import EVERYTHING, Filter, Hit


class Bm25Config(StageConfig):
    """Finds passages by the words of the question."""

    type: Literal["bm25"] = "bm25"

    def build(self, index: Index, embedder: Embedder) -> Bm25Retriever:
        """The retriever over `index`; the embedder is not used."""
        return Bm25Retriever(index)


class Bm25Retriever:
    """BM25 over the index's lexical view."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def retrieve(self, query: str, *, limit: int, among: Filter = EVERYTHING) -> list[Hit]:
        """At most `limit` hits that share a term with the query, by (-score, chunk.id)."""
        terms = self._index.analyzer.query_terms(query)
        return ranked_hits("bm25", self._index.search_lexical(terms, limit=limit, among=among))
