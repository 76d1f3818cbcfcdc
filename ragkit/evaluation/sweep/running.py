"""A sweep: trials one after the other, each kept at once, then the proof of the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic

from ragkit.errors import ConfigError, RagkitError
from ragkit.evaluation.comparison import compare
from ragkit.evaluation.measures import Measure, needs_generator
from ragkit.evaluation.records import Run, Score, read_run, write_run
from ragkit.evaluation.sweep.ledger import Ledger
from ragkit.evaluation.sweep.library import Library
from ragkit.evaluation.sweep.measuring import latency, measure_chain
from ragkit.evaluation.sweep.options import SweepOptions, SweepProgress, SweepStep
from ragkit.evaluation.sweep.pace import Pace, indexing
from ragkit.evaluation.sweep.results import SweepResult, TrialRecord, best_trial, effects
from ragkit.evaluation.sweep.shelf import IndexShelf
from ragkit.evaluation.sweep.splitting import Split
from ragkit.evaluation.sweep.trials import Trial, Trials
from ragkit.evaluation.sweep.vectors import VectorCache

ASIDE = "held-out"
_FOR_ANSWERS = ("followups", "abstention", "generator", "verifier", "unsupported", "orders")


class Sweep:
    """Trials that were checked, over documents that were read; `open_sweep` makes it."""

    def __init__(
        self,
        chosen: Trials,
        *,
        measure: Measure,
        split: Split,
        library: Library,
        cache: VectorCache,
        ledger: Ledger,
        options: SweepOptions,
    ) -> None:
        self.trials = chosen.trials
        self.skipped = chosen.skipped
        self.split = split
        self.library = library
        self.measure = measure
        self._folder = ledger.folder
        self._ledger = ledger
        self._options = options
        shelf = IndexShelf(self._folder / "indexes", library, cache)
        self._measured = partial(measure_chain, measure=measure, shelf=shelf, cache=cache)
        self._pace = Pace()

    @property
    def done(self) -> int:
        """How many trials were measured before."""
        return sum(self._known(trial) is not None for trial in self.trials)

    @property
    def begun_anew(self) -> tuple[str, ...]:
        """What is not as it was when the trials before were measured, which therefore do not count."""
        return self._ledger.changed

    @property
    def indexings(self) -> int:
        """How many ways of indexing the trials have."""
        return len({indexing(trial.config) for trial in self.trials})

    @property
    def unknown(self) -> list[str]:
        """The ids of questions that quote what does not stand in the documents."""
        asked = (*self.split.development, *self.split.held_out)
        return [one.id for one in asked if not self.library.knows(one)]

    @property
    def idle(self) -> list[str]:
        """The settings in the space that change nothing of the measure."""
        if needs_generator([self.measure]):
            return []
        names = dict.fromkeys(name for trial in self.trials for name in trial.settings)
        return [name for name in names if name.split(".")[0] in _FOR_ANSWERS]

    def run(self, *, progress: SweepProgress | None = None) -> SweepResult:
        """Measures what is left, each trial kept at once, and the best on the questions kept aside.

        A trial that fails is noted with its error. Interrupted, the next call goes on where it was. Raises
        `StorageError` where a trial cannot be kept.
        """
        show = progress or (lambda step: None)
        records: list[TrialRecord] = []
        for trial in self.trials:
            known = self._known(trial)
            records.append(known or self._tried(trial, records, show))
            if known is None:
                self._ledger.add(records[-1])
                show(self._step(trial, records, finished=records[-1]))
            else:
                self._pace.skip(trial.config)
        best = best_trial(records, self._options.budget_ms)
        runs = self._proved(best, records, show) if best else {}
        return SweepResult(
            measure=self.measure.name,
            trials=tuple(records),
            best=best,
            held_out=runs,
            comparison=compare(runs["best"], runs["start"]) if "start" in runs else None,
            effects=effects(records),
        )

    def _known(self, trial: Trial) -> TrialRecord | None:
        """The trial as it was measured; one that failed is tried again."""
        record = self._ledger.records.get(trial.key)
        if record is None or record.error:
            return None
        named = {"number": trial.number, "settings": trial.settings, "start": trial.start}
        return record.model_copy(update=named)

    def _tried(self, trial: Trial, before: Sequence[TrialRecord], show: SweepProgress) -> TrialRecord:
        began = monotonic()
        record = TrialRecord(key=trial.key, number=trial.number, settings=trial.settings, start=trial.start)
        try:
            found = self._scored(self._asked(trial, before, show))
        except Exception as error:  # whatever a chain does, the others are tried
            kind = "" if isinstance(error, RagkitError) else f"{type(error).__name__}: "
            found = {"error": f"{kind}{error}" or type(error).__name__}
        seconds = monotonic() - began
        self._pace.note(trial.config, seconds)
        return record.model_copy(update={"seconds": round(seconds, 2), **found})

    def _asked(self, trial: Trial, before: Sequence[TrialRecord], show: SweepProgress) -> Run:
        def asked(done: int, total: int) -> None:
            show(self._step(trial, before, asked=done))

        asked(0, 0)
        return self._measured(trial.config, self.split.development, progress=asked)

    def _step(
        self,
        trial: Trial,
        records: Sequence[TrialRecord],
        *,
        asked: int = 0,
        finished: TrialRecord | None = None,
    ) -> SweepStep:
        left = [one.config for one in self.trials[len(records) :] if self._known(one) is None]
        return SweepStep(
            done=len(records),
            total=len(self.trials),
            trial=trial,
            asked=asked,
            questions=len(self.split.development),
            best=best_trial(records, self._options.budget_ms),
            finished=finished,
            seconds_left=self._pace.left(left),
        )

    def _scored(self, run: Run) -> Mapping[str, object]:
        """The fields of a record."""
        name = self.measure.name
        scores: dict[str, Score] = {one: found[name] for one, found in run.scores.items() if name in found}
        p50, p95 = latency(run)
        return {
            "score": scores.get("all") or next(iter(scores.values())),
            "by_language": scores,
            "values": {one.id: one.scores[name] for one in run.questions if name in one.scores},
            "p50_ms": round(p50, 2),
            "p95_ms": round(p95, 2),
            "failed": len(run.errors),
        }

    def _proved(
        self, best: TrialRecord, records: Sequence[TrialRecord], show: SweepProgress
    ) -> dict[str, Run]:
        """The best and the start on the questions kept aside."""
        if not self.split.held_out:
            return {}
        by_key = {trial.key: trial for trial in self.trials}
        start = next(one for one in records if one.start)
        wanted = {"best": best} if best.start or start.error else {"start": start, "best": best}
        return {name: self._aside(by_key[one.key], records, show) for name, one in wanted.items()}

    def _aside(self, trial: Trial, records: Sequence[TrialRecord], show: SweepProgress) -> Run:
        path = self._folder / ASIDE / f"{trial.key}.json"
        with suppress(ConfigError):
            return read_run(path)
        total = len(records)
        best = best_trial(records, self._options.budget_ms)

        def asked(done: int, questions: int) -> None:
            show(
                SweepStep(
                    done=total,
                    total=total,
                    trial=trial,
                    asked=done,
                    questions=questions,
                    best=best,
                    aside=True,
                )
            )

        run = self._measured(trial.config, self.split.held_out, progress=asked)
        write_run(run, path)
        return run
