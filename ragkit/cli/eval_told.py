"""What `ragkit eval` tells of a run: tables, JSON, reports, and an exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.options import option
from ragkit.cli.output import notice, out, print_json

if TYPE_CHECKING:
    from ragkit.evaluation import Comparison, Gate, Run

FailUnderOption = Annotated[
    list[str] | None,
    typer.Option("--fail-under", metavar="NAME=MEAN", help="Exit with 1 where a mean is lower. Repeatable."),
]
MaxDropOption = Annotated[
    list[str] | None,
    typer.Option(
        "--max-drop", metavar="NAME=DROP", help="Exit with 1 where a mean fell by more. Repeatable."
    ),
]
ReportOption = Annotated[
    list[Path] | None,
    typer.Option("--report", metavar="FILE", help=".html, .md, .xml (JUnit) or .json. Repeatable."),
]


def read_gate(
    fail_under: list[str] | None, max_drop: list[str] | None, measures: Sequence[str], *, add: str = ""
) -> Gate:
    """The gate of both options. Raises a usage error for what is not measured, or no number.

    `add` says how {}, the name of a measure, would be measured.
    """
    from ragkit.evaluation import Gate

    return Gate(
        fail_under=_limits(fail_under, "--fail-under", measures, add),
        max_drop=_limits(max_drop, "--max-drop", measures, add),
    )


def _limits(given: list[str] | None, hint: str, names: Sequence[str], add: str) -> Mapping[str, float]:
    limits = {}
    for one in given or []:
        name, _, number = one.partition("=")
        if name not in names:
            raise typer.BadParameter(
                f"{name!r} is not measured ({', '.join(names)}){add.format(name)}", param_hint=hint
            )
        try:
            limits[name] = float(number)
        except ValueError:
            limits[name] = nan
        if not 0.0 <= limits[name] <= 1.0:
            example = f"{name}=0.02" if hint == "--max-drop" else f"{name}=0.6"
            raise typer.BadParameter(
                f"{one!r}: a number from 0 to 1 is wanted, as in {example}", param_hint=hint
            )
    return limits


def check_reports(files: Sequence[Path], *, others: Mapping[str, Path | None]) -> None:
    """Raises a usage error for a report that cannot be written, before anything is asked.

    `others` are the places that other options name: no report takes them.
    """
    taken = {path.resolve(): name for name, path in others.items() if path}
    for file in files:
        from ragkit.evaluation.reports import check_report

        with option("--report"):
            check_report(file)
        if name := taken.get(file.resolve()):
            raise typer.BadParameter(f"{file} is that of {name}: name another file", param_hint="--report")


@dataclass(frozen=True, kw_only=True)
class Told:
    """A run, the one before if there is one, and the gate that it has to pass."""

    run: Run
    baseline: Run | None
    gate: Gate
    stored: Path

    @cached_property
    def comparison(self) -> Comparison | None:
        """The run against the one before."""
        from ragkit.evaluation import compare

        return compare(self.run, self.baseline) if self.baseline else None

    @cached_property
    def problems(self) -> list[str]:
        """Why it does not pass."""
        return self.gate.problems(self.run, self.comparison)

    def write(self, files: Sequence[Path]) -> None:
        """Writes reports."""
        from ragkit.evaluation.reports import write_report

        for file in files:
            write_report(file, self.run, self.comparison, self.problems)
            notice(f"written: {file}")

    def print_object(self) -> None:
        """One JSON object."""
        from ragkit.cli.eval_shapes import eval_shape

        print_json(eval_shape(self.run, self.comparison, self.problems, self.stored))

    def print(self, *, misses: bool) -> None:
        """Tables, the questions that went wrong by choice, and whether it passed."""
        from ragkit.cli import eval_tables as tables
        from ragkit.evaluation import decisions_of

        console = out()
        tables.print_scores(console, self.run)
        tables.print_decisions(console, decisions_of(self.run))
        if misses:
            tables.print_misses(console, self.run)
        if self.comparison:
            tables.print_comparison(console, self.comparison)
            tables.print_worse(console, self.comparison)
        for problem in self.problems:
            console.print(f"FAILED  {problem}", style="bold red", markup=False)
        if self.comparison and not self.problems:
            if self.comparison.undecided:
                console.print(f"not decided: {self.comparison.undecided}", style="yellow", markup=False)
            else:
                console.print("passed: nothing is significantly worse", style="green", markup=False)

    def exit(self) -> None:
        """Ends with code 1 where it does not pass."""
        if self.problems:
            raise typer.Exit(1)
