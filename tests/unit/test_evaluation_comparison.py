"""Two runs held against each other: what fell by more than chance or than allowed, for which questions."""

from __future__ import annotations

import random

from ragkit.evaluation import EvidencePlace, Gate, QuestionRecord, Run, compare
from ragkit.evaluation.records import Made
from ragkit.evaluation.run import summarise


def made(**changed: object) -> Made:
    values: dict[str, object] = {
        "created": "2026-01-01T00:00:00+00:00",
        "ragkit": "0.1.0",
        "python": "3.11",
        "packages": {},
        "config": {"limit": 8, "retriever": {"type": "hybrid", "weight": 0.5}, "index": "/a"},
        "golden": "g.jsonl",
        "golden_hash": "1",
        "corpus_hash": "1",
        "documents": 3,
    }
    return Made.model_validate(values | changed)


def record(number: int, value: float, **changed: object) -> QuestionRecord:
    place = EvidencePlace(source="a.pdf", page=1, rank=1, stages={"bm25": 2})
    return QuestionRecord(
        id=f"q{number}",
        language=str(changed.get("language", "en")),
        question=str(changed.get("question", f"What is {number}?")),
        answerable=True,
        evidence=(place,),
        scores={"RR": value, "R@5": 1.0},
        error=str(changed.get("error", "")),
    )


def run(*records: QuestionRecord, measures: tuple[str, ...] = ("RR", "R@5"), **changed: object) -> Run:
    return Run(
        made=made(**changed), measures=measures, scores=summarise(records, measures), questions=records
    )


def with_scores(one: QuestionRecord, more: dict[str, float]) -> QuestionRecord:
    return one.model_copy(update={"scores": {**one.scores, **more}})


def values(count: int, *, less: float = 0.0, seed: int = 0) -> list[QuestionRecord]:
    chance = random.Random(seed)
    return [record(number, max(0.0, chance.random() - less)) for number in range(count)]


def test_a_drop_of_many_questions_is_worse_and_fails() -> None:
    before, now = run(*values(60)), run(*values(60, less=0.1))
    comparison = compare(now, before)
    fell = next(one for one in comparison.changes if one.measure == "RR")
    assert fell.verdict == "worse"
    assert fell.low <= fell.difference <= fell.high < 0
    (problem,) = Gate().problems(now, comparison)
    assert problem.startswith("RR (en): ")
    assert "a significant drop (p = 0.0" in problem


def test_a_rise_passes() -> None:
    comparison = compare(run(*values(60)), run(*values(60, less=0.1)))
    assert [one.verdict for one in comparison.changes] == ["better", "same"]
    assert Gate(max_drop={"RR": 0.0}).problems(run(*values(60)), comparison) == []


def test_the_same_run_passes_even_if_no_drop_is_allowed() -> None:
    same = run(*values(20))
    comparison = compare(same, same)
    assert Gate(max_drop={"RR": 0.0}).problems(same, comparison) == []
    assert comparison.worse == ()
    assert comparison.notes == ()


def test_a_small_drop_fails_where_none_is_allowed_though_it_may_be_chance() -> None:
    before, now = run(record(1, 1.0), record(2, 1.0)), run(record(1, 1.0), record(2, 0.5))
    comparison = compare(now, before)
    assert Gate().problems(now, comparison) == []
    assert Gate(max_drop={"RR": 0.25}).problems(now, comparison) == []
    assert Gate(max_drop={"RR": 0.2}).problems(now, comparison) == [
        "RR (en): 1.0000 -> 0.7500, a drop of more than 0.2"
    ]


def test_a_mean_under_its_limit_fails_without_a_baseline() -> None:
    now = run(record(1, 0.5), record(2, 0.6))
    assert Gate(fail_under={"RR": 0.55}).problems(now, None) == []
    assert Gate(fail_under={"RR": 0.6}).problems(now, None) == ["RR is 0.5500, at least 0.6 was asked for"]
    (problem,) = Gate(fail_under={"Refused": 0.5}).problems(now, None)
    assert problem.startswith("Refused has no value")


def test_questions_that_fail_fail_the_run() -> None:
    assert Gate().problems(run(record(1, 0.0, error="no model")), None) == ["1 question failed with an error"]


