"""Lexical and dense retrieval together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Literal

from pydantic import Field

from ragkit.retrievers.bm25 import Bm25Retriever
from ragkit.retrievers.dense import DenseRetriever
from ragkit.retrievers.fusion import FusionMethod, fuse
from ragkit.stages import Embedder, Index, Retriever, StageConfig
from ragkit.types import Hit


class HybridConfig(StageConfig):
    """Finds passages by words and by meaning.

    `dense_weight` is the share of the dense ranking (0 to 1), `candidates` how many each side brings.
    """

    type: Literal["hybrid"] = "hybrid"
    fusion: FusionMethod = "weighted"
    dense_weight: float = Field(default=0.5, ge=0.0, le=1.0)
    candidates: int = Field(default=50, ge=1)

    def build(self, index: Index, embedder: Embedder) -> HybridRetriever:
        """The retriever over `index`, which must have been built with `embedder`."""
        return HybridRetriever(Bm25Retriever(index), DenseRetriever(index, embedder), config=self)


class HybridRetriever:
    """Fuses a lexical and a dense ranking; for a script the embedder does not read, the lexical alone.

    The lexical side runs in a thread while the question is embedded.
    """

    def __init__(self, lexical: Retriever, dense: Retriever, *, config: HybridConfig) -> None:
        self._lexical = lexical
        self._dense = dense
        self._config = config

    @cached_property
    def _thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix="ragkit-lexical")

    def retrieve(self, query: str, *, limit: int) -> list[Hit]:
        """At most `limit` hits by (-fused score, chunk.id)."""
        depth = max(limit, self._config.candidates)
        lexical = self._thread.submit(self._lexical.retrieve, query, limit=depth)
        dense = self._dense.retrieve(query, limit=depth)
        share = self._config.dense_weight
        rankings = {"bm25": (lexical.result(), 1.0 - share), "dense": (dense, share)}
        return fuse(rankings, method=self._config.fusion, limit=limit)
