"""Sentence ends by hand-written examples: "¦" stands where a sentence must end."""

import pytest

from ragkit.language import sentence_spans

ENGLISH = [
    "Mr. Smith met Dr. J. R. Jones in the U.S. ¦The talk cost $3.5 million. ¦It was long.",
    "See Fig. 3 and No. 5 in Sec. 2.1, pp. 7 f. and Vol. 3. ¦Next.",
    "The answer was no. ¦Then he left.",
    "Use fruit, e.g. apples, i.e. Red Delicious. ¦Done.",
    "Acme Inc. reported gains. ¦He works at Acme Inc. ¦The firm is old.",
    "The U.S. President spoke at 5 p.m. ¦He was late.",
    '"Stop!" he said. ¦"Go!" ¦She left.',
    "He left... then returned. ¦He left... ¦Then it rained.",
    "Really? ¦Yes! ¦Fine.",
    "It is known.[12] ¦So is this.[3][4] ¦End.",
    "(One in brackets.) ¦Two. ¦“Three.” ¦Four.",
    "Version 3.2.1 of node.js runs. ¦See www.example.com for more.",
    "A line that\ngoes on here. ¦And\r\nhere.",
    "One paragraph\n\n¦another without a stop\n \n¦third",
    "# Title\n¦Text under it. ¦More.",
    "Title\n=====\n¦Text.",
    "- one item\n¦- two items\n  that go on\n¦* three",
    "1. First thing\n¦2. Second thing. ¦With more.",
    "| a | b |\n¦| - | - |\n¦| 1 | 2 |\n¦After the table.",
    "2.3 Method\n¦We measured.",
    "So did I. ¦We agree. ¦J. Smith did not.",
    "Costs rose 5. ¦The end",
    "A full stop.\t\n  ¦Space goes to the sentence before. ",
]
CHINESE = [
    "人工智能是一个分支。¦它企图了解智能的实质！¦真的吗？¦是的；¦完。",
    "他说：“你好！”¦然后走了。",
    "（见附件。）¦第二句",
    "他走了……又回来了。¦好",
    "使用Python语言。¦版本是3.5。¦GPT-4很强",
    "我喜欢!¦真的?¦是",
    "第一章 总则\n¦第一条 为了规范管理。¦\u3000\u3000第二条 本法。",
    "一、目的\n¦二、范围\n¦（一）内容",
    "指导老师是王明(Dr. Wang)，他来自美国的U.S. Army。¦第二句。",
    "由（St. John）和王(W. Smith)建造，见图(Fig. 3)。¦我喜欢AI. ¦他也喜欢。",
    "这一行还没\n有结束。¦完",
]
OTHER = ["यह एक है। ¦वह दो है।", "هل هذا؟ ¦نعم۔ ¦لا", "これはペンです。¦あれは本です。"]


@pytest.mark.parametrize("marked", ENGLISH + CHINESE + OTHER)
def test_ends(marked: str) -> None:
    expected = marked.replace("。¦\u3000\u3000", "。\u3000\u3000¦").split("¦")
    text = "".join(expected)
    assert [text[start:end] for start, end in sentence_spans(text)] == expected


def test_nothing_has_no_sentence_and_space_is_one() -> None:
    assert sentence_spans("") == []
    assert sentence_spans(" \n\n ") == [(0, 4)]


@pytest.mark.parametrize("unit", [".", " ", "\n", "。", ". ", "!)", "[1]", "1. ", "a", "| ", "…", "- \n"])
def test_time_is_linear(unit: str) -> None:
    text = unit * 200_000
    assert sentence_spans(text)[-1][1] == len(text)
