"""Reading only as much as it takes: groups, the early stop, the budget."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.rerankers.reading import FIRST_GROUP, NEXT_GROUP, AnswerScale, Judgement, behind, reread
from ragkit.types import Chunk, Hit

SCALE = AnswerScale(begins=0.0, certain=8.0, temperature=3.0)
SURE, POOR, SENSELESS = 9.0, -3.0, -60.0  # model scores: certain, hardly an answer, none at all
SCORES = st.lists(st.floats(0, 1, width=16), min_size=1, max_size=30)


def hits(scores: Sequence[float]) -> list[Hit]:
    """Hits with these first-stage scores, best first."""
    ordered = sorted(scores, reverse=True)
    return [
        Hit(chunk=Chunk(id=f"c{index:02}", document_id="d", start=0, end=1, text="x"), score=score)
        for index, score in enumerate(ordered)
    ]


class Reader:
    """Gives the scores it is told and notes what was read."""

    def __init__(self, model_scores: Sequence[float], *, seconds: float = 0.0) -> None:
        self.model_scores = model_scores
        self.seconds = seconds
        self.read: list[int] = []

    def scores(self, group: Sequence[int]) -> np.ndarray:
        self.read += group
        time.sleep(self.seconds * len(group))
        return np.array([self.model_scores[position] for position in group], dtype=np.float32)

    def rerank(
        self,
        first: list[Hit],
        *,
        early: bool = True,
        budget_ms: float | None = None,
        readable: Sequence[int] | None = None,
    ) -> list[Hit]:
        judgement = Judgement(scores=self.scores, scale=SCALE, weight=0.7, early=early, budget_ms=budget_ms)
        positions = range(len(first)) if readable is None else readable
        return reread(first, positions, judgement, started=time.perf_counter())


@given(SCORES, st.data())
def test_the_early_stop_never_changes_the_first_place(scores: list[float], data: st.DataObject) -> None:
    first = hits(scores)
    score = st.floats(-12, 12, width=16)
    given_scores = data.draw(st.lists(score, min_size=len(first), max_size=len(first)))
    readable = sorted(data.draw(st.sets(st.integers(0, len(first) - 1), min_size=1)))
    early, full = (
        Reader(given_scores).rerank(first, early=stop, readable=readable) for stop in (True, False)
    )
    as_read_fully = {hit.chunk.id: hit.score for hit in full}
    assert as_read_fully[early[0].chunk.id] == pytest.approx(full[0].score, abs=1e-9)
    assert {hit.chunk.id for hit in early} == {hit.chunk.id for hit in full}
    assert [(-hit.score, hit.chunk.id) for hit in early] == sorted((-h.score, h.chunk.id) for h in early)


def test_chances_are_measured_against_the_best_answer_within_bounds() -> None:
    def chances(*scores: float) -> list[float]:
        return list(SCALE.chances(np.array(scores)))

    assert chances(6.0, 3.0) == pytest.approx([1.0, np.exp(-1)])
    assert chances(-3.0, -6.0) == pytest.approx([np.exp(-1), np.exp(-2)])  # nothing answers
    assert chances(11.0, 8.0, 5.0) == pytest.approx([1.0, 1.0, np.exp(-1)])  # both certain


def test_it_stops_when_the_first_place_is_settled() -> None:
    first = hits([1 - index / 20 for index in range(20)])
    clear = Reader([SURE] + [SENSELESS] * 19)
    clear.rerank(first)
    assert clear.read == list(range(FIRST_GROUP))
    unclear = Reader([POOR] * 20)
    unclear.rerank(first)
    assert unclear.read == list(range(20))
    late = Reader([POOR] * 11 + [SURE] * 9)
    late.rerank(first)
    assert late.read == list(range(FIRST_GROUP + NEXT_GROUP))


def test_what_was_not_read_counts_as_no_answer() -> None:
    first = hits([1 - index / 20 for index in range(20)])
    ranking = Reader([SURE] + [SENSELESS] * 19).rerank(first)
    assert [hit.chunk.id for hit in ranking] == [hit.chunk.id for hit in first]
    assert [hit.chunk.id for hit in ranking if "rerank" in hit.stages] == [
        f"c{i:02}" for i in range(FIRST_GROUP)
    ]


@pytest.mark.parametrize("score", [POOR, SENSELESS])
def test_what_cannot_be_read_gains_nothing_by_it(score: float) -> None:
    first = hits([1.0, 0.9, 0.8, 0.2])
    ranking = Reader([score] * 4).rerank(first, readable=[0, 1, 3])
    assert [hit.chunk.id for hit in ranking] == [hit.chunk.id for hit in first]
    answered = Reader([score, SURE, score, score]).rerank(first, readable=[0, 1, 3])
    assert answered[0].chunk.id == "c01"


def test_the_budget_ends_reading_before_the_group_that_would_not_fit() -> None:
    first = hits([1 - index / 20 for index in range(20)])
    reader = Reader([POOR] * 20, seconds=0.01)
    reader.rerank(first, early=False, budget_ms=100)
    assert NEXT_GROUP <= len(reader.read) <= 2 * NEXT_GROUP
    plenty = Reader([POOR] * 20)
    plenty.rerank(first, early=False, budget_ms=60_000)
    assert plenty.read == list(range(20))
    nothing = Reader([POOR] * 20)
    assert [hit.chunk.id for hit in nothing.rerank(first, budget_ms=0)] == [hit.chunk.id for hit in first]
    assert nothing.read == []


def test_hits_behind_the_candidates_keep_their_order() -> None:
    scores = [hit.score for hit in behind(hits([5.0, 3.0]), hits([3.0, 2.0, -9.0]))]
    assert scores == sorted(scores, reverse=True)
    assert max(scores) <= -1.0
