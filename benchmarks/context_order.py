"""In which order passages stand best in a prompt, for the small model of this machine."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import get_args

import numpy as np

from benchmarks.data import RetrievalSet, read_set
from benchmarks.figures import Figure
from benchmarks.measures import Scores, p_value
from benchmarks.quality_data import even_half, indexed, odd_half
from ragkit.chain import returned
from ragkit.evaluation.answers import has_answer
from ragkit.generators import LocalConfig
from ragkit.generators.packing import Order
from ragkit.types import Hit

PASSAGES = 8
QUESTIONS = 60  # of each half
SET = "squad2-en"


def measure(*, queries: int | None = None) -> list[Figure]:
    """The share of answers that hold an accepted one, for each order, on both halves of the questions.

    Chosen on the even half, reported on the odd one. The model reads English only.
    """
    data = read_set(SET)
    figures = []
    for half, ids in (("even", even_half(data.queries)), ("odd", odd_half(data.queries))):
        chosen = random.Random(0).sample(ids, min(queries or QUESTIONS, len(ids)))
        found = _found(data, chosen)
        scores = {order: _scores(order, data, found) for order in get_args(Order)}
        figures += [_figure(half, order, scores) for order in scores]
    return figures


def _found(data: RetrievalSet, questions: Sequence[str]) -> dict[str, tuple[Hit, ...]]:
    chain = indexed(data, questions).build()
    return {id_: chain.find(data.queries[id_], limit=PASSAGES, literal=True).hits for id_ in questions}


def _scores(order: Order, data: RetrievalSet, found: dict[str, tuple[Hit, ...]]) -> Scores:
    """1.0 for each question whose answer holds an accepted one, else 0.0."""
    config = LocalConfig(order=order, passages=PASSAGES, context_tokens=2400, most_tokens=48)
    generator = config.build()
    said = [returned(generator.generate(data.queries[id_], hits)).text for id_, hits in found.items()]
    pairs = zip(said, found, strict=True)
    return np.array([float(any(has_answer(text, gold) for gold in data.answers[id_])) for text, id_ in pairs])


def _figure(half: str, order: Order, scores: dict[Order, Scores]) -> Figure:
    chance = p_value(scores[order], scores["best_first"])
    note = f"{len(scores[order])} questions, {PASSAGES} passages" + (
        f", p {chance:.2f} against best_first" if order != "best_first" else ""
    )
    name = f"{SET} {half} half, {order}: answer right"
    return Figure(name=name, value=float(scores[order].mean()), better="higher", note=note)
