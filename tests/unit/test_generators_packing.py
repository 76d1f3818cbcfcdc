"""Packing: as many passages as fit, nothing told twice, nothing lost that differs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.generators.packing import Order, pack, unshown
from ragkit.types import Chunk, Hit

FIRST = "The first sentence is here."
TEXT = f"{FIRST} The second is longer than that. A third ends it."


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
        assert passage.text.endswith("." if tokens >= len(FIRST.split()) else " …")
    assert all(passage.text == TEXT for passage in packed[:-1])


def test_a_budget_for_all_keeps_all() -> None:
    assert [p.text for p in pack([hit(TEXT, 0), hit("天气很好。", 1)], tokens=100, count=words)] == [
        TEXT,
        "天气很好。",
    ]
    assert pack([hit(TEXT)], tokens=0, count=words) == []


def test_a_passage_of_which_nothing_fits_makes_room_for_the_next() -> None:
    table = hit("cell " * 300 + "end. Short one.", 0)
    packed = pack([table, hit(FIRST, 1)], tokens=100, count=words)
    assert [(p.number, p.text) for p in packed] == [(1, FIRST)]


@pytest.mark.parametrize(
    ("table", "tokens", "shown"),
    [
        ("| 1981 | opened |\t| 2220 | metres |" + " cell" * 99, 6, "| 1981 | opened | …"),
        ("长江全长约6300公里黄河发源于青海省", 10, "长江全长约6300公里 …"),
        ("x" * 90 + " y", 12, ""),
    ],
)
def test_a_sentence_longer_than_all_that_fits_is_cut_between_words(
    table: str, tokens: int, shown: str
) -> None:
    def count(text: str) -> int:
        return len(text.split()) if " cell" in table else len(text.replace("6300", "#"))

    packed = pack([hit(" … ", 1), hit(table)], tokens=tokens, count=count)
    assert [p.text for p in packed] == ([shown] if shown else [])
    for passage in packed:
        assert table.startswith(passage.hit.chunk.text)
        assert passage.hit.chunk.text.strip() == shown.removesuffix(" …")
        assert passage.hit.chunk.end == 100 + len(passage.hit.chunk.text)


def test_what_was_not_shown_of_a_passage_is_its_rest() -> None:
    shown = pack([hit(TEXT)], tokens=6, count=words)
    rest = unshown(hit(TEXT), shown)
    assert rest is not None
    assert rest.chunk.text == TEXT[len(FIRST) + 1 :]
    assert (rest.chunk.start, rest.chunk.end) == (100 + len(FIRST) + 1, 100 + len(TEXT))
    assert unshown(hit(TEXT), [*shown, *pack([rest], tokens=99, count=words)]) is None
    assert unshown(hit(TEXT, 1), shown) == hit(TEXT, 1)


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
