"""What the chat says of a turn beside its sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.chat.ui.messages import place_words, turn_values
from apps.chat.ui.words import Language, words
from ragkit import Place, SavedTurn

TURN = SavedTurn(
    question="When was it built?",
    standalone="When was the weir built?",
    answer="In 1811.",
    notices=("understood as: When was the weir built?", "searched for the words one by one"),
)


@pytest.mark.parametrize(
    ("language", "dropped", "said"),
    [
        ("en", 0, []),
        ("en", 1, ["1 citation was left out: it does not stand in the documents as quoted."]),
        ("en", 3, ["3 citations were left out: they do not stand in the documents as quoted."]),
        ("zh", 2, ["省略了 2 处引用：文档中没有与之相同的原文。"]),
    ],
)
def test_citations_that_do_not_resolve_are_counted(language: Language, dropped: int, said: list[str]) -> None:
    shown = turn_values(replace(TURN, dropped=dropped), 0, words(language), lambda passage: None)
    assert shown["notices"] == ["searched for the words one by one", *said]
    assert shown["understood"] == "When was the weir built?"


def test_notices_of_ragkit_are_said_in_the_language_of_the_page() -> None:
    told = (
        "seed.pdf: 1 sentence that addresses the assistant was left out",
        'searched for "Soledad" too: no passage holds "Soldad"',
        "left out: passages with 'seed' (--literal takes -words for text)",
    )
    turn = replace(TURN, notices=told)
    shown = turn_values(turn, 0, words("zh"), lambda passage: None)
    assert shown["notices"] == [
        "seed.pdf：略去了 1 句对助手说的话",
        "同时检索了“Soledad”：没有段落含有“Soldad”",
        "已排除含有 'seed' 的段落",
    ]
    english = turn_values(turn, 0, words("en"), lambda passage: None)
    assert english["notices"] == [*told[:2], "left out: passages with 'seed'"]


@pytest.mark.parametrize(
    ("source", "language", "said"),
    [
        ("/a/seed.pdf", "en", "seed.pdf, page iv"),
        ("/a/seed.PDF", "zh", "seed.PDF, 第 iv 页"),
        ("/a/notes.md", "en", "notes.md"),
    ],
)
def test_only_files_with_pages_are_cited_by_page(source: str, language: Language, said: str) -> None:
    place = Place(source=source, title="", page_index=3, page_label="iv")
    assert place_words(place, words(language)) == said


def test_stages_have_names_that_people_understand() -> None:
    assert words("zh").named("stage", "judge") == "判断"
    assert words("en").named("stage", "something new") == "something new"
