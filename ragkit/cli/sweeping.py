"""`ragkit eval sweep`: tries settings of a chain, and proves the best of them on questions kept aside."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.answers import tell_where_it_goes
from ragkit.cli.evaluating import DEMO, GoldenOption
from ragkit.cli.options import IndexOption, JsonOption, index_path, option
from ragkit.cli.output import notice
from ragkit.cli.sweeping_told import Told, announce, watching

if TYPE_CHECKING:
    from ragkit.evaluation.sweep import Space, Sweep, SweepResult

_NO_WINNER, _SOME_FAILED, _INTERRUPTED = 1, 3, 130
_SWEEPS = Path("runs/sweep")


def sweep(
    space: Annotated[
        Path,
        typer.Argument(metavar="SPACE", help="YAML of `chain:` and `space:`, see above.", dir_okay=False),
    ],
    golden: GoldenOption = DEMO,
    documents: Annotated[
        list[Path] | None,
        typer.Option(
            "--documents",
            "-d",
            metavar="PATH",
            exists=True,
            help="Files and folders to search. Repeatable. Default: those in the chain's index.",
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Draw N combinations by chance.")
    ] = None,
    grid: Annotated[bool, typer.Option("--grid", help="Try every combination. The default.")] = False,
    measure: Annotated[
        str, typer.Option("--measure", "-m", metavar="NAME", help="What is to be as high as possible.")
    ] = "nDCG@10",
    budget_ms: Annotated[
        float | None,
        typer.Option(min=0.0, metavar="MS", help="Trials whose p95 of a search is above cannot win."),
    ] = None,
    held_out: Annotated[
        float, typer.Option(min=0.0, max=0.95, metavar="SHARE", help="Share of the questions kept aside.")
    ] = 0.5,
    seed: Annotated[int, typer.Option(metavar="N", help="Of what is drawn, and kept aside.")] = 0,
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Leave out combinations that are no valid chain.")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Where the best chain is written. Default: in the folder."
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", file_okay=False, help="Where trials are kept. Default: runs/sweep/ and a name."
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure all trials anew.")] = False,
    show: Annotated[int, typer.Option(min=1, metavar="N", help="List the N best trials.")] = 10,
    index: IndexOption = None,
    json: JsonOption = False,
) -> None:
    """Try settings of a chain, and write the best as YAML, measured on questions the search never saw.

    SPACE names the chain to start from and what its settings may be:

        chain: default
        space: {chunker.size: [200, 300, 400], chunker.overlap: [0, 1], candidates: [20, 50]}

    A range is {low: 100, high: 600, step: 50}, or {low: 1, high: 100, log: true} with --trials.

    Documents are read, and texts embedded, once for all trials. Interrupted, the same command goes on.

    Exit code 3: some trials or files failed; 1: no trial is within the budget.

    Examples:

        ragkit eval sweep space.yaml --golden golden.jsonl --documents contracts/

        ragkit eval sweep space.yaml --trials 30 --budget-ms 150 --out best.yaml
    """
    from ragkit.evaluation import read_golden
    from ragkit.evaluation.measures import parse_measure
    from ragkit.evaluation.sweep import SweepOptions, open_sweep, read_space

    if grid and trials is not None:
        raise typer.BadParameter(
            "--grid tries all combinations, --trials some: give one", param_hint="--grid"
        )
    with option("--measure"):
        parse_measure(measure)
    options = SweepOptions(
        measure=measure,
        trials=trials,
        seed=seed,
        budget_ms=budget_ms,
        held_out=held_out,
        skip_invalid=skip_invalid,
        fresh=fresh,
    )
    searched = _over(read_space(space), index)
    where = folder or _SWEEPS / space.stem
    questions = read_golden(golden)
    try:
        with (
            watching() as watch,
            open_sweep(
                searched,
                questions,
                folder=where,
                documents=documents,
                options=options,
                reading=watch.read,
            ) as ready,
        ):
            announce(ready, options, watch.say)
            _tell_where_texts_go(ready)
            result = ready.run(progress=watch.step)
            unread = ready.library.failed
            best = _written(ready, result, to or where / "best.yaml", golden)
    except KeyboardInterrupt:
        notice(f"Interrupted. What is finished is kept in {where}: the same command goes on from there.")
        raise typer.Exit(_INTERRUPTED) from None
    told = Told(result=result, options=options, written=best, folder=where, unread=unread)
    told.print_object() if json else told.print(most=show)
    if result.best is None:
        raise typer.Exit(_NO_WINNER)
    if result.failed or unread:
        raise typer.Exit(_SOME_FAILED)


def _over(space: Space, index: str | None) -> Space:
    """The space, its documents in another index."""
    if index is None:
        return space
    return replace(space, chain=space.chain.model_copy(update={"index": index_path(index)}))


def _tell_where_texts_go(ready: Sweep) -> None:
    """Says so of every server that a trial sends passages to, if it is asked for answers."""
    from ragkit.evaluation.measures import needs_generator

    if needs_generator([ready.measure]):
        generators = {trial.config.generator.model_dump_json(): trial.config for trial in ready.trials}
        for settings in generators.values():
            tell_where_it_goes(settings)


def _written(ready: Sweep, result: SweepResult, path: Path, golden: Path) -> Path | None:
    """Writes the best chain, if there is one, with what is known of it."""
    from ragkit.evaluation.sweep import figures, write_best

    if result.best is None:
        if path.exists():
            before = path.with_name(f"{path.stem}.before{path.suffix}")
            path.replace(before)
            notice(f"{path} was of an earlier search: it is {before} now")
        return None
    config = next(one.config for one in ready.trials if one.key == result.best.key)
    command = shlex.join(["ragkit", *sys.argv[1:]])
    write_best(path, config, figures(result, path=path, golden=str(golden), command=command))
    return path
