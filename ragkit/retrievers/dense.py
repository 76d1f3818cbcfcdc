"""Dense retrieval from the index."""

from __future__ import annotations

from typing import Literal

from ragkit.retrievers.ranking import ranked_hits
from ragkit.stages import Embedder, Index, StageConfig
from ragkit.types import Hit


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

    def retrieve(self, query: str, *, limit: int) -> list[Hit]:
        """At most `limit` hits by (-cosine, chunk.id); none for a script the embedder does not read."""
        if not self._embedder.reads(query):
            return []
        vector = self._embedder.embed_query(query)
        return ranked_hits("dense", self._index.search_dense(vector, limit=limit))
