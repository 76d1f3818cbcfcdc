"""Sentences become questions as people ask them, by their shape alone."""

from __future__ import annotations

import re
from functools import cache

import pytest
from corpus import DEMO
from hypothesis import given
from hypothesis import strategies as st

from ragkit.cleaning import default_cleaners
from ragkit.evaluation.proposing import (
    Candidate,
    candidates,
    in_turn,
)
from ragkit.evaluation.proposing.english_verbs import PAST, PRESENT
from ragkit.evaluation.proposing.proposals import varied
from ragkit.evaluation.proposing.quality import tells_answer
from ragkit.loaders import read_document
from ragkit.types import Chunk, Document

SMALL = "We know oxygen, penicillin and total net sales."  # words written small are no proper names


def document(said: str, title: str = "") -> Document:
    return Document(id="d", source="d.txt", title=title, text=said, pages=(), language="", metadata={})


def questions(said: str, title: str = "", heading: str = "") -> dict[str, str]:
    """The questions with their answers."""
    chunk = Chunk(id="c", document_id="d", start=0, end=len(said), text=said, heading=heading)
    return {one.question: one.answer for one in candidates(document(said, title), [chunk] if heading else ())}


@pytest.mark.parametrize(
    ("said", "subject", "question", "answer"),
    [
        (
            "Oxygen is a chemical element with symbol O and atomic number 8.",
            "Oxygen",
            "What is oxygen?",
            "a chemical element with symbol O and atomic number 8",
        ),
        (
            "The Rhine is one of the longest rivers of western and central Europe.",
            "Rhine",
            "What is the Rhine?",
            "one of the longest rivers of western and central Europe",
        ),
        (
            "Ada Lovelace (1815–1852) was an English mathematician and writer.",
            "Ada Lovelace",
            "Who was Ada Lovelace?",
            "an English mathematician and writer",
        ),
        (
            "The French and Indian War (1754–1763) was a theater of another war.",
            "French and Indian War",
            "What was the French and Indian War?",
            "a theater of another war",
        ),
        (
            "Penicillin was discovered by Alexander Fleming in a London hospital.",
            "Penicillin",
            "Who discovered penicillin?",
            "Alexander Fleming",
        ),
        (
            "The Board was established by the mayor of the city, who needed advice.",
            "Board",
            "Who established the Board?",
            "the mayor of the city",
        ),
        (
            "Oslo University was founded in the capital of Norway in 1811.",
            "Oslo University",
            "When was Oslo University founded?",
            "1811",
        ),
        (
            "Lake Balkhash is located in the south-east of Kazakhstan, near Almaty.",
            "Lake Balkhash",
            "Where is Lake Balkhash?",
            "in the south-east of Kazakhstan",
        ),
        (
            "The mission of NARA is to provide equitable access to records.",
            "NARA",
            "What is the mission of NARA?",
            "to provide equitable access to records",
        ),
        (
            "Total net sales increased 2% in 2022, due to sales of Services.",
            "Total net sales",
            "Why did total net sales increase?",
            "sales of Services",
        ),
        (
            "On December 12, 2007, a Cessna was damaged at the airport.",
            "December 12, 2007",
            "What happened on December 12, 2007?",
            "",
        ),
        (
            "On May 2, 2007, at noon, a Piper PA-31T, N112ED, was damaged when it landed gear up.",
            "report",
            "What happened to the Piper PA-31T N112ED on May 2, 2007?",
            "",
        ),
        ("Tesla died on 7 January 1943, in New York.", "Tesla", "When did Tesla die?", "7 January 1943"),
        (
            "In 1979, the Soviet Union deployed its 40th Army into Afghanistan.",
            "Soviet Union",
            "When did the Soviet Union deploy its 40th Army into Afghanistan?",
            "1979",
        ),
        (
            "Polonia was relegated from the top flight in 2013 because of debts.",
            "Polonia",
            "Why was Polonia relegated from the top flight in 2013?",
            "debts",
        ),
        (
            "The tenant must give notice in writing within 30 days of the repair.",
            "tenant",
            "Within what time must the tenant give notice in writing?",
            "30 days",
        ),
        (
            "GSA has four fundamental strategies for delivering its mission: 1.",
            "GSA",
            "How many fundamental strategies does GSA have?",
            "four",
        ),
        (
            "The Eiffel Tower is 330 metres tall, and it is made of iron.",
            "Eiffel Tower",
            "How tall is the Eiffel Tower?",
            "330 metres",
        ),
        (
            "To reset the meter, press both buttons for five seconds.",
            "meter",
            "How do you reset the meter?",
            "press both buttons for five seconds",
        ),
        ("赛里木湖位于雪峰环抱之处，湖水湛蓝。", "赛里木湖", "赛里木湖位于哪里？", "雪峰环抱之处"),
        ("省博物馆始建于1904年，原为商场。", "省博物馆", "省博物馆始建于哪一年？", "1904年"),
        ("次磷酸（化学式：HPO）是一种磷的含氧酸。", "次磷酸", "次磷酸是什么？", "一种磷的含氧酸"),
        ("李白（701年－762年），是唐代的浪漫主义诗人。", "李白", "李白是谁？", "唐代的浪漫主义诗人"),
        ("雷公藤主要分布于东亚地区，包括日本。", "雷公藤", "雷公藤分布在哪里？", "东亚地区"),
        ("臺北車站位於臺北市中正區，是鐵路樞紐。", "臺北車站", "臺北車站位於哪裡？", "臺北市中正區"),
        ("• perl - Perl 是类系统中最普遍的脚本语言。", "Perl", "Perl是什么？", "类系统中最普遍的脚本语言"),
        ("POWER6是IBM于2007年推出的微处理器。", "POWER6", "POWER6是由谁推出的？", "IBM"),
        ("网易于2000年在美国上市，随后股价下跌。", "网易", "网易是哪一年上市的？", "2000年"),
        ("為了阻止上傳，請將版本改為不可用。", "版本", "怎樣才能阻止上傳？", "請將版本改為不可用"),
        ("2008年，欧盟批准果实作为果汁的成分。", "盟", "欧盟批准果实作为果汁的成分是在什么时候？", "2008年"),
        ("Bohemond was the de facto leader of the Crusade on its way.", "Bohemond", "Who was Bohemond?",
         "the de facto leader of the Crusade on its way"),
        ("Emma is a novel by the English writer Jane Austen, from 1815.", "Emma", "What is Emma?",
         "a novel by the English writer Jane Austen, from 1815"),
    ],
)  # fmt: skip
def test_a_sentence_becomes_the_question_that_it_answers(
    said: str, subject: str, question: str, answer: str
) -> None:
    assert questions(f"{said}\n{SMALL}", title=subject).get(question) == answer


