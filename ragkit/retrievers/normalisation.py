"""Scores of one ranking, brought to a scale on which rankings can be added; the last of a list gets least."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, pstdev
from typing import Literal

from ragkit.types import Hit

NormalisationMethod = Literal["min_max", "theoretical", "z_score", "dbsf"]

_FLOORS = {"dense": -1.0}  # what a cosine is at least; every other score is at least 0
_SIGMAS = 3.0


def min_max(scores: Sequence[float], floor: float) -> list[float]:
    """1 for the best, 0 for the last; all 1 if they are all the same. `floor` is not used."""
    high, low = scores[0], scores[-1]
    span = high - low
    return [(score - low) / span if span > 0.0 else 1.0 for score in scores]


def theoretical(scores: Sequence[float], floor: float) -> list[float]:
    """1 for the best, 0 for the least score that could be, `floor`.

    TM2C2 of Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (TOIS 2023).
    """
    span = scores[0] - floor
    return [(score - floor) / span if span > 0.0 else 1.0 for score in scores]


def z_score(scores: Sequence[float], floor: float) -> list[float]:
    """Standard deviations above the last; all 1 if they are all the same. `floor` is not used."""
    deviation = pstdev(scores)
    return [(score - scores[-1]) / deviation if deviation > 0.0 else 1.0 for score in scores]


def dbsf(scores: Sequence[float], floor: float) -> list[float]:
    """0 and 1 stand three standard deviations below and above the mean (distribution-based score fusion).

    All 1 if they are all the same. `floor` is not used.
    """
    mean, deviation = fmean(scores), pstdev(scores)
    if deviation <= 0.0:
        return [1.0] * len(scores)
    low, span = mean - _SIGMAS * deviation, 2.0 * _SIGMAS * deviation
    return [min(1.0, max(0.0, (score - low) / span)) for score in scores]


_METHODS: Mapping[NormalisationMethod, Callable[[Sequence[float], float], list[float]]] = {
    "min_max": min_max,
    "theoretical": theoretical,
    "z_score": z_score,
    "dbsf": dbsf,
}


def normalised(hits: Sequence[Hit], *, stage: str, method: NormalisationMethod = "min_max") -> list[float]:
    """What each hit of the ranking of `stage`, the best first, is worth; the scores fall or stay."""
    return _METHODS[method]([hit.score for hit in hits], _FLOORS.get(stage, 0.0)) if hits else []
