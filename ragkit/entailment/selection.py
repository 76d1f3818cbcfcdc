"""Which part of the evidence a model reads with a statement: what covers most of it, in few words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import fsum

from ragkit.entailment.wording import Worded, worded
from ragkit.language import sentence_spans
from ragkit.language.tokens import is_unspaced

BUDGET = 220.0  # tokens of the model, about
_WORD = 1.35  # tokens of the model to a word
_LONG = 60  # tokens; a longer sentence, or what has no sentences, is cut
_WINDOW = 40
_RUNS = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\s\u2e80-\u9fff\uf900-\ufaff]+")


def select(statement: str, quotes: Sequence[str], *, budget: float = BUDGET) -> tuple[str, ...]:
    """The pieces of the quotes that hold most of the statement's terms, in their order, within the budget.

    A rare term counts for more. What room is left is for the neighbours of the best piece: what its
    pronouns stand for, and what is said of it.
    """
    pieces = [piece for quote in quotes for piece in _pieces(quote)]
    words = [worded(piece) for piece in pieces]
    costs = [_cost(one) for one in words]
    chosen = _covering(worded(statement), words, costs, budget)
    room = budget - sum(costs[place] for place in chosen)
    first = chosen[0] if chosen else 0
    for place in (first - 1, first + 1, first - 2, first + 2):
        if 0 <= place < len(pieces) and place not in chosen and costs[place] <= room:
            chosen.append(place)
            room -= costs[place]
    return tuple(pieces[place] for place in sorted(chosen))


def _covering(said: Worded, words: Sequence[Worded], costs: Sequence[float], budget: float) -> list[int]:
    """The places of pieces, each of which adds most of what is claimed and not yet held; the best first."""
    claimed = {*said.terms, *said.pairs}
    held = [claimed & {*one.terms, *one.near} for one in words]
    counts = Counter(mark for marks in held for mark in marks)
    chosen: list[int] = []
    missing, room = set(claimed), budget
    while True:
        gains = [
            fsum(1.0 / counts[mark] for mark in marks & missing) if costs[place] <= room else 0.0
            for place, marks in enumerate(held)
        ]
        best = max(range(len(gains)), key=gains.__getitem__, default=-1)
        if best < 0 or gains[best] <= 0.0:
            return chosen
        chosen.append(best)
        missing -= held[best]
        room -= costs[best]


@lru_cache(maxsize=512)
def _pieces(quote: str) -> tuple[str, ...]:
    found: list[str] = []
    for start, end in sentence_spans(quote):
        sentence = quote[start:end].strip()
        runs = list(_RUNS.finditer(sentence))
        step = _WINDOW if len(runs) > _LONG else max(1, len(runs))
        for first in range(0, len(runs), step):
            part = runs[first : first + step]
            found.append(sentence[part[0].start() : part[-1].end()])
    return tuple(found)


def _cost(one: Worded) -> float:
    return sum(1.0 if is_unspaced(token) else _WORD for token in one.tokens)