def test_the_more_is_tested_the_surer_a_drop_must_be() -> None:
    """Of one measure alone the drop would be significant; of twenty that move apart it may be chance."""
    falls = [-0.1, -0.1, -0.1, 0.05, -0.1, -0.1, 0.05, -0.1]
    before, now = [record(n, 1.0) for n in range(8)], [record(n, 1.0 + one) for n, one in enumerate(falls)]
    alone = compare(run(*now, measures=("RR",)), run(*before, measures=("RR",)))
    assert alone.changes[0].verdict == "worse"
    names = tuple(f"M{number}" for number in range(20))
    many = [
        with_scores(one, {name: 1.0 + 0.1 * (-1) ** ((n * (k + 1)) // 3) for k, name in enumerate(names)})
        for n, one in enumerate(now)
    ]
    old = [with_scores(one, dict.fromkeys(names, 1.0)) for one in before]
    among = compare(run(*many, measures=("RR", *names)), run(*old, measures=("RR", *names)))
    assert next(one for one in among.changes if one.measure == "RR").verdict == "same"


def test_seven_questions_that_lose_everything_fail_however_much_is_measured() -> None:
    names = tuple(f"M{number}" for number in range(9))
    before, now = (
        [
            with_scores(record(n, value, language="zh" if n > 4 else "en"), dict.fromkeys(names, value))
            for n in range(7)
        ]
        for value in (1.0, 0.0)
    )
    found = compare(run(*now, measures=("RR", *names)), run(*before, measures=("RR", *names)))
    assert {one.verdict for one in found.changes if one.language == "all"} == {"worse"}
    assert found.undecided == ""


def test_too_few_questions_decide_nothing_and_that_is_told() -> None:
    before, now = (run(*(record(n, value) for n in range(4))) for value in (1.0, 0.0))
    found = compare(now, before)
    assert found.undecided.startswith("4 questions are too few")
    assert Gate().problems(now, found) == []
    assert Gate(max_drop={"RR": 0.1}).problems(now, found)


def test_nothing_compared_is_a_problem() -> None:
    now = run(record(1, 1.0))
    assert Gate().problems(now, compare(now, run(record(2, 1.0)))) == [
        "no question of the baseline was asked: nothing is compared"
    ]
    other = run(record(1, 1.0), measures=("F1",))
    assert Gate().problems(now, compare(other, now)) == [
        "no measure of the baseline was measured: nothing is compared"
    ]
    (problem,) = Gate(max_drop={"P@3": 0.1}).problems(now, compare(now, now))
    assert problem.startswith("P@3 is in no comparison")
    (problem,) = Gate(max_drop={"RR": 0.1}).problems(now, None)
    assert problem.startswith("RR is in no comparison")


def test_questions_with_other_evidence_are_left_out_and_told() -> None:
    moved = record(1, 0.0)
    moved = moved.model_copy(
        update={"evidence": tuple(one.model_copy(update={"source": "other.pdf"}) for one in moved.evidence)}
    )
    found = compare(run(moved, record(2, 1.0)), run(record(1, 1.0), record(2, 1.0)))
    assert found.worse == ()
    assert {one.questions for one in found.changes} == {1}
    assert found.notes[0].startswith("the evidence of 1 question is another than before")
    assert found.notes[0].endswith(": q1")


def test_figures_in_which_nothing_differs_do_not_count_as_tests() -> None:
    names = tuple(f"M{number}" for number in range(20))
    now, before = ([record(n, value) for n in range(6)] for value in (0.9, 1.0))
    many, old = ([with_scores(one, dict.fromkeys(names, 1.0)) for one in some] for some in (now, before))
    among = compare(run(*many, measures=("RR", *names)), run(*old, measures=("RR", *names)))
    assert [one.verdict for one in among.changes] == ["worse", *["same"] * 20]
    assert [one.unchanged for one in among.changes] == [False, *[True] * 20]


def test_languages_are_tested_apart() -> None:
    before = [*values(40), *(record(100 + n, 1.0, language="zh") for n in range(10))]
    now = [*values(40), *(record(100 + n, 0.5, language="zh") for n in range(10))]
    comparison = compare(run(*now), run(*before))
    verdicts = {one.language: one.verdict for one in comparison.changes if one.measure == "RR"}
    assert verdicts == {"en": "same", "zh": "worse", "all": "worse"}


def test_only_questions_of_both_runs_are_compared_and_that_is_told() -> None:
    before = run(record(1, 1.0), record(2, 1.0), record(3, 1.0, question="Who?"), corpus_hash="2")
    now = run(record(1, 1.0), record(3, 0.0), record(4, 0.0), measures=("RR",))
    comparison = compare(now, before)
    assert {one.questions for one in comparison.changes} == {1}
    assert [note.partition(" ")[0] for note in comparison.notes] == ["1", "the", "not"]
    assert comparison.worse == ()


def test_settings_that_differ_are_named_and_where_the_index_lies_is_none() -> None:
    other = {"limit": 8, "retriever": {"type": "hybrid", "weight": 0.7}, "index": "/b"}
    comparison = compare(run(record(1, 1.0), config=other), run(record(1, 1.0)))
    assert comparison.settings == {"retriever.weight": (0.5, 0.7)}


def test_the_questions_that_lost_most_come_first() -> None:
    before = run(*(record(number, 1.0) for number in range(4)))
    now = run(record(0, 0.9), record(1, 0.2), record(2, 1.0), record(3, 0.5))
    worse = compare(now, before).worse
    assert [(one.now.id, one.measures["RR"]) for one in worse] == [
        ("q1", (1.0, 0.2)),
        ("q3", (1.0, 0.5)),
        ("q0", (1.0, 0.9)),
    ]
    assert worse[0].now.evidence[0].stages == {"bm25": 2}


def test_chance_alone_seldom_fails() -> None:
    chance = random.Random(7)
    before = values(80)
    alarms = 0
    for _ in range(40):
        now = [
            one.model_copy(update={"scores": {**one.scores, "RR": one.scores["RR"] + chance.gauss(0, 0.05)}})
            for one in before
        ]
        alarms += bool(Gate().problems(run(*now), compare(run(*now), run(*before))))
    assert alarms <= 4  # one in twenty of forty, and two standard deviations
