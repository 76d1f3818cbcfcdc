"""The JSON of `ragkit eval sweep`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ragkit.cli.eval_shapes import ChangeShape, ScoreShape
from ragkit.cli.shapes import Shape
from ragkit.evaluation.comparison import Comparison
from ragkit.evaluation.sweep import Effect, SweepOptions, SweepResult, TrialRecord
from ragkit.ingest_report import FileReport


class TrialShape(Shape):
    number: int
    settings: Mapping[str, object]
    start: bool
    score: ScoreShape | None
    by_language: Mapping[str, ScoreShape]
    p50_ms: float
    p95_ms: float
    within_budget: bool
    failed_questions: int
    seconds: float
    error: str


class ValueShape(Shape):
    value: str
    trials: int
    mean: float
    difference: float


class EffectShape(Shape):
    setting: str
    spread: float
    values: list[ValueShape]


class UnreadShape(Shape):
    path: str
    reason: str


class SweepShape(Shape):
    measure: str
    best: int | None
    written: str | None
    trials: list[TrialShape]
    effects: list[EffectShape]
    held_out: Mapping[str, Mapping[str, ScoreShape]]
    changes: list[ChangeShape] | None
    unread: list[UnreadShape]


def sweep_shape(
    result: SweepResult, options: SweepOptions, written: Path | None, unread: Sequence[FileReport]
) -> SweepShape:
    """Every trial, what mattered, and the best against the start on the questions kept aside."""
    return SweepShape(
        measure=result.measure,
        best=result.best.number if result.best else None,
        written=str(written) if written else None,
        trials=[_trial(one, options) for one in result.trials],
        effects=[_effect(one) for one in result.effects],
        held_out={
            name: {
                language: ScoreShape(**scores[result.measure].model_dump())
                for language, scores in run.scores.items()
                if result.measure in scores
            }
            for name, run in result.held_out.items()
        },
        changes=_changes(result.comparison) if result.comparison else None,
        unread=[UnreadShape(path=file.path, reason=file.reason) for file in unread],
    )


def _trial(record: TrialRecord, options: SweepOptions) -> TrialShape:
    names = ("number", "settings", "start", "p50_ms", "p95_ms", "seconds", "error")
    return TrialShape(
        **{name: getattr(record, name) for name in names},
        score=ScoreShape(**record.score.model_dump()) if record.score else None,
        by_language={name: ScoreShape(**one.model_dump()) for name, one in record.by_language.items()},
        within_budget=record.within(options.budget_ms),
        failed_questions=record.failed,
    )


def _effect(effect: Effect) -> EffectShape:
    values = [
        ValueShape(value=one.value, trials=one.trials, mean=one.mean, difference=one.difference)
        for one in effect.values
    ]
    return EffectShape(setting=effect.setting, spread=effect.spread, values=values)


def _changes(comparison: Comparison) -> list[ChangeShape]:
    names = ("measure", "language", "questions", "before", "now", "low", "high", "p", "verdict")
    return [ChangeShape(**{name: getattr(one, name) for name in names}) for one in comparison.changes]
