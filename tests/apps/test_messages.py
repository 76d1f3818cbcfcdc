"""What the chat says of a turn beside its sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.chat.ui.messages import turn_values
from apps.chat.ui.words import Language, words
from ragkit import SavedTurn

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