@pytest.mark.parametrize(
    "said",
    [
        "It is a shared responsibility across federal, state, and local government.",
        "This is the first of the two reports that the Board wrote on it.",
        "Here is a list of all the things that have to be done before dawn.",
        "The aim of the law was to prevent competition in all its forms.",
        "The best he could do was to operate his racket in three districts.",
        "这是一份手把手的教程，所以对每个步骤都做详细的解释。",
        "对于你而言，最重要的是它描述了软件包进入官方仓库的条件。",
        "然而，你还是应该用命令来检查一下软件包的名称。",
        "1919年改由中国直接统治；",
        "为了减轻这种问题，可以用一些定制模块。",
    ],
)
def test_a_sentence_without_a_subject_makes_no_question(said: str) -> None:
    assert candidates(document(said + "\n" + said)) == []


@pytest.mark.parametrize(
    ("said", "section", "question"),
    [
        ("牠们的天敌有虎及云豹。", "动物 > 马来穿山甲", "马来穿山甲的天敌有哪些？"),
        ("又名三台海子，湖水湛蓝。", "地点 > 赛里木湖", "赛里木湖还有什么别名？"),
        ("机场有三条跑道，主跑道长1,980米。", "地点 > 伊丽莎白港机场", "伊丽莎白港机场有多少条跑道？"),
        ("1950年更名为哈尔滨科学研究所。", "地点 > 省博物馆", "省博物馆更名为哈尔滨科学研究所是在什么时候？"),
        ("芙蓉洞以竖井著称，全长2846米，举世罕见。", "地点 > 芙蓉洞", "芙蓉洞的全长是多少？"),
    ],
)  # fmt: skip
def test_a_sentence_without_a_subject_is_about_what_its_section_is_about(
    said: str, section: str, question: str
) -> None:
    assert question in questions(said, heading=section)
    assert question not in questions(said, heading=section.partition(" > ")[0])


