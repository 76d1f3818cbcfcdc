"""Measures of rankings, as ir-measures computes them, and whether two systems differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ragkit.evaluation.statistics import p_of_drops

Scores = NDArray[np.float64]

MEASURES = ("nDCG@10", "R@10", "RR@10")


def per_question(
    ranked: Mapping[str, Sequence[str]], grades: Mapping[str, Mapping[str, int]]
) -> dict[str, Scores]:
    """Each measure's scores in the order of `ranked`, which holds document ids, the best first."""
    from ir_measures import iter_calc, parse_measure

    measures = {parse_measure(name): name for name in MEASURES}
    run = {question: {id_: -float(rank) for rank, id_ in enumerate(ids)} for question, ids in ranked.items()}
    judged = {question: dict(grades[question]) for question in ranked}
    place = {question: number for number, question in enumerate(ranked)}
    scores = {name: np.zeros(len(ranked)) for name in MEASURES}  # a question without hits scores 0
    for metric in iter_calc(list(measures), judged, run):
        scores[measures[metric.measure]][place[metric.query_id]] = metric.value
    return scores


def p_value(first: Scores, second: Scores) -> float:
    """The chance of a difference as large, either way, if the two systems were alike."""
    drop, rise = (p_of_drops({"": one})[""] for one in (second - first, first - second))
    return min(1.0, 2.0 * min(drop, rise))
