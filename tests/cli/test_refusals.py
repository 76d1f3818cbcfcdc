"""What a refusal says, and in which language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Shell
from talks import chat

from ragkit.cli.words import words_for

NEAR = "Which paint does the Severn Bridge get?"
NEAR_CHINESE = "长江大桥是哪一年由谁设计的？"


def test_all_that_is_printed_of_a_chinese_question_is_chinese(indexed: Shell) -> None:
    refused = indexed.run("ask", NEAR_CHINESE)
    assert refused.out == "文档没有回答这个问题。\n最接近的段落：\n  files/rivers.md，第 1 页\n"
    assert refused.err.startswith("找到的段落都没有回答这个问题：查找了“长江大桥”")
    answered = indexed.run("ask", "黄河发源于哪个省?")
    assert answered.out.endswith("\n[1] files/rivers.md，第 1 页\n")


def test_an_english_refusal_names_what_was_looked_for_and_the_nearest_passages(indexed: Shell) -> None:
    done = indexed.run("ask", NEAR)
    nearest = "The nearest passages:\n  files/bridges.md, page 1\n"
    assert done.out == f"The documents do not answer this.\n{nearest}"
    assert "looked for 'paint', 'Severn', 'Bridge'" in done.err


@pytest.mark.parametrize("question", [NEAR, NEAR_CHINESE])
def test_figures_of_a_refusal_are_shown_when_they_are_asked_for(indexed: Shell, question: str) -> None:
    plain, explained = indexed.run("ask", question), indexed.run("ask", question, "--explain")
    assert not re.search(r"\d\.\d", plain.out + plain.err)
    likely = re.search(r"passages answer (0\.\d\d); a question is refused below (0\.\d\d)", explained.out)
    assert likely
    assert likely[1] < likely[2]


@pytest.mark.parametrize(
    ("question", "label", "place"),
    [
        ("Why?", "", "a.pdf, page 7"),
        ("Why?", "7", "a.pdf, page 7"),
        ("Why?", "iv", "a.pdf, page iv (7 of the file)"),
        ("为什么？", "7", "a.pdf，第 7 页"),
        ("为什么？", "iv", "a.pdf，第 iv 页（文件的第 7 页）"),
    ],
)
def test_a_place_is_named_in_the_language_of_the_question(question: str, label: str, place: str) -> None:
    assert words_for(question).place("a.pdf", 6, label) == place


def test_both_languages_mark_the_same_verdicts() -> None:
    assert words_for("Why?").marks.keys() == words_for("为什么？").marks.keys()
    assert words_for("为什么？").mark("weak") == "（依据较弱）"
    assert words_for("为什么？").mark("supported") == ""


def test_a_talk_lists_chinese_turns_in_chinese(indexed: Shell, state: Path) -> None:
    done = chat(indexed, state, "黄河发源于哪里？", "/sources", "长江呢？", "/history")
    assert "[1] files/rivers.md，第 1 页" in done.out.split("\n\n")[2]
    assert "   理解为：长江发源于哪里？" in done.out
