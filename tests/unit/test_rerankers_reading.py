"""Reading only as much as it takes: groups, the early stop, the budget."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ragkit.rerankers.reading import FIRST_GROUP, NEXT_GROUP, Judgement, behind, reread
from ragkit.types import Chunk, Hit

SCORES = st.lists(st.floats(0, 1, width=16), min_size=1, max_size=30)


def hits(scores: Sequence[float]) -> list[Hit]:
    """Hits with these first-stage scores, best first."""
    ordered = sorted(scores, reverse=True)
    return [
        Hit(chunk=Chunk(id=f"c{index:02}", document_id="d", start=0, end=1, text="x"), score=score)
        for index, score in enumerate(ordered)
    ]


class Reader:
    """Gives the chances it is told and notes what was read."""

    def __init__(self, chances: Sequence[float], *, seconds: float = 0.0) -> None:
        self.chances = chances
        self.seconds = seconds
        self.read: list[int] = []

    def scores(self, group: Sequence[int]) -> np.ndarray:
        self.read += group
        time.sleep(self.seconds * len(group))
        return np.array([self.chances[position] for position in group], dtype=np.float32)

    def rerank(self, first: list[Hit], *, early: bool = True, budget_ms: float | None = None) -> list[Hit]:
        judgement = Judgement(
            scores=self.scores, chance=np.asarray, weight=0.7, early=early, budget_ms=budget_ms
        )
        return reread(first, range(len(first)), judgement, started=time.perf_counter())


@given(SCORES, st.data())
def test_the_early_stop_never_changes_the_first_place(scores: list[float], data: st.DataObject) -> None:
    first = hits(scores)
    chance = st.floats(0, 1, width=16)
    chances = data.draw(st.lists(chance, min_size=len(first), max_size=len(first)))
    early, full = Reader(chances).rerank(first), Reader(chances).rerank(first, early=False)
    assert early[0].score == full[0].score
    assert {hit.chunk.id for hit in early} == {hit.chunk.id for hit in full}
    assert [(-hit.score, hit.chunk.id) for hit in early] == sorted((-h.score, h.chunk.id) for h in early)


def test_it_stops_when_the_first_place_is_settled() -> None:
    first = hits([1 - index / 20 for index in range(20)])
    clear = Reader([1.0] + [0.0] * 19)
    clear.rerank(first)
    assert clear.read == list(range(FIRST_GROUP))
    unclear = Reader([0.1] * 20)
    unclear.rerank(first)
    assert unclear.read == list(range(20))
    late = Reader([0.1] * 11 + [1.0] * 9)
    late.rerank(first)
    assert late.read == list(range(FIRST_GROUP + NEXT_GROUP))


def test_what_was_not_read_counts_as_no_answer() -> None:
    first = hits([1 - index / 20 for index in range(20)])
    ranking = Reader([1.0] + [0.0] * 19).rerank(first)
    assert [hit.chunk.id for hit in ranking] == [hit.chunk.id for hit in first]
    assert [hit.chunk.id for hit in ranking if "rerank" in hit.stages] == [
        f"c{i:02}" for i in range(FIRST_GROUP)
    ]


def test_the_budget_ends_reading_before_the_group_that_would_not_fit() -> None:
    first = hits([1 - index / 20 for index in range(20)])
    reader = Reader([0.5] * 20, seconds=0.01)
    reader.rerank(first, early=False, budget_ms=100)
    assert NEXT_GROUP <= len(reader.read) <= 2 * NEXT_GROUP
    plenty = Reader([0.5] * 20)
    plenty.rerank(first, early=False, budget_ms=60_000)
    assert plenty.read == list(range(20))
    nothing = Reader([0.5] * 20)
    assert [hit.chunk.id for hit in nothing.rerank(first, budget_ms=0)] == [hit.chunk.id for hit in first]
    assert nothing.read == []


def test_hits_behind_the_candidates_keep_their_order() -> None:
    scores = [hit.score for hit in behind(hits([5.0, 3.0]), hits([3.0, 2.0, -9.0]))]
    assert scores == sorted(scores, reverse=True)
    assert max(scores) <= -1.0
