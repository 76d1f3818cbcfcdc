"""Dense retrieval from the index."""

from __future__ import annotations

from typing import Literal

from ragkit.retrievers.ranking import ranked_hits
from ragkit.stages import Embedder, Index, StageConfig
from ragkit.types import EVERYTHING, Filter, Hit


class DenseConfig(StageConfig):
    """Finds passages by the meaning of the question."""

    type: Literal["dense"] = "dense"

    def build(self, index: Index, embedder: Embedder) -> DenseRetriever:
        """The retriever over `index`, which must have been built with `embedder`."""
        return DenseRetriever(index, embedder)


class DenseRetriever:
    """Nearest neighbours of the question's vector by cosine."""

    def __init__(self, index: Index, embedder: Embedder) -> None:
        self._index = index
        self._embedder = embedder

    def retrieve(self, query: str, *, limit: int, among: Filter = EVERYTHING) -> list[Hit]:
        """At most `limit` hits by (-cosine, chunk.id); none for a script the embedder does not read.

        Passages at a cosine of exactly 0 are left out: another embedder than the question's read them.
        """
        if not self._embedder.reads(query):
            return []
        vector = self._embedder.embed_query(query)
        found = self._index.search_dense(vector, limit=limit, among=among)
        return ranked_hits("dense", [(chunk, score) for chunk, score in found if score != 0.0])
