"""`ragkit eval list` and `compare`: runs that are stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.eval_told import FailUnderOption, MaxDropOption, ReportOption, Told, check_reports, read_gate
from ragkit.cli.evaluating import RUNS
from ragkit.cli.options import JsonOption
from ragkit.cli.output import notice, out, print_json
from ragkit.counting import counted
from ragkit.errors import ConfigError

if TYPE_CHECKING:
    from ragkit.evaluation import Run


def compare(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A stored run.")],
    baseline: Annotated[Path, typer.Argument(metavar="BASELINE", help="The one before.")],
    fail_under: FailUnderOption = None,
    max_drop: MaxDropOption = None,
    report: ReportOption = None,
    json: JsonOption = False,
) -> None:
    """Hold a stored run against another, as `ragkit eval --baseline` does, without asking anything.

    Example:

        ragkit eval compare runs/mine.json runs/main.json --report changes.html
    """
    from ragkit.evaluation import read_run

    check_reports(report or [], others={"RUN": run, "BASELINE": baseline})
    now = read_run(run)
    gate = read_gate(fail_under, max_drop, now.measures)
    told = Told(run=now, baseline=read_run(baseline), gate=gate, stored=run)
    told.print_object() if json else told.print(misses=False)
    told.write(report or [])
    told.exit()


def list_runs(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where runs are stored.")] = RUNS,
    json: JsonOption = False,
) -> None:
    """List the stored runs, the newest last: what was asked of which index, and the first measure.

    Example:

        ragkit eval list
    """
    from ragkit.cli.eval_shapes import RunShape, RunsShape

    runs = _runs(folder)
    if json:
        rows = [
            RunShape(
                run=str(file),
                created=one.made.created,
                golden=one.made.golden,
                index=_index(one),
                questions=len(one.questions),
            )
            for file, one in runs
        ]
        print_json(RunsShape(runs=rows))
        return
    if not runs:
        notice(f"no runs in {folder}: `ragkit eval` stores them")
        return
    console = out()
    for file, one in runs:
        console.print(f"{file}  {one.made.created[:16].replace('T', ' ')}", markup=False)
        asked = f"{counted(len(one.questions), 'question')} of {one.made.golden}, index {_index(one)}"
        console.print(f"    {_first(one)}; {asked}", markup=False)


def _runs(folder: Path) -> list[tuple[Path, Run]]:
    """Those that can be read; of others it is said what they are."""
    from ragkit.evaluation import read_run

    found = []
    for file in sorted(folder.glob("*.json")):
        try:
            found.append((file, read_run(file)))
        except ConfigError as error:
            notice(str(error))
    return sorted(found, key=lambda pair: pair[1].made.created)


def _index(run: Run) -> str:
    return str(run.made.config.get("index", "-"))


def _first(run: Run) -> str:
    measure = run.measures[0]
    shown = [
        f"{language} {scores[measure].mean:.3f}"
        for language, scores in run.scores.items()
        if measure in scores
    ]
    return f"{measure}: {', '.join(shown)}"
