"""The JSON of `ragkit eval`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path

from ragkit.cli.shapes import Shape
from ragkit.evaluation import (
    CheckedAnswer,
    Comparison,
    Decisions,
    Faithfulness,
    QuestionRecord,
    Run,
    decisions_of,
)


class ScoreShape(Shape):
    mean: float
    low: float
    high: float
    questions: int


class ChangeShape(Shape):
    measure: str
    language: str
    questions: int
    before: float
    now: float
    low: float
    high: float
    p: float
    verdict: str


class AskedShape(Shape):
    id: str
    language: str
    ranks: list[int]
    abstained: bool | None
    error: str
    scores: Mapping[str, float]


class DecisionsShape(Shape):
    count: int
    accuracy: float
    balanced_accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    auroc: float | None
    true_yes: int
    false_yes: int
    true_no: int
    false_no: int


class EvalShape(Shape):
    run: str
    passed: bool
    problems: list[str]
    scores: Mapping[str, Mapping[str, ScoreShape]]
    decisions: Mapping[str, DecisionsShape]
    changes: list[ChangeShape] | None
    worse: list[str] | None
    compared: int | None
    undecided: str | None
    notes: list[str] | None
    settings: Mapping[str, tuple[object, object]] | None
    questions: list[AskedShape]


class RunShape(Shape):
    run: str
    created: str
    golden: str
    index: str
    questions: int


class RunsShape(Shape):
    runs: list[RunShape]


def eval_shape(run: Run, comparison: Comparison | None, problems: Sequence[str], stored: Path) -> EvalShape:
    """A run, and what became of it against the one before."""
    return EvalShape(
        run=str(stored),
        passed=not problems,
        problems=list(problems),
        scores={
            language: {name: ScoreShape(**score.model_dump()) for name, score in scores.items()}
            for language, scores in run.scores.items()
        },
        decisions={language: _decisions(one) for language, one in decisions_of(run).items()},
        changes=_changes(comparison) if comparison else None,
        worse=[one.now.id for one in comparison.worse] if comparison else None,
        compared=comparison.questions if comparison else None,
        undecided=(comparison.undecided or None) if comparison else None,
        notes=list(comparison.notes) if comparison else None,
        settings=comparison.settings if comparison else None,
        questions=[_asked(one) for one in run.questions],
    )


def _changes(comparison: Comparison) -> list[ChangeShape]:
    names = ("measure", "language", "questions", "before", "now", "low", "high", "p", "verdict")
    return [ChangeShape(**{name: getattr(one, name) for name in names}) for one in comparison.changes]


def _asked(one: QuestionRecord) -> AskedShape:
    return AskedShape(
        id=one.id,
        language=one.language,
        ranks=[place.rank for place in one.evidence],
        abstained=one.abstained,
        error=one.error,
        scores=one.scores,
    )


class EvidenceShape(Shape):
    context: int
    start: int
    end: int
    quote: str


class CheckedSentenceShape(Shape):
    text: str
    verdict: str
    support: float
    evidence: list[EvidenceShape]


class CheckedShape(Shape):
    id: str
    support: float
    faithful: bool
    label: int | None
    sentences: list[CheckedSentenceShape]


class FaithfulnessShape(Shape):
    answers: list[CheckedShape]
    sentences: int
    verdicts: Mapping[str, int]
    faithful: float
    decisions: DecisionsShape | None


def faithfulness_shape(summary: Faithfulness, checked: Sequence[CheckedAnswer]) -> FaithfulnessShape:
    """Every sentence with its verdict, and the figures of all."""
    return FaithfulnessShape(
        answers=[_checked(one) for one in checked],
        sentences=summary.sentences,
        verdicts={str(name): count for name, count in summary.verdicts.items()},
        faithful=summary.faithful,
        decisions=_decisions(summary.decisions) if summary.decisions else None,
    )


def _decisions(found: Decisions) -> DecisionsShape:
    """What is not defined is null."""
    values = {name: None if isnan(value) else value for name, value in asdict(found).items()}
    return DecisionsShape.model_validate(values)


def _checked(one: CheckedAnswer) -> CheckedShape:
    return CheckedShape(
        id=one.given.id,
        support=one.support,
        faithful=one.faithful,
        label=one.given.label,
        sentences=[
            CheckedSentenceShape(
                text=one.draft.text[sentence.start : sentence.end],
                verdict=sentence.verdict,
                support=sentence.support,
                evidence=[
                    EvidenceShape(context=int(c.document_id), start=c.start, end=c.end, quote=c.quote)
                    for c in sentence.citations
                ],
            )
            for sentence in one.draft.sentences
        ],
    )
