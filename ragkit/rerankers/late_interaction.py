"""Compares query and passage token by token (ColBERT), and mixes that with the first stage's judgement."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ragkit.models.late import TokenVectors, max_similarity
from ragkit.rerankers.reading import AnswerScale, ReadingConfig, read_best
from ragkit.types import Hit

_SCALE = AnswerScale(begins=0.8, certain=0.93, temperature=0.03)  # of mean cosines


class LateInteractionConfig(ReadingConfig):
    """Settings of the reranker by late interaction.

    As of the cross-encoder, but of a passage the first `limit_tokens` are read, and the vectors of up to
    `cache_mb` mebibytes of passages are kept in memory: a passage read before costs next to nothing.
    """

    type: Literal["late_interaction"] = "late_interaction"
    model: str = "answerai-colbert-small-v1"
    limit_tokens: int = Field(default=300, ge=8)
    cache_mb: int = Field(default=128, ge=0)

    def build(self) -> LateInteractionReranker:
        """The reranker; the model is loaded when first needed."""
        return LateInteractionReranker(self)


class LateInteractionReranker:
    """First stage, scaled to 0..1 over the candidates, mixed with how well each matches (`AnswerScale`)."""

    def __init__(
        self, config: LateInteractionConfig | None = None, *, vectors: TokenVectors | None = None
    ) -> None:
        self._config = config or LateInteractionConfig()
        self._vectors = vectors or TokenVectors(self._config.model)
        self._cache = PassageCache(self._config.cache_mb << 20)

    def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The first `candidates` hits in their new order, the others behind them: see `read_best`."""

        def prepare(readable: list[Hit]) -> Callable[[Sequence[int]], NDArray[np.float32]]:
            asked = self._vectors.query(query)
            texts = [hit.chunk.search_text for hit in readable]
            return lambda group: self._scores(asked, [texts[index] for index in group])

        return read_best(query, hits, prepare, config=self._config, model=self._vectors, scale=_SCALE)

    def _scores(self, query: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
        def score(text: str) -> float:
            return max_similarity(query, self._passage(text))

        return np.fromiter(self._vectors.encoder.map(score, texts), dtype=np.float32, count=len(texts))

    def _passage(self, text: str) -> NDArray[np.float16]:
        kept = self._cache.get(text)
        if kept is None:
            kept = self._vectors.passage(text, limit_tokens=self._config.limit_tokens).astype(np.float16)
            self._cache.put(text, kept)
        return kept


class PassageCache:
    """The token vectors of the texts used last, `limit` bytes of them at most; safe for several threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[str, NDArray[np.float16]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many texts are kept."""
        return len(self._kept)

    def get(self, text: str) -> NDArray[np.float16] | None:
        """The vectors of a text, if they are kept."""
        with self._lock:
            if text in self._kept:
                self._kept.move_to_end(text)
            return self._kept.get(text)

    def put(self, text: str, vectors: NDArray[np.float16]) -> None:
        """Keeps the vectors of a text; those unused for longest make room."""
        with self._lock:
            if text not in self._kept:
                self._kept[text] = vectors
                self._size += vectors.nbytes
            while self._size > self._limit:
                self._size -= self._kept.popitem(last=False)[1].nbytes
