"""The JSON of `ragkit eval`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ragkit.cli.shapes import Shape
from ragkit.evaluation import Comparison, QuestionRecord, Run


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


class EvalShape(Shape):
    run: str
    passed: bool
    problems: list[str]
    scores: Mapping[str, Mapping[str, ScoreShape]]
    changes: list[ChangeShape] | None
    worse: list[str] | None
    questions: list[AskedShape]


class RunShape(Shape):
    run: str
    created: str
    golden: str
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
        changes=_changes(comparison) if comparison else None,
        worse=[one.now.id for one in comparison.worse] if comparison else None,
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
