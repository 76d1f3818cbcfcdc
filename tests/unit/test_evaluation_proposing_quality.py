"""Which questions are worth asking: those that stand alone and are not known."""

from __future__ import annotations

import pytest

from ragkit.evaluation.proposing.quality import KnownQuestions, stands_alone
from ragkit.language import AnalyzerConfig


@pytest.mark.parametrize(
    "question",
    [
        "What does the passage say about oxygen?",
        "When was it founded?",
        "According to the text, who led the Normans?",
        "What is shown above?",
        "本文的主题是什么？",
        "该文提到了哪些动物？",
        "它位于哪里？",
        "这种植物分布在哪里？",
        "Why",
        "Who led the Normans? When?",
        "Tell me about the Normans.",
    ],
)
def test_questions_that_point_at_a_text_do_not_stand_alone(question: str) -> None:
    assert not stands_alone(question)


@pytest.mark.parametrize(
    "question", ["Who led the Normans?", "黄河发源于哪里？", "When did Tesla move to his last hotel?"]
)
def test_questions_that_name_what_they_are_about_stand_alone(question: str) -> None:
    assert stands_alone(question)


def known(*asked: str) -> KnownQuestions:
    return KnownQuestions(AnalyzerConfig().build(), asked)


@pytest.mark.parametrize(
    ("before", "question", "same"),
    [
        ("Who led the Normans?", "who led the  Normans", True),
        ("When was Oslo University founded?", "In which year was Oslo University founded?", True),
        ("When was Oslo University founded?", "Who founded Oslo University?", False),
        ("When was Oslo University founded?", "When was Bergen University founded?", False),
        ("What was the cause of accident NYC08CA073?", "What was the cause of accident NYC08CA048?", False),
        ("POWER6是由谁推出的？", "POWER6是哪一年推出的？", False),
        ("黄河发源于哪里？", "黃河發源於哪裡？", True),
        ("黄河发源于哪里？", "长江发源于哪里？", False),
    ],
)
def test_a_question_is_known_in_other_words_and_not_about_another_thing(
    before: str, question: str, same: bool
) -> None:
    assert known(before).holds(question) is same


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("What is it?", False),
        ("这是什么？", False),
        ("Why?", False),
        ("What is oxygen?", True),
        ("黄河是什么？", True),
    ],
)
def test_question_words_alone_ask_about_nothing(question: str, about: bool) -> None:
    assert known().is_about_something(question) is about
