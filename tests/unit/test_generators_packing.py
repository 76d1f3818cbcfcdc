"""Packing: as many passages as fit, nothing told twice, nothing lost that differs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.generators.packing import Order, pack
from ragkit.types import Chunk, Hit

TEXT = "The first sentence is here. The second is longer than that. A third ends it."


def hit(text: str, number: int = 0) -> Hit:
    chunk = Chunk(id=f"c{number}", document_id="d", start=100, end=100 + len(text), text=text)
    return Hit(chunk=chunk, score=1.0)


def words(text: str) -> int:
    return len(text.split())


@given(st.integers(0, 40))
def test_passages_are_whole_but_for_the_last_which_ends_with_a_sentence(tokens: int) -> None:
    hits = [hit(TEXT, 0), hit(TEXT, 1)]
    packed = pack(hits, tokens=tokens, count=words)
    assert sum(words(passage.text) for passage in packed) <= tokens
    assert [passage.number for passage in packed] == list(range(1, len(packed) + 1))
    for passage, given_hit in zip(packed, hits, strict=False):
        chunk = passage.hit.chunk
        assert given_hit.chunk.text.startswith(chunk.text)
        assert chunk.end - chunk.start == len(chunk.text)
        assert passage.text.endswith(".")
    assert all(passage.text == TEXT for passage in packed[:-1])


def test_a_budget_for_all_keeps_all() -> None:
    assert [p.text for p in pack([hit(TEXT, 0), hit("天气很好。", 1)], tokens=100, count=words)] == [
        TEXT,
        "天气很好。",
    ]
    assert pack([hit(TEXT)], tokens=4, count=words) == []


OLD = "The contract runs for twelve months from the day of signing. The fee is 500 dollars a month."
NEW = "The contract runs for twelve months from the day of signing. The fee is 600 dollars a month."


def test_what_a_better_passage_says_is_left_out_and_what_differs_stays() -> None:
    packed = pack([hit(OLD, 0), hit(NEW, 1), hit(OLD, 2)], tokens=100, count=words)
    assert [p.text for p in packed] == [OLD, "The fee is 600 dollars a month."]
    middle = "A first part is new here. " + OLD.partition(". ")[0] + ". And a last part is new as well."
    (_, second) = pack([hit(OLD, 0), hit(middle, 1)], tokens=100, count=words)
    assert second.text == "A first part is new here. \u2026 And a last part is new as well."
    assert second.hit.chunk.text == middle


def test_short_sentences_may_be_said_again() -> None:
    packed = pack([hit("Yes. It does.", 0), hit("Yes. It does not.", 1)], tokens=100, count=words)
    assert [p.text for p in packed] == ["Yes. It does.", "Yes. It does not."]


@pytest.mark.parametrize(
    ("order", "expected"),
    [("best_first", "01234"), ("best_last", "43210"), ("best_at_ends", "02431")],
)
def test_passages_stand_in_the_wanted_order_under_running_numbers(order: Order, expected: str) -> None:
    hits = [hit(f"Passage {n}.", n) for n in range(5)]
    packed = pack(hits, tokens=100, count=words, order=order, first=3)
    assert [p.text for p in packed] == [f"Passage {n}." for n in expected]
    assert [p.number for p in packed] == [3, 4, 5, 6, 7]
