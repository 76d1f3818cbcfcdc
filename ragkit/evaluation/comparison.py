"""Whether a run is worse than one before, and the gate that says no to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ragkit.evaluation.records import QuestionRecord, Run
from ragkit.evaluation.statistics import holm, interval, p_of_drop

Verdict = Literal["worse", "better", "same"]
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One measure in one language, over the `questions` that both runs have.

    `low` and `high` end the 95 % interval of the mean difference; `p` is the chance of such a drop if the
    runs were alike, corrected for the number of measures; `p_rise` the same of a rise.
    """

    measure: str
    language: str
    questions: int
    before: float
    now: float
    low: float
    high: float
    p: float
    p_rise: float

    @property
    def difference(self) -> float:
        """The mean now less the mean before."""
        return self.now - self.before

    @property
    def unchanged(self) -> bool:
        """Whether no question scores otherwise than before."""
        return self.low == self.high == 0.0

    @property
    def verdict(self) -> Verdict:
        """Worse or better by more than chance, or neither."""
        return "worse" if self.p < SIGNIFICANT else "better" if self.p_rise < SIGNIFICANT else "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """A question that scores less than before in `measures`: {measure: (before, now)}."""

    before: QuestionRecord
    now: QuestionRecord
    measures: Mapping[str, tuple[float, float]]

    @property
    def loss(self) -> float:
        """How much it lost in all."""
        return sum(before - now for before, now in self.measures.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A run against the one before: every change, the questions that got worse, and what else differs."""

    changes: tuple[Change, ...]
    worse: tuple[Worse, ...]
    settings: Mapping[str, tuple[object, object]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a run must hold: least means, and largest drops against the baseline, by measure."""

    fail_under: Mapping[str, float] = field(default_factory=dict)
    max_drop: Mapping[str, float] = field(default_factory=dict)

    def problems(self, run: Run, comparison: Comparison | None) -> list[str]:
        """Why the run does not pass; nothing if it does."""
        found = [f"{len(run.errors)} questions failed with an error"] if run.errors else []
        found += self._too_low(run)
        return found + (self._too_much_lost(comparison) if comparison else [])

    def _too_low(self, run: Run) -> list[str]:
        whole = run.scores.get("all") or next(iter(run.scores.values()))
        return [
            f"{measure} is {whole[measure].mean:.4f}, at least {least:g} was asked for"
            for measure, least in self.fail_under.items()
            if measure in whole and whole[measure].mean < least
        ] + [
            f"{measure} has no value: no question is about it, though at least {least:g} was asked for"
            for measure, least in self.fail_under.items()
            if measure not in whole
        ]

    def _too_much_lost(self, comparison: Comparison) -> list[str]:
        found = []
        for change in comparison.changes:
            named = f"{change.measure} ({change.language}): {change.before:.4f} -> {change.now:.4f}"
            most = self.max_drop.get(change.measure)
            if change.verdict == "worse":
                found.append(f"{named}, a significant drop (p = {change.p:.4f})")
            elif most is not None and -change.difference > most:
                found.append(f"{named}, a drop of more than {most:g}")
        return found


def compare(run: Run, baseline: Run) -> Comparison:
    """The questions of both runs, paired by id; those whose words differ are left out, and told."""
    pairs, notes = _pairs(run, baseline)
    changes = _changes(pairs, [name for name in run.measures if name in baseline.measures])
    return Comparison(
        changes=tuple(changes),
        worse=tuple(sorted(_worse(pairs), key=lambda one: (-one.loss, one.now.id))),
        settings=_settings(run, baseline),
        notes=tuple(notes),
    )


_Pair = tuple[QuestionRecord, QuestionRecord]


def _pairs(run: Run, baseline: Run) -> tuple[list[_Pair], list[str]]:
    """(before, now) of the questions in both, and notes of what cannot be compared."""
    before = {record.id: record for record in baseline.questions}
    pairs = [
        (before[now.id], now)
        for now in run.questions
        if now.id in before and before[now.id].question == now.question
    ]
    notes = []
    if len(pairs) < max(len(run.questions), len(baseline.questions)):
        notes.append(
            f"{len(pairs)} questions are the same in both runs ({len(run.questions)} now, "
            f"{len(baseline.questions)} before); only these are compared"
        )
    if run.made.corpus_hash != baseline.made.corpus_hash:
        notes.append(f"the documents differ: {run.made.documents} now, {baseline.made.documents} before")
    if missing := [name for name in baseline.measures if name not in run.measures]:
        notes.append(f"not measured now: {', '.join(missing)}")
    return pairs, notes


def _changes(pairs: Sequence[_Pair], measures: Sequence[str]) -> list[Change]:
    """Every measure in every language; where no question differs there is nothing to test (Tarone, 1990)."""
    languages = sorted({now.language for _, now in pairs})
    groups = [*languages, "all"] if len(languages) > 1 else languages
    values = {
        f"{language} {measure}": found
        for language in groups
        for measure in measures
        if (found := _values(pairs, measure, language))
    }
    differ = {name: pair for name, pair in values.items() if pair[0] != pair[1]}
    drops = holm({name: p_of_drop(before, now) for name, (before, now) in differ.items()})
    rises = holm({name: p_of_drop(now, before) for name, (before, now) in differ.items()})
    return [
        _change(name, *found, p=drops.get(name, 1.0), p_rise=rises.get(name, 1.0))
        for name, found in values.items()
    ]


def _values(pairs: Sequence[_Pair], measure: str, language: str) -> tuple[list[float], list[float]] | None:
    both = [
        (before.scores[measure], now.scores[measure])
        for before, now in pairs
        if language in (now.language, "all") and measure in before.scores and measure in now.scores
    ]
    return ([one for one, _ in both], [one for _, one in both]) if both else None


def _change(name: str, before: list[float], now: list[float], *, p: float, p_rise: float) -> Change:
    language, measure = name.split(" ", 1)
    difference = interval([late - early for early, late in zip(before, now, strict=True)])
    return Change(
        measure=measure,
        language=language,
        questions=len(now),
        before=sum(before) / len(before),
        now=sum(now) / len(now),
        low=difference.low,
        high=difference.high,
        p=p,
        p_rise=p_rise,
    )


def _worse(pairs: Sequence[_Pair]) -> list[Worse]:
    found = []
    for before, now in pairs:
        lost = {
            measure: (before.scores[measure], value)
            for measure, value in now.scores.items()
            if value < before.scores.get(measure, value) - 1e-9
        }
        if lost:
            found.append(Worse(before=before, now=now, measures=lost))
    return found


def _settings(run: Run, baseline: Run) -> dict[str, tuple[object, object]]:
    """The settings that differ: {name: (before, now)}."""
    before, now = _flat(baseline.made.config), _flat(run.made.config)
    names = sorted(set(before) | set(now))
    return {name: (before.get(name), now.get(name)) for name in names if before.get(name) != now.get(name)}


def _flat(config: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        elif f"{prefix}{name}" != "index":
            flat[f"{prefix}{name}"] = value
    return flat
