"""Lexical and dense retrieval together."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Literal

from pydantic import Field

from ragkit.retrievers.adaptive import dense_share
from ragkit.retrievers.bm25 import Bm25Retriever
from ragkit.retrievers.dense import DenseRetriever
from ragkit.retrievers.fusion import RRF_K, fuse
from ragkit.retrievers.normalisation import NormalisationMethod
from ragkit.stages import Embedder, Index, Retriever, StageConfig
from ragkit.types import EVERYTHING, Filter, Hit


class HybridConfig(StageConfig):
    """Finds passages by words and by meaning.

    "adaptive" decides for each question how much the dense ranking counts, from both rankings;
    "weighted" and "rrf" give it the share `dense_weight` (0 to 1). `normalisation` is the scale on which
    "weighted" adds scores, `rrf_k` the constant of "rrf", `candidates` how many each side brings.
    """

    type: Literal["hybrid"] = "hybrid"
    fusion: Literal["adaptive", "weighted", "rrf"] = "adaptive"
    dense_weight: float = Field(default=0.5, ge=0.0, le=1.0)
    normalisation: NormalisationMethod = "min_max"
    rrf_k: int = Field(default=RRF_K, ge=1)
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

    def retrieve(self, query: str, *, limit: int, among: Filter = EVERYTHING) -> list[Hit]:
        """At most `limit` hits by (-fused score, chunk.id)."""
        depth = max(limit, self._config.candidates)
        lexical = self._thread.submit(self._lexical.retrieve, query, limit=depth, among=among)
        dense = self._dense.retrieve(query, limit=depth, among=among)
        return self._fused(lexical.result(), dense, limit)

    def _fused(self, lexical: Sequence[Hit], dense: Sequence[Hit], limit: int) -> list[Hit]:
        config = self._config
        adaptive = config.fusion == "adaptive"
        share = dense_share(lexical, dense) if adaptive else config.dense_weight
        return fuse(
            {"bm25": (lexical, 1.0 - share), "dense": (dense, share)},
            method="rrf" if config.fusion == "rrf" else "weighted",
            normalisation="min_max" if adaptive else config.normalisation,
            rrf_k=config.rrf_k,
            limit=limit,
        )
