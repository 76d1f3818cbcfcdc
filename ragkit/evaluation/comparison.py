"""Whether a run is worse than one before, and the gate that says no to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ragkit.counting import counted
from ragkit.evaluation.records import QuestionRecord, Run
from ragkit.evaluation.statistics import Values, interval, p_of_drops

Verdict = Literal["worse", "better", "same"]
SIGNIFICANT = 0.05
FEWEST = 5
"""Questions, below which even if all got worse chance could be the reason: 1/2 to the power of 4 is .06."""
_NAMED = 5  # questions in a note


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One measure in one language, over the `questions` that both runs have.

    `low` and `high` end the 95 % interval of the mean difference; `p` is the chance of such a drop if the
    runs were alike, corrected for all measures and languages; `p_rise` the same of a rise.
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
    questions: int = 0

    @property
    def undecided(self) -> str:
        """Why no drop could be significant; "" where one could."""
        if self.questions >= FEWEST:
            return ""
        return (
            f"{counted(self.questions, 'question')} are too few for any drop to be significant: "
            f"ask {FEWEST} at least, better 100, or limit drops with --max-drop"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a run must hold: least means, and largest drops against the baseline, by measure."""

    fail_under: Mapping[str, float] = field(default_factory=dict)
    max_drop: Mapping[str, float] = field(default_factory=dict)

    def problems(self, run: Run, comparison: Comparison | None) -> list[str]:
        """Why the run does not pass; nothing if it does."""
        found = [f"{counted(len(run.errors), 'question')} failed with an error"] if run.errors else []
        found += self._too_low(run)
        return found + (self._too_much_lost(comparison) if comparison else self._uncompared(()))

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
        if not comparison.questions:
            return ["no question of the baseline was asked: nothing is compared"]
        if not comparison.changes:
            return ["no measure of the baseline was measured: nothing is compared"]
        found = self._uncompared([change.measure for change in comparison.changes])
        for change in comparison.changes:
            named = f"{change.measure} ({change.language}): {change.before:.4f} -> {change.now:.4f}"
            most = self.max_drop.get(change.measure)
            if change.verdict == "worse":
                found.append(f"{named}, a significant drop (p = {change.p:.4f})")
            elif most is not None and -change.difference > most:
                found.append(f"{named}, a drop of more than {most:g}")
        return found

    def _uncompared(self, measures: Sequence[str]) -> list[str]:
        return [
            f"{measure} is in no comparison, though a drop of {most:g} at most was asked for"
            for measure, most in self.max_drop.items()
            if measure not in measures
        ]


def compare(run: Run, baseline: Run) -> Comparison:
    """The questions of both runs, paired by id; of those that differ otherwise it is told, and no more."""
    pairs, notes = _pairs(run, baseline)
    changes = _changes(pairs, [name for name in run.measures if name in baseline.measures])
    return Comparison(
        changes=tuple(changes),
        worse=tuple(sorted(_worse(pairs), key=lambda one: (-one.loss, one.now.id))),
        settings=_settings(run, baseline),
        notes=tuple(notes),
        questions=len(pairs),
    )


_Pair = tuple[QuestionRecord, QuestionRecord]


def _pairs(run: Run, baseline: Run) -> tuple[list[_Pair], list[str]]:
    """(before, now) of the questions in both, and notes of what cannot be compared."""
    before = {record.id: record for record in baseline.questions}
    asked = [
        (before[now.id], now)
        for now in run.questions
        if now.id in before and before[now.id].question == now.question
    ]
    pairs = [pair for pair in asked if _evidence(pair[0]) == _evidence(pair[1])]
    notes = []
    if len(asked) < max(len(run.questions), len(baseline.questions)):
        notes.append(
            f"{counted(len(asked), 'question')} are the same in both runs ({len(run.questions)} now, "
            f"{len(baseline.questions)} before); only these are compared"
        )
    if changed := [now.id for old, now in asked if _evidence(old) != _evidence(now)]:
        more = ", ..." if len(changed) > _NAMED else ""
        notes.append(
            f"the evidence of {counted(len(changed), 'question')} is another than before, so left out: "
            f"{', '.join(changed[:_NAMED])}{more}"
        )
    elif run.made.golden_hash != baseline.made.golden_hash and len(asked) == len(before):
        notes.append("the golden questions are not the same to the letter: quotes or accepted answers differ")
    if run.made.corpus_hash != baseline.made.corpus_hash:
        notes.append(f"the documents differ: {run.made.documents} now, {baseline.made.documents} before")
    if missing := [name for name in baseline.measures if name not in run.measures]:
        notes.append(f"not measured now: {', '.join(missing)}")
    return pairs, notes


def _evidence(record: QuestionRecord) -> tuple[object, ...]:
    return record.answerable, *((one.source, one.page) for one in record.evidence)


def _changes(pairs: Sequence[_Pair], measures: Sequence[str]) -> list[Change]:
    """Every measure in every language, tested together."""
    languages = sorted({now.language for _, now in pairs})
    groups = [*languages, "all"] if len(languages) > 1 else languages
    values = {
        f"{language} {measure}": found
        for language in groups
        for measure in measures
        if (found := _values(pairs, measure, language))
    }
    differences = {name: now - before for name, (before, now) in values.items()}
    drops = p_of_drops(differences)
    rises = p_of_drops({name: -found for name, found in differences.items()})
    return [_change(name, *found, p=drops[name], p_rise=rises[name]) for name, found in values.items()]


def _values(pairs: Sequence[_Pair], measure: str, language: str) -> tuple[Values, Values] | None:
    """Before and now of all questions, each (questions,); NaN for those that it is not about."""
    about = np.array(
        [
            language in (now.language, "all") and measure in before.scores and measure in now.scores
            for before, now in pairs
        ],
        dtype=bool,
    )
    if not about.any():
        return None
    old, new = (
        np.where(about, [one.scores.get(measure, np.nan) for one in records], np.nan)
        for records in zip(*pairs, strict=True)
    )
    return old, new


def _change(name: str, before: Values, now: Values, *, p: float, p_rise: float) -> Change:
    language, measure = name.split(" ", 1)
    before, now = before[~np.isnan(before)], now[~np.isnan(now)]
    difference = interval(now - before)
    return Change(
        measure=measure,
        language=language,
        questions=len(now),
        before=float(before.mean()),
        now=float(now.mean()),
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
