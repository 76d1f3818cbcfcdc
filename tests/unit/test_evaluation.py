"""Golden questions are read with all their faults, and scored by page and by answer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from test_chain import Found, Said, chain

from ragkit.errors import ConfigError
from ragkit.evaluation import Evidence, Question, QuestionResult, evaluate, read_golden, summarise
from ragkit.evaluation.run import says
from ragkit.types import EVERYTHING, Filter, Hit


def question(id_: str, *, page: int = 0, answer: str = "second PAGE", language: str = "en") -> Question:
    evidence = (Evidence(source="a.pdf", page=page, quote="x"),) if page else ()
    answers = (answer,) if page else ()
    return Question(id=id_, language=language, question="q?", answers=answers, evidence=evidence)


def test_the_rank_is_that_of_the_first_hit_on_a_right_page() -> None:
    asked = [question("1", page=1), question("2", page=2), question("3", page=3, answer="no"), question("4")]
    results = evaluate(chain(Found(), Said()), asked)
    assert [result.rank for result in results] == [1, 3, 0, 0]
    assert [result.answered for result in results] == [True, True, False, False]
    assert results[0].sources == ("/x/a.pdf",) * 3


def test_a_page_counts_only_in_the_right_file() -> None:
    other = question("1", page=1).model_copy(
        update={"evidence": (Evidence(source="xa.pdf", page=1, quote="x"),)}
    )
    assert evaluate(chain(Found(), Said()), [other])[0].rank == 0


def test_a_page_counts_though_a_passage_that_says_the_same_stands_for_it() -> None:
    class Twins(Found):
        def retrieve(self, query: str, *, limit: int, among: Filter = EVERYTHING) -> list[Hit]:
            first, *others = super().retrieve(query, limit=limit, among=among)
            return [replace(first, alike=tuple(hit.chunk for hit in others))]

    assert evaluate(chain(Twins(), Said()), [question("2", page=2)])[0].rank == 1


def result(asked: Question, rank: int, *, answered: bool = False, abstained: bool = False) -> QuestionResult:
    return QuestionResult(question=asked, rank=rank, answered=answered, abstained=abstained, sources=())


def test_shares_are_of_the_questions_they_are_about() -> None:
    scores = summarise(
        [
            result(question("1", page=1), 1, answered=True),
            result(question("2", page=1), 4, abstained=True),
            result(question("3"), 0, abstained=True),
            result(question("4"), 0),
            result(question("5", page=1, language="zh"), 0),
        ]
    )
    english, chinese = scores
    assert (english.language, english.answerable, english.unanswerable) == ("en", 2, 2)
    assert english.page_recall == {1: 0.5, 3: 0.5, 5: 1.0, 10: 1.0}
    assert (english.answered, english.abstained_wrongly, english.abstained_rightly) == (0.5, 0.5, 0.5)
    assert (chinese.page_recall[10], chinese.abstained_rightly) == (0.0, 0.0)


def test_golden_questions_may_hold_unusual_line_breaks(tmp_path: Path) -> None:
    row = {"id": "1", "language": "en", "question": "a\u2028b", "answers": [], "evidence": []}
    (tmp_path / "g.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n\n", encoding="utf-8")
    assert [q.question for q in read_golden(tmp_path / "g.jsonl")] == ["a\u2028b"]


def test_every_faulty_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "g.jsonl").write_text('{"id": "1"}\nnot json\n')
    with pytest.raises(ConfigError) as caught:
        read_golden(tmp_path / "g.jsonl")
    assert "line 1, question: Field required" in str(caught.value)
    assert "line 2, JSON: Invalid JSON" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00"])
def test_an_empty_or_binary_file_is_no_golden_set(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "g.jsonl").write_bytes(content)
    with pytest.raises(ConfigError, match=r"g\.jsonl"):
        read_golden(tmp_path / "g.jsonl")


def test_the_demo_questions_are_valid() -> None:
    questions = read_golden(Path(__file__).parents[2] / "corpora/golden/demo.jsonl")
    assert len({q.id for q in questions}) == len(questions) > 60
    assert all(bool(q.answers) == bool(q.evidence) for q in questions)


@pytest.mark.parametrize(
    ("text", "accepted", "holds"),
    [
        ("It took 22 agencies.", "22", True),
        ("It took 1,222 agencies.", "22", False),
        ("The Humber\nBridge", "humber bridge", True),
        ("深度为 200\n多米", "200多米", True),
        ("任天堂64DD总共推出8款游戏", "8款", True),
        ("anything", "", False),
    ],
)
def test_an_answer_counts_in_whole_words(text: str, accepted: str, holds: bool) -> None:
    assert says(text, accepted) == holds
