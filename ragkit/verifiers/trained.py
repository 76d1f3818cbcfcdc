"""Checks statements with a network trained for it and by their wording, as one calibrated chance."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from math import exp
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from ragkit.entailment.reader import CALIBRATION, EntailmentReader, shared_entailment, shipped
from ragkit.entailment.selection import select
from ragkit.errors import ModelNotFound
from ragkit.stages import StageConfig
from ragkit.types import Citation, Hit
from ragkit.verifiers.alignment import UNALIGNED, Aligner
from ragkit.verifiers.features import TERMS, Checked, check
from ragkit.verifiers.lexical_semantic import (
    STEP,
    LexicalSemanticConfig,
    LexicalSemanticVerifier,
    evidence_of,
)

NETWORK, WORDED = "network", "worded"
"""The network's logit among the features of a statement: as it is, and as far as the evidence has its terms.

It learnt from statements that differ from their evidence in little: of freely worded ones it knows less.
"""
ALIGNED, SPACED, UNSPACED = "aligned", "spaced", "unspaced"
"""The weights there are: of what the aligner read, of what it did not, and of Chinese."""
UNIT = 5.0  # brings logits to the size of the other features
_DOUBTS = -0.1  # of `NETWORK`, a logit of -0.5: a clear case of another number is below it (contracts)

Weights = Mapping[str, Mapping[str, float]]


class TrainedConfig(StageConfig):
    """Support of a statement is the chance (0 to 1) that what it cites says it.

    A small network reads each statement, English or Chinese, with the closest sentences of its quotes and of
    the passages around them; its judgement and the shared words, numbers, names and negations are weighed as
    one. At `supported` and above the verdict is "supported", at `weak` and above "weak", below "unsupported".
    `model` is a folder that `ragkit tune verifier` wrote; null: the one that comes with ragkit. `aligner` is
    a late-interaction model that finds words said otherwise, in the script that it reads; null: none does.
    """

    type: Literal["trained"] = "trained"
    supported: float = Field(default=0.5, ge=0.0, le=1.0)
    weak: float = Field(default=0.2, ge=0.0, le=1.0)
    model: Path | None = None
    aligner: str | None = "answerai-colbert-small-v1"

    @model_validator(mode="after")
    def _ordered(self) -> TrainedConfig:
        if self.weak > self.supported:
            raise ValueError(f"weak is {self.weak}: it must not be above supported, {self.supported}")
        return self

    def build(self) -> TrainedVerifier:
        """The verifier."""
        return TrainedVerifier(self)


class TrainedVerifier(LexicalSemanticVerifier):
    """Judges as `LexicalSemanticVerifier` does, with a network of its own in the place of a reranker.

    What a quote holds word by word is read by no network.
    """

    def __init__(self, config: TrainedConfig) -> None:
        super().__init__(LexicalSemanticConfig(supported=config.supported, weak=config.weak, reranker=None))
        self._folder = (config.model or shipped()).expanduser()
        self._aligner = Aligner(config.aligner) if config.aligner else None

    @cached_property
    def _reader(self) -> EntailmentReader:
        return shared_entailment(self._folder)

    def features(self, statement: str, citations: Sequence[Citation], hits: Sequence[Hit]) -> Checked:
        """What is measured of a statement that cites something. Raises `ModelNotFound`."""
        quotes, around = evidence_of(citations, hits)
        checked = check(statement, quotes, around)
        if checked.verbatim:
            return checked
        texts = [*(quote for quote in quotes if not any(quote in passage for passage in around)), *around]
        logit = self._reader.logit(statement, " ".join(select(statement, texts))) / UNIT
        read = {NETWORK: logit, WORDED: logit * checked.values[TERMS] ** 2}
        if self._aligner and not checked.unspaced:
            read |= self._aligner.values(statement, texts)
        return replace(checked, values=checked.values | read)

    def support(self, checked: Checked) -> float:
        """The chance that what is cited says it (0 to 1); below `supported` where a fact does not fit.

        Below `weak` where another fact stands in its place and the network doubts it, too. Rules for facts
        are sometimes wrong, so what they doubt is still ranked by its chance.
        """
        if checked.verbatim:
            return 1.0
        chance = self._chance(checked)
        limit: float | None = None
        if checked.contradicted and checked.values.get(NETWORK, 0.0) < _DOUBTS:
            limit = self._config.weak
        elif checked.contradicted or checked.missing or checked.negated:
            limit = self._config.supported
        return max(0.0, min(chance, limit - STEP * (2.0 - chance))) if limit is not None else chance

    def _chance(self, checked: Checked) -> float:
        if NETWORK not in checked.values:
            return super()._chance(checked)
        spaced = ALIGNED if UNALIGNED in checked.values else SPACED
        return chance(checked.values, calibration(self._folder)[UNSPACED if checked.unspaced else spaced])


def chance(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The logistic function of the weighted sum; the constant has no value."""
    return 1.0 / (1.0 + exp(-sum(weight * values.get(name, 1.0) for name, weight in weights.items())))


@cache
def calibration(folder: Path) -> Weights:
    """The fitted weights of `ALIGNED`, `SPACED` and `UNSPACED` by feature. Raises `ModelNotFound`."""
    try:
        weights = tomllib.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelNotFound(f"{folder} holds no trained verifier: {CALIBRATION}: {error.strerror}") from error
    lacking = [name for name in (ALIGNED, SPACED, UNSPACED) if name not in weights]
    if lacking:
        raise ModelNotFound(
            f"{folder / CALIBRATION} lacks the weights {', '.join(lacking)}: it is of an earlier version. "
            "`ragkit tune verifier` writes them anew."
        )
    return weights
