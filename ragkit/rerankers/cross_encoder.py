"""Reads query and passage together, and mixes that judgement with the first stage's."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ragkit.language import UnicodeAnalyzer
from ragkit.models.pairs import PairScorer
from ragkit.rerankers.reading import Floats, Judgement, behind, reread
from ragkit.rerankers.shortening import shortened
from ragkit.stages import StageConfig
from ragkit.types import Hit

_TEMPERATURE = 3.0


class CrossEncoderConfig(StageConfig):
    """Settings of the cross-encoder.

    `candidates` passages at most are read, best first; `weight` is the model's share in the mix, from 0
    to 1. Of query and passage together `limit_tokens` are read, of a long passage the part that speaks
    most of the query. With `early_stop`, reading ends when no other passage could take the first place.
    `budget_ms` is the time for reading (null: as long as it takes); the passages it leaves unread count
    as if they did not answer.
    """

    type: Literal["cross_encoder"] = "cross_encoder"
    model: str = "ms-marco-MiniLM-L-12-v2"
    candidates: int = Field(default=20, ge=1)
    weight: float = Field(default=0.7, ge=0, le=1)
    limit_tokens: int = Field(default=128, ge=8)
    early_stop: bool = True
    budget_ms: float | None = Field(default=None, ge=0)

    def build(self) -> CrossEncoderReranker:
        """The reranker; the model is loaded when first needed."""
        return CrossEncoderReranker(self)


class CrossEncoderReranker:
    """First stage, scaled to 0..1 over the candidates, mixed with the cross-encoder's chance of an answer."""

    def __init__(self, config: CrossEncoderConfig | None = None, *, scorer: PairScorer | None = None) -> None:
        self._config = config or CrossEncoderConfig()
        self._scorer = scorer or PairScorer(self._config.model)
        self._analyzer = UnicodeAnalyzer()

    def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The first `candidates` hits by (-mixed score, chunk.id); the others behind them, scored below -1.

        A query in a script that the model cannot read leaves the hits as they are; a passage in such a
        script keeps its first-stage score. Loading the model does not count for the budget. Raises
        `ModelNotFound`.
        """
        head, tail = hits[: self._config.candidates], hits[self._config.candidates :]
        readable = [index for index, hit in enumerate(head) if self._scorer.reads(hit.chunk.search_text)]
        if not readable or not self._scorer.reads(query):
            return list(hits)
        self._scorer.load()
        started = perf_counter()
        texts = self._texts(query, [head[index] for index in readable])
        places = dict(zip(readable, texts, strict=True))
        judgement = Judgement(
            scores=lambda group: self._scores(query, [places[index] for index in group]),
            chance=answer_chance,
            weight=self._config.weight,
            early=self._config.early_stop,
            budget_ms=self._config.budget_ms,
        )
        return reread(head, readable, judgement, started=started) + behind(head, tail)

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


def answer_chance(logits: Floats) -> Floats:
    """The logistic function of a third of each logit: 0..1, and still apart where several passages answer."""
    chances: Floats = 1.0 / (1.0 + np.exp(-logits / _TEMPERATURE))
    return chances
