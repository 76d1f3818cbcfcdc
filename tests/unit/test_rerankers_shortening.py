"""Passages shortened to the part that speaks most of the query."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ragkit.language import UnicodeAnalyzer
from ragkit.rerankers.shortening import shortened
from ragkit.types import Chunk

TERMS = UnicodeAnalyzer().terms


def words(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\S+", text)]


def short(query: str, texts: list[str], room: int, *, heading: str = "") -> list[str]:
    chunks = [
        Chunk(id=str(i), document_id="d", start=0, end=len(text), text=text, heading=heading)
        for i, text in enumerate(texts)
    ]
    return shortened(query, chunks, room=room, tokens=words, terms=TERMS)


NOISE = "The committee met and spoke of many things today. "
ANSWER = "Paris is the capital of France. "


def test_a_text_that_fits_stays_whole() -> None:
    assert short("capital", [ANSWER], 100, heading="Cities") == [f"Cities\n{ANSWER.strip()}"]
    assert short("capital", [ANSWER], 7) == [ANSWER.strip()]
    assert short("capital", [], 7) == []


def test_the_run_begins_with_the_sentence_that_answers() -> None:
    text = NOISE * 5 + ANSWER + NOISE * 5
    assert short("What is the capital of France?", [text], 9) == [
        "Paris is the capital of France. The committee met"
    ]


def test_at_the_end_of_the_text_the_run_is_still_full() -> None:
    assert short("capital of France", [NOISE * 5 + ANSWER], 9) == [
        "many things today. Paris is the capital of France."
    ]


def test_without_a_query_term_it_is_the_beginning() -> None:
    assert short("zebra", [NOISE * 5], 5) == ["The committee met and spoke"]


def test_a_rare_term_outweighs_a_common_one() -> None:
    common = ["The report is long. " * 6] * 5
    text = "The report is long. " * 4 + "A zebra ran. " + "The report is long. " * 4
    assert short("report zebra", [*common, text], 3)[-1].startswith("A zebra")


def test_the_heading_takes_a_quarter_at_most() -> None:
    (text,) = short("capital of France", [NOISE * 5 + ANSWER], 16, heading="One two three four five six")
    assert text.startswith("One two three four\n")
    assert text.endswith(ANSWER.strip())
    assert len(words(text)) == 16


def test_chinese_sentences() -> None:
    characters = lambda text: [(i, i + 1) for i in range(len(text))]  # noqa: E731
    text = "今天天气很好。" * 5 + "法国的首都是巴黎。" + "今天天气很好。" * 5
    chunk = Chunk(id="0", document_id="d", start=0, end=len(text), text=text)
    (found,) = shortened("法国首都", [chunk], room=12, tokens=characters, terms=TERMS)
    assert found.startswith("法国的首都是巴黎。")


@given(
    st.lists(st.text("ab .!\n中。", max_size=120), max_size=4),
    st.text("ab 中", max_size=9),
    st.integers(1, 40),
)
def test_it_never_takes_more_than_the_room(texts: list[str], query: str, room: int) -> None:
    for text, found in zip(texts, short(query, texts, room), strict=True):
        assert found in text
        assert len(words(found)) <= room
