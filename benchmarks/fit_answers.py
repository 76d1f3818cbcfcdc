"""Fits how sentences are ranked on the even halves of the sets and writes the weights.

The value of a sentence is a weighted sum of its features. The weights maximise the mean log-likelihood that
the softmax over all sentences read gives to those that hold an accepted answer, every set counting the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.answers import CHINESE, ENGLISH, MODEL, questions_of
from benchmarks.asked import Half, answerable
from benchmarks.figures import Figure
from ragkit.generators import ExtractiveConfig
from ragkit.support import ranking
from ragkit.support.ranking import FEATURES, Method, SentenceRanker

WEIGHTS = Path(ranking.__file__).with_name("ranking.toml")
_PENALTY = 1e-3  # on the squares of the weights
_HEAD = """\
# How much each feature of a sentence counts. Written by `python -m benchmarks fit-answers`, which fits on
# every second question (by id, from the first) of its sets: "pairs" where the cross-encoder reads them,
# "terms" on Chinese.
"""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """The sentences read for a question: (sentences, features), and which hold an accepted answer."""

    features: Array
    right: NDArray[np.bool_]


def measure() -> list[Figure]:
    """Writes the weights; how often the first and one of the first two sentences is right, on both halves."""
    text, figures = _HEAD, []
    sets: dict[Method, tuple[str, ...]] = {"pairs": ENGLISH, "terms": CHINESE}
    for method, names in sets.items():
        even = {name: examples(name, "even", method) for name in names}
        weights = fit(list(even.values()))
        lines = (f"{name} = {value:.2f}\n" for name, value in zip(FEATURES[method], weights, strict=True))
        text += f"\n[{method}]\n" + "".join(lines)
        for half, of in (("even", even), ("odd", {name: examples(name, "odd", method) for name in names})):
            figures += [
                figure for name, rows in of.items() for figure in _figures(f"{name}, {half}", rows, weights)
            ]
    WEIGHTS.write_text(text, encoding="utf-8")
    ranking.weights_of.cache_clear()
    return figures


def _figures(name: str, rows: Sequence[Example], weights: Array) -> list[Figure]:
    firsts = [row.right[np.argsort(-(row.features @ weights), kind="stable")] for row in rows]
    return [
        Figure(name=f"{name}: right {words}", value=float(np.mean([first[:count].any() for first in firsts])))
        for words, count in (("first", 1), ("among two", 2), ("anywhere", None))
    ]


def examples(name: str, half: Half, method: Method) -> list[Example]:
    """The sentences of the first passages, for each question for which there is one."""
    ranker = SentenceRanker(MODEL)
    rows = []
    for asked in answerable(name, half, questions_of(name)):
        found = ranker.evidence(asked.question, asked.hits[: ExtractiveConfig().passages]).ranked
        if found:
            features = np.array([[one.features[key] for key in FEATURES[method]] for one in found])
            right = np.array([asked.answered_by(one.citation.quote) for one in found])
            rows.append(Example(features, right))
    return rows


def fit(sets: Sequence[Sequence[Example]]) -> Array:
    """The weights, rounded to two decimals."""
    from scipy.optimize import minimize

    told = [[row for row in rows if row.right.any() and not row.right.all()] for rows in sets]
    start = np.zeros(told[0][0].features.shape[1])
    solved = minimize(_loss, start, args=(told,), jac=True, method="L-BFGS-B")
    weights: Array = np.round(solved.x, 2)
    return weights


def _loss(weights: Array, sets: Sequence[Sequence[Example]]) -> tuple[float, Array]:
    """The penalised negative log-likelihood and its gradient."""
    total, slope = _PENALTY * float(weights @ weights), 2.0 * _PENALTY * weights
    for rows in sets:
        part = 1.0 / (len(rows) * len(sets))
        for row in rows:
            values = row.features @ weights
            mass = np.exp(values - values.max())
            right = np.where(row.right, mass, 0.0)
            total -= part * float(np.log(right.sum() / mass.sum()))
            slope += part * (row.features.T @ (mass / mass.sum() - right / right.sum()))
    return total, slope
