"""Runs and comparisons as tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from ragkit.counting import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from ragkit.evaluation import Comparison, Decisions, EvidencePlace, QuestionRecord, Run, Score, Worse

_MOST_WORSE = 10
_MARKS = {"worse": "[red]worse[/]", "better": "[green]better[/]", "same": ""}


def print_scores(console: Console, run: Run) -> None:
    """Each measure with its 95 % interval, a column for each language."""
    table = _table("measure")
    for language, scores in run.scores.items():
        most = max((score.questions for score in scores.values()), default=0)
        table.add_column(f"{escape(language)} ({most})", justify="left")
    for measure in run.measures:
        cells = [_cell(scores.get(measure)) for scores in run.scores.values()]
        table.add_row(measure, *cells)
    console.print(table)


def print_decisions(console: Console, decisions: Mapping[str, Decisions]) -> None:
    """Answering against refusing, in each language that has both kinds of questions."""
    for language, one in decisions.items():
        counts = f"{one.true_yes} of {one.true_yes + one.false_no} answered, {one.true_no} of "
        counts += f"{one.true_no + one.false_yes} refused that should be"
        figures = f"balanced accuracy {one.balanced_accuracy:.3f}, F1 {one.f1:.3f}, AUROC {one.auroc:.3f}"
        console.print(f"answer or refuse, {language}: {counts}; {figures}", markup=False)


def _cell(score: Score | None) -> str:
    if score is None:
        return "-"
    return f"{score.mean:.3f}  [dim]{score.low:.3f} to {score.high:.3f}[/]"


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Every measure before and now, its difference, and whether that is more than chance."""
    table = _table("measure", "")
    for name in ("before", "now", "change", "95 % interval", "p of drop"):
        table.add_column(name, justify="right")
    table.add_column("")
    changed = [one for one in comparison.changes if not one.unchanged]
    for one in changed:
        table.add_row(
            one.measure,
            escape(one.language),
            f"{one.before:.4f}",
            f"{one.now:.4f}",
            f"{one.difference:+.4f}",
            f"{one.low:+.4f} to {one.high:+.4f}",
            f"{one.p:.4f}",
            _MARKS[one.verdict],
        )
    console.print()
    if changed:
        console.print(table)
    if same := len(comparison.changes) - len(changed):
        console.print(
            f"{same} of {len(comparison.changes)} figures are the same for every question", markup=False
        )
    for note in comparison.notes:
        console.print(f"note: {note}", markup=False)
    for name, (before, now) in comparison.settings.items():
        console.print(f"changed: {name}: {_setting(before)} -> {_setting(now)}", markup=False)


def print_worse(console: Console, comparison: Comparison) -> None:
    """The questions that lost most, and where the right passage stood in each stage then and now."""
    if not comparison.worse:
        return
    console.print(f"\n{counted(len(comparison.worse), 'question')} lower than before:", markup=False)
    for one in comparison.worse[:_MOST_WORSE]:
        console.print(f"{one.now.id}  {one.now.question}", markup=False)
        console.print(f"    {_lost(one)}", markup=False)
        for before, now in zip(one.before.evidence, one.now.evidence, strict=False):
            console.print(f"    {_moved(before, now)}", markup=False)
    if len(comparison.worse) > _MOST_WORSE:
        rest = len(comparison.worse) - _MOST_WORSE
        console.print(f"... and {rest} more: --report worse.html lists all", markup=False)


def _setting(value: object) -> str:
    return "-" if value is None else str(value)


def _lost(one: Worse) -> str:
    return ", ".join(f"{name} {before:.2f} -> {now:.2f}" for name, (before, now) in one.measures.items())


def _moved(before: EvidencePlace, now: EvidencePlace) -> str:
    page = f", page {now.page}" if now.page else ""
    names = list(dict.fromkeys([*before.stages, *now.stages]))
    stages = [f"{name} {_rank(before.stages, name)} -> {_rank(now.stages, name)}" for name in names]
    stages.append(f"result {before.rank or '-'} -> {now.rank or '-'}")
    return f"{now.source}{page}: {', '.join(stages)}"


def _rank(stages: Mapping[str, int], name: str) -> str:
    return str(stages.get(name, "-"))


def print_misses(console: Console, run: Run) -> None:
    """Questions without evidence among the first five or an accepted answer; wrongly answered or refused."""
    for one in run.questions:
        if state := _state(one):
            console.print(f"{one.id:12} {state:28} {one.question}", markup=False)


def _state(one: QuestionRecord) -> str:
    from ragkit.evaluation.reports.ranks import faults

    if one.error:
        return f"error: {one.error}"
    rank = min((place.rank for place in one.evidence if place.rank), default="-")
    return ", ".join(f"rank {rank}" if fault.startswith("not in") else fault for fault in faults(one))


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name)
    return table
