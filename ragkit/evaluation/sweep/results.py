"""What a sweep found: every trial, the best, and what it was worth on questions kept aside."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import yaml
from pydantic import Field

from ragkit.evaluation.comparison import Change, Comparison
from ragkit.evaluation.records import Record, Run, Score
from ragkit.evaluation.sweep.space import Settings

_MOST_VALUES = 6  # of a setting that are told one by one
_GROUPS = 3


class TrialRecord(Record):
    """One trial on the questions to search by; one that failed has an `error` and no score.

    `p50_ms` and `p95_ms` are of a search, `values` the measure by question, `failed` the questions that
    ended with an error.
    """

    key: str
    number: int
    settings: Settings
    start: bool = False
    score: Score | None = None
    by_language: Mapping[str, Score] = Field(default_factory=dict)
    values: Mapping[str, float] = Field(default_factory=dict)
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    seconds: float = 0.0
    failed: int = 0
    error: str = ""

    def within(self, budget_ms: float | None) -> bool:
        """Whether 95 % of its searches were done in that time."""
        return budget_ms is None or self.p95_ms <= budget_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueEffect:
    """The mean over the trials with this value, and by how much it is more than that over all."""

    value: str
    trials: int
    mean: float
    difference: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How much a setting matters: the means of its values. It is no proof that one causes the other."""

    setting: str
    values: tuple[ValueEffect, ...]

    @property
    def spread(self) -> float:
        """The best mean less the worst."""
        means = [one.mean for one in self.values]
        return max(means) - min(means)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """Every trial in its order, the best of those within the budget, and the proof of it.

    `held_out` are runs of the best and of the start on the questions kept aside, `comparison` the paired
    test between them; None where nothing was kept aside, or the one run is the other.
    """

    measure: str
    trials: tuple[TrialRecord, ...]
    best: TrialRecord | None
    held_out: Mapping[str, Run]
    comparison: Comparison | None
    effects: tuple[Effect, ...]

    @property
    def failed(self) -> list[TrialRecord]:
        """The trials that ended with an error."""
        return [one for one in self.trials if one.error]

    @property
    def start(self) -> TrialRecord:
        """The chain as it was."""
        return next(one for one in self.trials if one.start)

    @property
    def change(self) -> Change | None:
        """From the start to the best, over all questions kept aside."""
        return self.comparison.changes[-1] if self.comparison else None


def best_trial(records: Sequence[TrialRecord], budget_ms: float | None) -> TrialRecord | None:
    """The highest mean within the budget; of equal ones the start, else the first; None where none is."""
    able = [one for one in records if one.score and one.within(budget_ms)]
    return min(able, key=_place) if able else None


def ranked(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Those that have a score, the best first, whatever the budget."""
    return sorted((one for one in records if one.score), key=_place)


def _place(record: TrialRecord) -> tuple[float, bool, int]:
    assert record.score
    return -round(record.score.mean, 9), not record.start, record.number


def effects(records: Sequence[TrialRecord]) -> tuple[Effect, ...]:
    """Of each setting that took several values, the one that matters most first.

    Numbers of many values stand in three groups of about as many trials.
    """
    scored = [one for one in records if one.score and one.settings]
    names = dict.fromkeys(name for one in scored for name in one.settings)
    found = [_effect(name, scored) for name in names]
    return tuple(sorted((one for one in found if len(one.values) > 1), key=lambda one: -one.spread))


def _effect(name: str, records: Sequence[TrialRecord]) -> Effect:
    whole = fmean(map(_mean, records))
    means = {
        value: (len(those), fmean(map(_mean, those))) for value, those in _grouped(name, records).items()
    }
    return Effect(
        setting=name,
        values=tuple(
            ValueEffect(value=value, trials=count, mean=mean, difference=mean - whole)
            for value, (count, mean) in means.items()
        ),
    )


def _mean(record: TrialRecord) -> float:
    assert record.score
    return record.score.mean


def _grouped(name: str, records: Sequence[TrialRecord]) -> Mapping[str, list[TrialRecord]]:
    """The trials by the value of a setting, as it is shown."""
    numbers = [_number(one.settings.get(name)) for one in records]
    distinct = sorted({number for number in numbers if number is not None})
    alone = len(distinct) <= _MOST_VALUES or None in numbers
    groups: dict[str, list[TrialRecord]] = defaultdict(list)
    for record in records:
        value = record.settings.get(name)
        groups[shown_value(value) if alone else _part(value, distinct)].append(record)
    return groups


def _part(value: object, distinct: Sequence[float]) -> str:
    """The third of the values that holds this one."""
    part = bisect_left(distinct, _number(value) or 0.0) * _GROUPS // len(distinct)
    within = [one for place, one in enumerate(distinct) if place * _GROUPS // len(distinct) == part]
    return f"{within[0]:g} to {within[-1]:g}"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def shown_value(value: object) -> str:
    """A value as YAML has it, in one line."""
    text: str = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000
    )
    return text.removesuffix("\n").removesuffix("\n...")


def shown_settings(settings: Settings) -> str:
    """All settings of a trial in one line; of none that it is the chain as it was."""
    return ", ".join(f"{name}={shown_value(value)}" for name, value in settings.items()) or "as it was"
