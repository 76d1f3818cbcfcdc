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
_ALL_WAYS = 13  # questions that differ, up to which every way of turning signs is tried
_EQUAL = 1e-12

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float] | Values) -> Interval:
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


def p_of_drops(differences: Mapping[str, Values]) -> dict[str, float]:
    """For each mean, the chance that one of all drops so unlikely far if the runs are alike; one-sided.

    Each array (questions,) holds now less before of the same questions, NaN where a mean is not about one.
    Paired randomisation (Smucker, Allan and Carterette, CIKM 2007): every question's signs are turned all at
    once, in all ways where few questions differ, else in 10,000 drawn ones. Corrected for the number by the
    step-down minP method (Westfall and Young, 1993), which knows that measures of the same questions move
    together, so that many of them cost little. Means in which no question differs are 1.
    """
    p_values = dict.fromkeys(differences, 1.0)
    names = [name for name, values in differences.items() if np.nan_to_num(values).any()]
    if not names:
        return p_values
    table = np.nan_to_num(np.stack([differences[name] for name in names], axis=1))  # (questions, means)
    table = table[np.any(table != 0.0, axis=1)]
    sums = np.round(_signed_sums(table), 9)  # (ways, means), the first as it was
    chances = np.stack([_share_at_most(column) for column in sums.T], axis=1)  # (ways, means)
    order = np.argsort(chances[0], kind="stable")
    least = np.minimum.accumulate(chances[:, order[::-1]], axis=1)[:, ::-1]  # of a mean and all less likely
    adjusted = np.maximum.accumulate((least <= chances[0, order] + _EQUAL).mean(axis=0))
    p_values |= {names[place]: float(value) for place, value in zip(order, adjusted, strict=True)}
    return p_values


def _signed_sums(table: Values) -> Values:
    """The sums of the columns with the signs of rows turned in many ways: (ways, columns)."""
    count = len(table)
    if count <= _ALL_WAYS:
        ways = np.arange(2**count)[:, None] >> np.arange(count)
        signs = 1.0 - 2.0 * (ways & 1)
        return np.asarray(signs @ table)
    chance = np.random.default_rng(SEED)
    parts = [table.sum(axis=0, keepdims=True)]
    step = max(1, _AT_ONCE // count)
    for first in range(0, ROUNDS, step):
        size = (min(step, ROUNDS - first), count)
        parts.append((1.0 - 2.0 * chance.integers(0, 2, size=size)) @ table)
    return np.concatenate(parts)


def _share_at_most(values: Values) -> Values:
    """For each value, the share of all that are not above it."""
    return np.searchsorted(np.sort(values), values, side="right") / len(values)


def _scipy_stats() -> Any:
    if find_spec("scipy") is None:
        raise MissingDependency("Intervals and tests need scipy. Install with: pip install 'ragkit[eval]'")
    from scipy import stats

    return stats
