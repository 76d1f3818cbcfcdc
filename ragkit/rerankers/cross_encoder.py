"""Reads query and passage together, and mixes that judgement with the first stage's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ragkit.language import UnicodeAnalyzer
from ragkit.models.pairs import PairScorer
from ragkit.rerankers.reading import AnswerScale, ReadingConfig, read_best
from ragkit.rerankers.shortening import shortened
from ragkit.types import Hit

SCALE = AnswerScale(begins=0.0, certain=8.0, temperature=3.0)  # of logits


class CrossEncoderConfig(ReadingConfig):
    """Settings of the cross-encoder.

    `candidates` passages at most are read, best first; `weight` is the model's share in the mix, from 0
    to 1. Of query and passage together `limit_tokens` are read, of a long passage the part that speaks
    most of the query. With `early_stop`, reading ends when no other passage could take the first place.
    `budget_ms` is the time for reading (null: as long as it takes); the passages it leaves unread count
    as if they did not answer.
    """

    type: Literal["cross_encoder"] = "cross_encoder"
    model: str = "ms-marco-MiniLM-L-12-v2"
    limit_tokens: int = Field(default=128, ge=8)

    def build(self) -> CrossEncoderReranker:
        """The reranker; the model is loaded when first needed."""
        return CrossEncoderReranker(self)


class CrossEncoderReranker:
    """First stage, scaled to 0..1 over the candidates, mixed with how well each answers (`AnswerScale`)."""

    def __init__(self, config: CrossEncoderConfig | None = None, *, scorer: PairScorer | None = None) -> None:
        self._config = config or CrossEncoderConfig()
        self._scorer = scorer or PairScorer(self._config.model)
        self._analyzer = UnicodeAnalyzer()

    def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The first `candidates` hits in their new order, the others behind them: see `read_best`."""

        def prepare(readable: list[Hit]) -> Callable[[Sequence[int]], NDArray[np.float32]]:
            texts = self._texts(query, readable)
            return lambda group: self._scores(query, [texts[index] for index in group])

        return read_best(query, hits, prepare, config=self._config, model=self._scorer, scale=SCALE)

    def _texts(self, query: str, hits: Sequence[Hit]) -> list[str]:
        return shortened(
            query,
            [hit.chunk for hit in hits],
            room=self._scorer.room(query, limit_tokens=self._config.limit_tokens),
            tokens=self._scorer.token_spans,
            terms=self._analyzer.terms,
        )

    def _scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._scorer.scores(query, texts, limit_tokens=self._config.limit_tokens)
