"""Fits the abstention gate on documents that are not learnt from, and writes its weights and thresholds.

Four logistic regressions, for two ways of reading sentences (by a cross-encoder, by shared terms) and two of
finding passages (by words and meaning both, by words alone), on questions that the passages answer and on
all kinds that they do not; every set and every kind counts the same. The threshold is the highest at which
the share of answerable questions that is asked for is still answered, every set counting the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.abstention import CHINESE, ENGLISH, KNOWN, groups
from benchmarks.abstention import measure as measured
from benchmarks.cores import process_per_core
from benchmarks.figures import Figure
from ragkit.abstention import CalibratedConfig, calibrated
from ragkit.abstention.signals import BY_RANKING, NAMES, Signals
from ragkit.support.ranking import Method

WEIGHTS = Path(calibrated.__file__).with_name("calibrated.toml")
ANSWERED = 0.97
_PENALTY = 3e-3  # on the squares of the weights of signals brought to the same spread
_HEAD = """\
# The probability that passages answer a question, and below which to refuse. Written by
# `python -m benchmarks fit-abstention`, which fits on questions about documents for development, among them
# filings, research and web pages: "pairs" where the cross-encoder reads them, "terms" on Chinese.
"""

Array = NDArray[np.float64]


def measure() -> list[Figure]:
    """Writes weights and thresholds, then reports as `abstention` does."""
    text = _HEAD
    sets: dict[Method, tuple[tuple[str, str], ...]] = {"pairs": ENGLISH, "terms": CHINESE}
    with process_per_core() as pool:
        signals = {
            method: [pool.submit(_signals, name, other, method) for name, other in names]
            for method, names in sets.items()
        }
        read = {method: [one.result() for one in some] for method, some in signals.items()}
    for method, found in read.items():
        for finding, more in ((calibrated.BOTH, BY_RANKING), (calibrated.WORDS, ())):
            columns = (*NAMES[method], *more)
            tables = [_table(of, columns) for of in found]
            weights = fit(tables)
            values = zip(
                ("threshold", "constant", *columns), (_limit(tables, weights), *weights), strict=True
            )
            text += f"\n[{method}.{finding}]\n" + "".join(f"{name} = {value:.2f}\n" for name, value in values)
    WEIGHTS.write_text(text, encoding="utf-8")
    calibrated.calibration_of.cache_clear()
    return measured()


Table = Mapping[str, Array]
"""Of each kind, the signals of its questions with a 1 before them: (questions, signals + 1)."""


def _signals(name: str, other: str, method: Method) -> dict[str, list[Signals]]:
    asked = groups(name, other, "development")
    gate = CalibratedConfig().build()
    found: dict[str, list[Signals]] = {kind: [] for kind in asked}
    for kind, questions in asked.items():
        for one in questions:
            used, values = gate.signals(one.question, one.hits)
            if values and used == method:
                found[kind].append(values)
    return found


def _table(found: Mapping[str, Sequence[Signals]], columns: Sequence[str]) -> Table:
    return {
        kind: np.array([[1.0, *(row.get(name, 0.0) for name in columns)] for row in rows])
        for kind, rows in found.items()
    }


def fit(tables: Sequence[Table]) -> Array:
    """The weights, the constant first, rounded to two decimals."""
    from scipy.optimize import minimize

    rows, answered, counts = _stacked(tables)
    spread = np.array([1.0, *rows[:, 1:].std(0)]) + 1e-9
    scaled = rows / spread

    def loss(weights: Array) -> tuple[float, Array]:
        values = scaled @ weights
        chances = 1.0 / (1.0 + np.exp(-values))
        penalty = _PENALTY * np.array([0.0, *(1.0 for _ in weights[1:])])
        total = float(counts @ np.logaddexp(0.0, np.where(answered, -values, values)))
        slope = scaled.T @ (counts * (chances - answered)) + 2.0 * penalty * weights
        return total + float(penalty @ weights**2), slope

    solved = minimize(loss, np.zeros(scaled.shape[1]), jac=True, method="L-BFGS-B")
    weights: Array = np.round(solved.x / spread, 2)
    return weights


def _limit(tables: Sequence[Table], weights: Array) -> float:
    """The probability above which `ANSWERED` of the answerable questions are, every set counting the same."""
    chances = [1.0 / (1.0 + np.exp(-table[KNOWN] @ weights)) for table in tables]
    limits = [limit for limit in np.arange(0.01, 1.0, 0.01) if _mean(chances, limit) >= ANSWERED]
    return float(max(limits))


def _mean(chances: Sequence[Array], limit: float) -> float:
    return float(np.mean([(of >= limit).mean() for of in chances]))


def _stacked(tables: Sequence[Table]) -> tuple[Array, NDArray[np.bool_], Array]:
    """All rows, whether they are answered, and how much each counts: half of it for what is answered."""
    rows, answered, counts = [], [], []
    for table in tables:
        for kind, values in table.items():
            share = 0.5 if kind == KNOWN else 0.5 / (len(table) - 1)
            rows.append(values)
            answered.append(np.full(len(values), kind == KNOWN))
            counts.append(np.full(len(values), share / (len(values) * len(tables))))
    return np.vstack(rows), np.hstack(answered), np.hstack(counts)
