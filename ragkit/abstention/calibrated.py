"""Abstains where the passages found probably do not answer, and says why."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from math import exp
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from ragkit.abstention.reading import AnswerReader
from ragkit.abstention.signals import BY_RANKING, Signals, signals
from ragkit.stages import StageConfig
from ragkit.support import SentenceRanker
from ragkit.support.ranking import Method
from ragkit.support.reasons import NO_WORDS, nothing_answers, nothing_found
from ragkit.types import Hit, Judgement

BOTH, WORDS = "both", "words"
_WEIGHTS = "calibrated.toml"
_FITTED_TO = "ms-marco-MiniLM-L-12-v2"


class CalibratedConfig(StageConfig):
    """Abstains where an answer in the first `passages` is less likely than `threshold` (0 to 1).

    `model` is a cross-encoder that reads the question with each sentence; scripts it does not read are
    compared by shared terms. `entailment` is the folder of a network that `ragkit tune verifier` wrote; it
    reads the question, English or Chinese, with each passage; null: the one that comes with ragkit. Without a
    threshold each way of finding and reading has its own, at which 97 of a hundred answerable questions are
    answered; it is fitted to these two models, others need one.
    """

    type: Literal["calibrated"] = "calibrated"
    model: str = _FITTED_TO
    entailment: Path | None = None
    passages: int = Field(default=5, ge=1)
    threshold: float | None = Field(default=None, ge=0.0, le=1.0)

    @model_validator(mode="after")
    def _has_a_threshold(self) -> Self:
        if self.threshold is None and (self.model != _FITTED_TO or self.entailment is not None):
            raise ValueError(
                f"the thresholds are fitted to {_FITTED_TO} and ragkit's own network; "
                "give a threshold for another model"
            )
        return self

    def build(self) -> CalibratedGate:
        """The gate; the model is loaded at the first question that needs it."""
        return CalibratedGate(self)


class CalibratedGate:
    """A logistic regression on `signals` of the passages: nothing of it hangs on what a model writes."""

    def __init__(self, config: CalibratedConfig) -> None:
        self._config = config
        self._reader = AnswerReader(config.entailment)

    @cached_property
    def _ranker(self) -> SentenceRanker:
        return SentenceRanker(self._config.model)

    def judge(self, query: str, hits: Sequence[Hit]) -> Judgement:
        """The probability that the passages answer, and the reason where it is too low."""
        if not any(char.isalnum() for char in query):
            return Judgement(score=0.0, reason=NO_WORDS)
        method, values = self.signals(query, hits)
        calibration = calibration_of(method, both=BY_RANKING[0] in values)
        limit = calibration.threshold if self._config.threshold is None else self._config.threshold
        if not values:
            return Judgement(score=0.0, threshold=limit, reason=nothing_found(query))
        score = calibration.probability(values)
        if score >= limit:
            return Judgement(score=score, threshold=limit)
        reason = nothing_answers(query, hits)
        return Judgement(score=score, threshold=limit, reason=reason)

    def signals(self, query: str, hits: Sequence[Hit]) -> tuple[Method, Signals]:
        """How the sentences were read, and what is weighed; nothing where there is no sentence."""
        passages = hits[: self._config.passages]
        evidence = self._ranker.evidence(query, passages)
        if not evidence.ranked:
            return evidence.method, {}
        found = signals(evidence, hits)
        about = max(0.0, found["logit"]) if evidence.method == "pairs" else 1.0
        return evidence.method, {**found, **self._reader.signals(query, passages, about=about)}


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights of the signals, a constant among them, and the probability below which to refuse."""

    threshold: float
    weights: Mapping[str, float]

    def probability(self, values: Signals) -> float:
        """That one of the sentences answers."""
        total = sum(weight * {**values, "constant": 1.0}[name] for name, weight in self.weights.items())
        return 1.0 / (1.0 + exp(-total))


@cache
def calibration_of(method: Method, *, both: bool) -> Calibration:
    """What ships with ragkit for one way of reading, and for passages found by words and by meaning."""
    text = resources.files(__package__).joinpath(_WEIGHTS).read_text(encoding="utf-8")
    values = {
        name: float(value) for name, value in tomllib.loads(text)[method][BOTH if both else WORDS].items()
    }
    return Calibration(threshold=values.pop("threshold"), weights=values)
