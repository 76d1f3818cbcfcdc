"""How sure a mean is, and whether two runs differ by more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ragkit.errors import MissingDependency

ROUNDS = 10_000
SEED = 20_000
_AT_ONCE = 2_000_000  # numbers in memory

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float]) -> Interval:
    """The mean with its bootstrap interval (percentiles; Efron, 1979), the same for the same values."""
    data = np.asarray(values, dtype=np.float64)
    mean = float(data.mean())
    if np.all(data == data[0]):
        return Interval(mean, mean, mean)
    stats = _scipy_stats()
    found = stats.bootstrap(
        (data,),
        np.mean,
        n_resamples=ROUNDS,
        batch=max(1, _AT_ONCE // len(data)),
        method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Interval(mean, float(found.low), float(found.high))


def p_of_drop(before: Sequence[float], now: Sequence[float]) -> float:
    """The chance of a drop as large or larger if the runs were alike: a paired randomisation test, one-sided.

    Smucker, Allan and Carterette, "A Comparison of Statistical Significance Tests for Information Retrieval
    Evaluation" (CIKM 2007). Exact for few questions that differ, else from 10,000 random signs.
    """
    difference = np.asarray(now, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    difference = difference[difference != 0.0]
    if difference.sum() >= 0.0:
        return 1.0
    difference = np.append(difference, 0.0)  # which changes no sum; scipy wants two values
    result = _scipy_stats().permutation_test(
        (difference,),
        lambda values, axis: values.sum(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=ROUNDS,
        batch=max(1, _AT_ONCE // len(difference)),
        alternative="less",
        rng=np.random.default_rng(SEED),
    )
    return float(result.pvalue)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """The values corrected for their number (Holm, 1979): one false alarm in all stays as rare as in one."""
    adjusted: dict[str, float] = {}
    highest = 0.0
    for place, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[name]))
        adjusted[name] = highest
    return adjusted


def _scipy_stats() -> Any:
    if find_spec("scipy") is None:
        raise MissingDependency("Intervals and tests need scipy. Install with: pip install 'ragkit[eval]'")
    from scipy import stats

    return stats