def test_this_report_is_named_by_its_number() -> None:
    said = (
        "Location: Muscle Shoals Accident Number: NYC08CA073\n\nThe board determines the probable cause(s) "
    )
    said += "of this accident to be: The pilot's failure to lower the landing gear."
    assert questions(said)["What was the probable cause of accident NYC08CA073?"] == (
        "The pilot's failure to lower the landing gear"
    )


def test_verbs_are_those_of_the_forms_that_are_read() -> None:
    for form, plain in {**PAST, **PRESENT}.items():
        assert form[0] == plain[0]
        assert re.fullmatch(r"[a-z]+", plain)
        assert not plain.endswith("ed") or plain == "succeed"
    assert [PAST[form] for form in ("carried", "planned", "issued", "won")] == [
        "carry",
        "plan",
        "issue",
        "win",
    ]
    assert [PRESENT[form] for form in ("publishes", "emits", "oversees")] == ["publish", "emit", "oversee"]


@cache
def demo(name: str) -> Document:
    return read_document(DEMO / name, cleaners=default_cleaners())


FILES = ["wikipedia-en/places-and-history.txt", "wikipedia-zh/nature.md", "agency-plans-en/GSA2022.pdf"]


@pytest.mark.parametrize("name", FILES)
def test_answers_stand_in_the_sentence_and_not_in_the_question(name: str) -> None:
    found = candidates(demo(name))
    assert found
    for one in found:
        said = re.sub(r"\s", "", demo(name).text[one.start : one.end])
        assert re.sub(r"\s", "", one.answer) in said
        assert not tells_answer(one.question, one.answer)
        assert one.question[0].isupper() or one.chinese
        assert one.question[-1] in "?？"
        assert "{" not in one.question


def candidate(
    question: str, *, kind: str = "k", subject: str = "s", start: int = 0, **more: object
) -> Candidate:
    return Candidate(
        question=question, subject=subject, document_id="d", start=start, end=start + 5, kind=kind,
        score=float(str(more.get("score", 1.0))), event=bool(more.get("event")),
    )  # fmt: skip


def test_questions_of_a_document_change_their_kind_and_subject() -> None:
    found = [candidate(f"a{n}", kind="what", subject="x", start=n, score=2.0 - n / 10) for n in range(4)]
    found += [candidate("when", kind="when", subject="y", start=9, score=1.5)]
    assert [one.question for one in varied(found)][:2] == ["a0", "when"]
    assert len(varied(found, most=3)) == 3


def test_of_one_sentence_there_are_two_questions_and_one_event() -> None:
    assert len(varied([candidate(f"q{n}", kind=str(n)) for n in range(4)])) == 2
    assert len(varied([candidate(f"q{n}", kind=str(n), event=True) for n in range(4)])) == 1


@given(st.lists(st.lists(st.floats(0, 1), max_size=5), max_size=6), st.integers(1, 6))
def test_documents_take_turns(scores: list[list[float]], of_one: int) -> None:
    documents = [
        [candidate(f"{number}.{rank}", score=score) for rank, score in enumerate(of)]
        for number, of in enumerate(scores)
    ]
    ordered = in_turn(documents, of_one=of_one)
    ranks = [int(one.question.split(".")[1]) for one in ordered]
    assert ranks == sorted(ranks)
    assert sorted(one.question for one in ordered) == sorted(
        one.question for of in documents for one in of[:of_one]
    )
