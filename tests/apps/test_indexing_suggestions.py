"""First questions look like those of people, and the collection answers them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from corpus import DEMO, text
from indexing_app import NTSB

from apps.chat.indexing.suggestions import MOST, candidates, suggest
from ragkit import Config, Document, Ingest, parse_config

CHAIN = "embedder: {type: hashing}"


def document(said: str, title: str = "") -> Document:
    return Document(id="d", source="d.txt", title=title, text=said, pages=(), language="", metadata={})


@pytest.mark.parametrize(
    ("said", "subject", "question"),
    [
        ("Oxygen is a chemical element with symbol O and atomic number 8.", "Oxygen", "What is oxygen?"),
        (
            "The Rhine is one of the longest rivers of western and central Europe.",
            "Rhine",
            "What is the Rhine?",
        ),
        (
            "Ada Lovelace (1815–1852) was an English mathematician and writer.",
            "Ada Lovelace",
            "Who was Ada Lovelace?",
        ),
        (
            "Penicillin was discovered by Alexander Fleming in a London hospital.",
            "Penicillin",
            "Who discovered penicillin?",
        ),
        (
            "The Board was established by the mayor of the city, who needed advice.",
            "Board",
            "Who established the Board?",
        ),
        (
            "Oslo University was founded in the capital of Norway in 1811.",
            "Oslo University",
            "When was Oslo University founded?",
        ),
        (
            "Lake Balkhash is located in the south-east of Kazakhstan, near Almaty.",
            "Lake Balkhash",
            "Where is Lake Balkhash?",
        ),
        (
            "The mission of NARA is to provide equitable access to records.",
            "NARA",
            "What is the mission of NARA?",
        ),
        (
            "Total net sales increased 2% in 2022, due to sales of Services.",
            "Total net sales",
            "Why did total net sales increase?",
        ),
        (
            "On December 12, 2007, a Cessna was damaged at the airport.",
            "December 12, 2007",
            "What happened on December 12, 2007?",
        ),
        ("赛里木湖位于雪峰环抱之中，湖水湛蓝，绿草如茵。", "赛里木湖", "赛里木湖位于哪里？"),
        ("黑龙江省博物馆始建于1904年，原为莫斯科商场。", "黑龙江省博物馆", "黑龙江省博物馆始建于哪一年？"),
        ("次磷酸（化学式：HPO）是一种磷的含氧酸，也是还原剂。", "次磷酸", "次磷酸是什么？"),
        ("李白（701年－762年），是唐代著名的浪漫主义诗人。", "李白", "李白是谁？"),
        ("雷公藤主要分布于东亚地区，包括日本和朝鲜半岛。", "雷公藤", "雷公藤分布在哪里？"),
        ("臺北車站位於臺北市中正區，是最重要的鐵路樞紐。", "臺北車站", "臺北車站位於哪裡？"),
        ("• perl - Perl 是现今类系统中使用最普遍的解释型脚本语言。", "Perl", "Perl是什么？"),
        ("Bohemond was the de facto leader of the Crusade on its way.", "Bohemond", "Who was Bohemond?"),
        ("杜甫是唐代伟大的现实主义诗人，被后人称为诗圣。", "杜甫", "杜甫是谁？"),
        ("Emma is a novel by the English writer Jane Austen, from 1815.", "Emma", "What is Emma?"),
    ],
)
def test_a_sentence_becomes_the_question_that_it_answers(said: str, subject: str, question: str) -> None:
    small = "We know oxygen, penicillin and total net sales."  # words written small are no proper names
    assert question in [one.question for one in candidates(document(f"{said}\n{small}", title=subject))]


@pytest.mark.parametrize(
    "said",
    [
        "It is a shared responsibility across federal, state, and local government.",
        "This is the first of the two reports that the Board wrote on it.",
        "Here is a list of all the things that have to be done before dawn.",
        "这是一份手把手的教程，所以对每个步骤都做详细的解释。",
        "对于你而言，最重要的是它描述了软件包进入官方仓库的条件。",
        "然而，你还是应该用命令来检查一下软件包的名称。",
    ],
)
def test_a_sentence_without_a_subject_makes_no_question(said: str) -> None:
    assert candidates(document(said + "\n" + said)) == []


def test_suggestions_are_answered_by_the_collection_in_both_languages(tmp_path: Path) -> None:
    config, ingest = filled(tmp_path, "wikipedia-en", "wikipedia-zh")
    with ingest.index:
        questions = suggest(ingest, config)
    chain = config.build()
    assert len(questions) == MOST == len(set(questions))
    assert any(question.isascii() for question in questions)
    assert any("？" in question for question in questions)
    for question in questions:
        answer = chain.ask(question)
        assert not answer.abstained, question
        assert any(sentence.citations for sentence in answer.sentences)


def test_reports_of_accidents_and_made_up_words(tmp_path: Path) -> None:
    config, ingest = filled(tmp_path)
    with ingest.index:
        (tmp_path / "made up.md").write_text(text(1), encoding="utf-8")
        shutil.copy(NTSB, tmp_path)
        ingest.run([tmp_path / "made up.md"])
        assert suggest(ingest, config) == ()
        ingest.run([tmp_path / NTSB.name])
        assert len(suggest(ingest, config)) <= 1


def filled(folder: Path, *names: str) -> tuple[Config, Ingest]:
    config = parse_config(CHAIN, name="test").model_copy(update={"index": folder / "index"})
    ingest = config.build_ingest()
    if names:
        ingest.run([DEMO / name for name in names])
    return config, ingest
