"""Weighs the network, the lexical features and the aligner as one chance, on what it did not learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragkit.entailment.reader import CALIBRATION
from ragkit.tuning.verifier.constructing import Statement
from ragkit.types import Chunk, Citation, Hit
from ragkit.verifiers.alignment import UNALIGNED
from ragkit.verifiers.features import AGAINST, HELD, Checked
from ragkit.verifiers.trained import (
    ALIGNED,
    NETWORK,
    SPACED,
    UNSPACED,
    WORDED,
    TrainedVerifier,
    calibration,
)

_WORDS = (*HELD, *AGAINST)
FEATURES: Mapping[str, Sequence[str]] = {
    ALIGNED: (*_WORDS, UNALIGNED, WORDED),
    SPACED: (*_WORDS, WORDED),
    UNSPACED: (*_WORDS, NETWORK),
}
_SPEAK_AGAINST = (*AGAINST, UNALIGNED)
_ENGLISH = {"wice-dev": 4.0, "begin-dev": 4.0, "halueval-qa": 1.0, "made-en": 1.0}
SETS: Mapping[str, Mapping[str, float]] = {ALIGNED: _ENGLISH, SPACED: _ENGLISH, UNSPACED: {"made-zh": 1.0}}
"""What is fitted on, and how much each set counts: claims that people wrote and judged count for more.

That is for the order of statements; the constant, which says how many are supported, is of all sets alike.
The other sets label answers of several sentences, or what no context says at all.
"""
_PENALTY = 1e-3  # on the squares of all weights but the constant
_STEPS = 4000
_BINS = 10
_FURTHEST = 20.0  # that a constant is moved
_HEAD = "# How the trained verifier weighs its features. Written by `ragkit tune verifier`.\n"

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The weights of one script, how many statements they are of, and their calibration error on these.

    `supported`: where the support of most is rightly divided (balanced accuracy); `weak`: above it lies the
    support of 95 % of what is supported.
    """

    script: str
    weights: Mapping[str, float]
    statements: int
    error: float
    supported: float
    weak: float


def calibrate(
    verifier: TrainedVerifier, sets: Mapping[str, Sequence[Statement]], folder: Path
) -> list[Fitted]:
    """Fits the weights for each script and writes them into the folder of the model.

    Within a set both labels count the same. What speaks for support has no weight below zero,
    what speaks against it none above.
    """
    text, found = _HEAD, []
    needed = dict.fromkeys(name for counts in SETS.values() for name in counts)
    checked = {name: [(one.supported, measured(verifier, one)) for one in sets[name]] for name in needed}
    for script, counts in SETS.items():
        names = FEATURES[script]
        rows = [row for name in counts for row in _rows(name, checked[name])]
        features = np.array([[1.0, *(row.checked.values[name] for name in names)] for row in rows])
        labels = np.array([float(row.supported) for row in rows])
        shares = np.array([row.weight for row in rows]) / len(counts)
        counted = np.array([row.weight * counts[row.source] for row in rows]) / sum(counts.values())
        weights = fit(names, features, labels, counted)
        weights[0] += offset(features @ weights, labels, shares)
        weights = np.round(weights, 2) + 0.0
        named = {name: float(w) for name, w in zip(("constant", *names), weights, strict=True) if w}
        text += f"\n[{script}]\n" + "".join(f"{name} = {weight:.2f}\n" for name, weight in named.items())
        chances = 1.0 / (1.0 + np.exp(-features @ weights))
        error = calibration_error(chances, labels, shares)
        found.append(Fitted(script, named, len(rows), error, *thresholds(chances, labels, shares)))
    (folder / CALIBRATION).write_text(text, encoding="utf-8")
    calibration.cache_clear()
    return found


def fit(names: Sequence[str], features: Array, labels: Array, shares: Array) -> Array:
    """The weights (1 + names,) of least mean surprise: projected gradient steps with Nesterov's momentum."""
    least = np.array([-np.inf, *(-np.inf if name in _SPEAK_AGAINST else 0.0 for name in names)])
    most = np.array([np.inf, *(0.0 if name in _SPEAK_AGAINST else np.inf for name in names)])
    penalty = np.array([0.0, *(_PENALTY for _ in names)])
    pace = 1.0 / (0.25 * float(np.linalg.eigvalsh((features.T * shares) @ features)[-1]) + 2.0 * _PENALTY)
    weights = ahead = np.zeros(features.shape[1])
    for step in range(1, _STEPS + 1):
        chances = 1.0 / (1.0 + np.exp(-features @ ahead))  # (rows,)
        slope = features.T @ (shares * (chances - labels)) + 2.0 * penalty * ahead
        before, weights = weights, np.clip(ahead - pace * slope, least, most)
        ahead = weights + (step - 1.0) / (step + 2.0) * (weights - before)
    return np.asarray(weights)


def offset(scores: Array, labels: Array, shares: Array) -> float:
    """What is to be added to the scores for the least mean surprise."""
    least, most = -_FURTHEST, _FURTHEST
    for _ in range(60):
        middle = (least + most) / 2.0
        surplus = float(shares @ (1.0 / (1.0 + np.exp(-scores - middle)) - labels))
        least, most = (least, middle) if surplus > 0.0 else (middle, most)
    return middle


def calibration_error(chances: Array, labels: Array, shares: Array) -> float:
    """The expected calibration error over ten bins, the shares adding up to one."""
    bins = np.minimum(_BINS - 1, (chances * _BINS).astype(int))
    return float(sum(abs((shares * (labels - chances))[bins == one].sum()) for one in range(_BINS)))


def thresholds(chances: Array, labels: Array, shares: Array) -> tuple[float, float]:
    """The chance that divides best, both labels alike; and the one that 95 % of what is supported reach."""
    true = labels > 0.5
    steps = np.arange(1, 20) / 20.0
    right = [
        np.average(chances[true] >= step, weights=shares[true])
        + np.average(chances[~true] < step, weights=shares[~true])
        for step in steps
    ]
    return float(steps[int(np.argmax(right))]), float(np.quantile(chances[true], 0.05))


@dataclass(frozen=True, slots=True)
class _Row:
    source: str
    checked: Checked
    supported: bool
    weight: float


def _rows(source: str, statements: Sequence[tuple[bool, Checked]]) -> list[_Row]:
    """Those that no quote holds word by word, which decides alone; the labels count the same before."""
    labels = [supported for supported, _ in statements]
    return [
        _Row(source, found, supported, 0.5 / labels.count(supported))
        for supported, found in statements
        if not found.verbatim
    ]


def measured(verifier: TrainedVerifier, one: Statement) -> Checked:
    """The features of a statement that cites all of its evidence."""
    chunk = Chunk(id=one.id, document_id=one.id, start=0, end=len(one.evidence), text=one.evidence)
    whole = Citation(document_id=one.id, start=0, end=len(one.evidence), quote=one.evidence)
    return verifier.features(one.text, [whole], [Hit(chunk=chunk, score=1.0)])
