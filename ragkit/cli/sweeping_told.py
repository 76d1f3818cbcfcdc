"""What `ragkit eval sweep` tells: while it goes on, and at the end as tables or JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.cli.escaping import visible
from ragkit.cli.options import shown
from ragkit.cli.output import notice, out, print_json
from ragkit.counting import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID
    from rich.table import Table

    from ragkit.evaluation.sweep import Sweep, SweepOptions, SweepResult, SweepStep, TrialRecord
    from ragkit.ingest_report import FileReport, IngestProgress

_MOST_NAMED = 5
_FIGURE = 6  # characters of a mean


class Watch:
    """A bar on stderr where it is a terminal, and a line for each trial that ended."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def say(self, line: str) -> None:
        """A line for people, above the bar."""
        if self._bar.console.is_terminal:
            self._bar.console.print(visible(line), markup=False, highlight=False)
        else:
            notice(line)

    def read(self, state: IngestProgress) -> None:
        """How far reading documents is."""
        self._show("reading documents", state.files_done, state.files_total)

    def step(self, step: SweepStep) -> None:
        """How far the sweep is."""
        from ragkit.evaluation.sweep.results import shown_settings

        if step.finished:
            self.say(_finished(step, step.finished))
        if step.aside:
            self._show("questions kept aside", step.asked, step.questions)
            return
        what = "asking" if step.asked else "indexing"
        named = f"{what}, trial {step.trial.number}: {shown_settings(step.trial.settings)}{_left(step)}"
        self._show(named, step.asked, step.questions)

    def _show(self, what: str, done: int, total: int) -> None:
        self._bar.update(self._task, description=visible(what), completed=done, total=total or None)


@contextmanager
def watching() -> Iterator[Watch]:
    """Shows how far a sweep is, until the block ends."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        yield Watch(bar, bar.add_task("", total=None))


def _finished(step: SweepStep, record: TrialRecord) -> str:
    from ragkit.evaluation.sweep.results import shown_settings

    place = f"{step.done}/{step.total}  "
    named = f"trial {record.number}: {shown_settings(record.settings)}"
    if record.score is None:
        return f"{place}FAILED  {named}: {record.error}"
    times = f"p50 {record.p50_ms:.0f} p95 {record.p95_ms:.0f} ms"
    return f"{place}{record.score.mean:.4f}  {times}  {named}{_best(step.best)}{_left(step)}"


def _best(record: TrialRecord | None) -> str:
    if record is None or record.score is None:
        return ""
    return f", best {record.score.mean:.4f} (trial {record.number})"


def _left(step: SweepStep) -> str:
    if step.seconds_left is None or step.done >= step.total:
        return ""
    minutes = step.seconds_left / 60
    return f", about {minutes:.0f} min left" if minutes >= 1.5 else f", about {step.seconds_left:.0f} s left"


def announce(ready: Sweep, options: SweepOptions, say: Callable[[str], None]) -> None:
    """What is going to be tried, and what is odd about it, before it begins."""
    if ready.begun_anew:
        say(f"Begun anew, since {' and '.join(ready.begun_anew)} changed. The trials before do not count.")
    for problem, count in ready.skipped.items():
        say(f"left out: {problem} (in {count:,} combinations)")
    for file in ready.library.failed:
        say(f"failed  {shown(file.path)}: {file.reason}")
    if ready.unknown:
        count = len(ready.unknown)
        say(f"{count} questions quote what does not stand in the documents: {_some(ready.unknown)}")
    if ready.idle:
        say(
            f"{', '.join(ready.idle)} change nothing of {ready.measure}: trials that differ in them are equal"
        )
    say(_plan(ready, options))


def _plan(ready: Sweep, options: SweepOptions) -> str:
    done = f", {ready.done} of them measured before" if ready.done else ""
    budget = f", at most {options.budget_ms:g} ms (p95)" if options.budget_ms is not None else ""
    return (
        f"{counted(len(ready.trials), 'trial')}{done}; "
        f"{counted(ready.indexings, 'way')} of indexing {counted(ready.library.count, 'document')}; "
        f"the highest {ready.measure}{budget} on {counted(len(ready.split.development), 'question')}, "
        f"{len(ready.split.held_out)} kept aside"
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, kw_only=True)
class Told:
    """A sweep that has ended."""

    result: SweepResult
    options: SweepOptions
    written: Path | None
    folder: Path
    unread: Sequence[FileReport]

    def print_object(self) -> None:
        """One JSON object."""
        from ragkit.cli.sweep_shapes import sweep_shape

        print_json(sweep_shape(self.result, self.options, self.written, self.unread))

    def print(self, *, most: int) -> None:
        """The best trials, those that failed, what mattered, and what the questions kept aside say."""
        from ragkit.evaluation.sweep import proof

        console = out()
        self._print_trials(console, most)
        for one in self.result.failed:
            console.print(f"FAILED  trial {one.number}: {_named(one)}: {one.error}", markup=False)
        if self.result.effects:
            console.print()
            console.print(self._effects())
        console.print()
        for line in proof(self.result):
            console.print(line, markup=False)
        self._print_end(console)

    def _print_end(self, console: Console) -> None:
        if self.written:
            console.print(f"written: {self.written}", markup=False)
            notice(f"{self.folder} keeps trials, indexes and vectors; delete it when it is needed no more")
            return
        budget = self.options.budget_ms
        reason = "every trial failed" if budget is None else f"no trial is within {budget:g} ms (p95)"
        console.print(f"No chain is written: {reason}.", markup=False)

    def _print_trials(self, console: Console, most: int) -> None:
        """A line of figures, and one of settings, which are whole however narrow the terminal is."""
        from ragkit.evaluation.sweep import ranked

        name = self.result.measure
        width = max(len(name), _FIGURE)
        heads = f"trial  {name:<{width}}  {'95 % interval':<16}  p50 ms  p95 ms"
        console.print(heads, style="bold", markup=False)
        trials = ranked(self.result.trials)
        listed = trials[:most]
        listed += [one for one in trials[most:] if one.start or one == self.result.best]
        for one in listed:
            assert one.score
            interval = f"{one.score.low:.4f} to {one.score.high:.4f}"
            figures = f"{one.number:>5}  {one.score.mean:<{width}.4f}  {interval:<16}  {one.p50_ms:>6.0f}"
            marks = ", ".join(self.marks(one))
            console.print(f"{figures}  {one.p95_ms:>6.0f}  {marks}".rstrip(), markup=False, soft_wrap=True)
            console.print(f"       {visible(_named(one))}", markup=False, soft_wrap=True)

    def marks(self, record: TrialRecord) -> list[str]:
        """What is special about a trial."""
        found = {
            "best": record == self.result.best,
            "start": record.start,
            "over budget": not record.within(self.options.budget_ms),
            f"{record.failed} questions failed": record.failed > 0,
        }
        return [name for name, holds in found.items() if holds]

    def _effects(self) -> Table:
        table = _table("setting", "value", "trials", "mean", "against all")
        for effect in self.result.effects:
            for number, one in enumerate(sorted(effect.values, key=lambda value: -value.mean)):
                name = "" if number else _escaped(effect.setting)
                means = (f"{one.mean:.4f}", f"{one.difference:+.4f}")
                table.add_row(name, _escaped(one.value), str(one.trials), *means)
        return table


def _named(record: TrialRecord) -> str:
    from ragkit.evaluation.sweep.results import shown_settings

    return shown_settings(record.settings)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name.endswith("ms") else "left")
    return table
