"""Variants of Chinese characters, and the words that only ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.language import without_question_words
from ragkit.language.chinese import is_han, placed_words, simplified
from ragkit.language.questions import question_spans


@pytest.mark.parametrize(
    ("text", "one_form"),
    [("臺灣裡著衞", "台湾里着卫"), ("头发發展", "头发发展"), ("東京タワー 한국 abc", "东京タワー 한국 abc")],
)
def test_variants_have_one_form(text: str, one_form: str) -> None:
    assert simplified(text) == one_form


@given(st.text())
def test_one_form_is_final_and_as_long(text: str) -> None:
    assert simplified(simplified(text)) == simplified(text)
    assert len(simplified(text)) == len(text)


def test_japanese_is_not_taken_for_chinese() -> None:
    assert is_han("東京")
    assert not is_han("東京タワー")
    assert not is_han("한국")


def test_question_words_in_either_script() -> None:
    assert without_question_words("長江有多長？") == "長江  ？"
    assert without_question_words("他会说中文吗", sure=True) == "他会说中文 "
    assert without_question_words("谁") == "谁"
    assert without_question_words("Who is it?") == "Who is it?"
    assert question_spans("中国是什么") == [(0, 1), (2, 3), (3, 5)]
    assert question_spans("中国是什么", sure=True) == [(2, 3), (3, 5)]


def test_words_of_the_dictionary_have_places() -> None:
    pytest.importorskip("jieba")
    assert placed_words("北京大学在北京") == [
        ("北京", 0, 2),
        ("大学", 2, 4),
        ("北京大学", 0, 4),
        ("在", 4, 5),
        ("北京", 5, 7),
    ]
