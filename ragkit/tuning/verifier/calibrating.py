"""Weighs the network's logit and the lexical features as one chance, on the development part alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragkit.entailment.reader import CALIBRATION
from ragkit.tuning.verifier.constructing import Statement
from ragkit.types import Chunk, Citation, Hit
from ragkit.verifiers.features import AGAINST, HELD, Checked
from ragkit.verifiers.trained import NETWORK, TrainedVerifier, calibration

FEATURES = (*HELD, *AGAINST, NETWORK)
SETS: Mapping[str, Mapping[str, float]] = {
    "spaced": {"wice-dev": 4.0, "begin-dev": 4.0, "halueval-qa": 1.0, "made-en": 1.0},
    "unspaced": {"made-zh": 1.0},
}
"""What is fitted on, and how much each set counts: claims that people wrote and judged count for more.

The other sets label answers of several sentences, or what no context says at all.
"""
_PENALTY = 1e-3  # on the squares of all weights but the constant
_STEPS = 4000
_BINS = 10
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
    for script, counts in SETS.items():
        whole = sum(counts.values())
        rows = [row for name, count in counts.items() for row in _rows(verifier, sets[name], count / whole)]
        features = np.array([[1.0, *(row.checked.values[name] for name in FEATURES)] for row in rows])
        labels = np.array([float(row.supported) for row in rows])
        shares = np.array([row.weight for row in rows])
        weights = np.round(fit(features, labels, shares), 2) + 0.0
        named = {name: float(w) for name, w in zip(("constant", *FEATURES), weights, strict=True) if w}
        text += f"\n[{script}]\n" + "".join(f"{name} = {weight:.2f}\n" for name, weight in named.items())
        chances = 1.0 / (1.0 + np.exp(-features @ weights))
        error = calibration_error(chances, labels, shares)
        found.append(Fitted(script, named, len(rows), error, *thresholds(chances, labels, shares)))
    (folder / CALIBRATION).write_text(text, encoding="utf-8")
    calibration.cache_clear()
    return found


def fit(features: Array, labels: Array, shares: Array) -> Array:
    """The weights (features,) of least mean surprise: projected gradient steps with Nesterov's momentum."""
    least = np.array([-np.inf, *(-np.inf if name in AGAINST else 0.0 for name in FEATURES)])
    most = np.array([np.inf, *(0.0 if name in AGAINST else np.inf for name in FEATURES)])
    penalty = np.array([0.0, *(_PENALTY for _ in FEATURES)])
    pace = 1.0 / (0.25 * float(np.linalg.eigvalsh((features.T * shares) @ features)[-1]) + 2.0 * _PENALTY)
    weights = ahead = np.zeros(features.shape[1])
    for step in range(1, _STEPS + 1):
        chances = 1.0 / (1.0 + np.exp(-features @ ahead))  # (rows,)
        slope = features.T @ (shares * (chances - labels)) + 2.0 * penalty * ahead
        before, weights = weights, np.clip(ahead - pace * slope, least, most)
        ahead = weights + (step - 1.0) / (step + 2.0) * (weights - before)
    return np.asarray(weights)


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
    checked: Checked
    supported: bool
    weight: float


def _rows(verifier: TrainedVerifier, statements: Sequence[Statement], share: float) -> list[_Row]:
    """Those that no quote holds word by word, which decides alone; the labels count the same before."""
    count = {label: max(1, sum(one.supported == label for one in statements)) for label in (True, False)}
    checked = [(one, measured(verifier, one)) for one in statements]
    return [
        _Row(found, one.supported, 0.5 * share / count[one.supported])
        for one, found in checked
        if not found.verbatim
    ]


def measured(verifier: TrainedVerifier, one: Statement) -> Checked:
    """The features of a statement that cites all of its evidence."""
    chunk = Chunk(id=one.id, document_id=one.id, start=0, end=len(one.evidence), text=one.evidence)
    whole = Citation(document_id=one.id, start=0, end=len(one.evidence), quote=one.evidence)
    return verifier.features(one.text, [whole], [Hit(chunk=chunk, score=1.0)])
