"""Answers held against their contexts: every sentence has a verdict and the words behind it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_chain import Found, Said, chain
from test_citations import Shelf

from ragkit.errors import ConfigError
from ragkit.evaluation import (
    Evidence,
    GivenAnswer,
    Question,
    answers_of,
    check_answers,
    evaluate,
    read_answers,
    summarise_faithfulness,
)
from ragkit.verifiers import LexicalSemanticConfig

VERIFIER = LexicalSemanticConfig(reranker=None).build()
WEIR = "The weir at Teddington was built in 1811. It was rebuilt of stone in 1931."
LAKE = "赛里木湖位于新疆。1980年代开始人工引入冷水性鱼类，湖面面积约453平方公里。"


def given(answer: str, *contexts: str, label: int | None = None, id_: str = "1") -> GivenAnswer:
    return GivenAnswer.model_validate({"id": id_, "answer": answer, "contexts": contexts, "label": label})


@pytest.mark.parametrize(
    ("answer", "contexts", "verdicts"),
    [
        ("The weir at Teddington was built in 1811.", (WEIR,), ["supported"]),
        (
            "The weir at Teddington was built in 1811. Whales sing at night.",
            (WEIR,),
            ["supported", "unsupported"],
        ),
        ("The weir at Teddington was built in 1911.", (WEIR,), ["unsupported"]),
        ("赛里木湖在1980年代开始人工引入冷水性鱼类。", (WEIR, LAKE), ["supported"]),
        ("赛里木湖位于西藏。", (LAKE,), ["weak"]),
        ("…", (WEIR,), []),
    ],
)
def test_each_sentence_has_a_verdict(answer: str, contexts: tuple[str, ...], verdicts: list[str]) -> None:
    (checked,) = check_answers([given(answer, *contexts)], VERIFIER)
    assert [sentence.verdict for sentence in checked.draft.sentences] == verdicts
    assert checked.faithful == all(verdict == "supported" for verdict in verdicts)


def test_the_words_behind_a_verdict_stand_in_their_context() -> None:
    answer = "It was rebuilt of stone in 1931. 湖面面积约453平方公里。"
    (checked,) = check_answers([given(answer, WEIR, LAKE)], VERIFIER)
    first, second = checked.draft.sentences
    for sentence, context, words in ((first, "0", "rebuilt of stone"), (second, "1", "453平方公里")):
        citation = sentence.citations[0]
        assert citation.document_id == context
        assert words in citation.quote
        assert (WEIR, LAKE)[int(context)][citation.start : citation.end] == citation.quote


def test_what_nothing_says_is_shown_beside_what_comes_nearest() -> None:
    (checked,) = check_answers([given("The weir at Teddington collapsed twice.", WEIR)], VERIFIER)
    (sentence,) = checked.draft.sentences
    assert sentence.verdict != "supported"
    assert sentence.citations[0].quote.startswith("The weir at Teddington was built")


def test_labels_tell_how_good_the_verdicts_are() -> None:
    answers = [
        given("The weir at Teddington was built in 1811.", WEIR, label=1),
        given("It was rebuilt of stone in 1931.", WEIR, label=1),
        given("Whales sing at night.", WEIR, label=0),
        given("The weir at Teddington was built in 1911.", WEIR, label=0),
        given("It was rebuilt of stone in 1931.", WEIR, label=0),  # somebody's mistake
    ]
    found = summarise_faithfulness(check_answers(answers, VERIFIER))
    assert (found.answers, found.sentences, found.faithful) == (5, 5, 0.6)
    assert found.decisions
    assert (found.decisions.true_yes, found.decisions.false_yes, found.decisions.true_no) == (2, 1, 2)
    assert found.decisions.auroc > 0.8
    assert summarise_faithfulness(check_answers([given("Whales.", WEIR)], VERIFIER)).decisions is None


def test_progress_is_told() -> None:
    seen: list[tuple[int, int]] = []
    check_answers([given("A.", WEIR), given("B.", WEIR)], VERIFIER, progress=lambda *one: seen.append(one))
    assert seen == [(1, 2), (2, 2)]


def test_answers_are_read_in_the_words_of_other_tools(tmp_path: Path) -> None:
    rows = [
        {"answer": "a", "context": "one", "label": 1, "grade": "x"},
        {"answer": "b", "contexts": ["one", "two"]},
        {"answer": "c", "retrieved_contexts": ["one"], "question": "?"},
    ]
    file = tmp_path / "answers.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    assert [one.contexts for one in read_answers(file)] == [("one",), ("one", "two"), ("one",)]
    assert [one.id for one in read_answers(file)] == ["line 1", "line 2", "line 3"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ('{"answer": "a"}', "line 1, contexts"),
        ('{"answer": "a", "contexts": []}', "line 1, contexts"),
        ('{"answer": "a", "context": "b", "label": 2}', "line 1, label"),
        ("no json", "line 1, JSON"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_by_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        read_answers(file)
    with pytest.raises(ConfigError, match="No answers at"):
        read_answers(tmp_path / "none.jsonl")


def test_a_stored_run_is_checked_by_the_passages_that_were_found() -> None:
    asked = [
        Question(id="1", question="q?", answers=("x",), evidence=(Evidence(source="a.pdf", quote="First"),))
    ]
    run = evaluate(chain(Found(), Said()), asked, measures=["HasAnswer"])
    (answer,) = answers_of(run, Shelf())  # type: ignore[arg-type]
    assert (answer.id, answer.answer, answer.contexts) == ("1", "Second page", ("First", "page", "Second"))
    (checked,) = check_answers([answer], VERIFIER)
    assert checked.faithful
    searched = evaluate(chain(Found(), Said()), asked, measures=["RR"])
    assert answers_of(searched, Shelf()) == []  # type: ignore[arg-type]
