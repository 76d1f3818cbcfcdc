"""`ragkit tune list`, `show`, `compare`, `merge`, `export`: what was tuned, and other forms of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ragkit.cli.options import JsonOption
from ragkit.cli.output import notice, out, print_json

if TYPE_CHECKING:
    from ragkit.cli.tuned_shapes import TunedShape
    from ragkit.tuning.runs.folder import TunedRecord

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")]


def list_tuned(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where runs lie.")] = Path("runs"),
    json: JsonOption = False,
) -> None:
    """List the runs of `ragkit tune` below a folder, the newest last.

    Example:

        ragkit tune list
    """
    from ragkit.cli.tuned_shapes import TunedRunsShape

    runs = sorted(_readable(folder), key=lambda one: one.record.created)
    if json:
        print_json(TunedRunsShape(runs=runs))
        return
    if not runs:
        notice(f"no runs in {folder}: `ragkit tune` makes them")
        return
    _table(
        ["run", "kind", "model", "method", "status", "steps", "loss", "development"],
        [
            [
                one.run, one.record.kind, one.record.model, str(one.record.recipe.get("method", "")),
                one.record.status, *(_result(one, name) for name in ("steps", "loss", "development_loss")),
            ]
            for one in runs
        ],
    )  # fmt: skip


def show_tuned(run: RunArgument, json: JsonOption = False) -> None:
    """Show what a run was made with and what came of it.

    Example:

        ragkit tune show runs/sft
    """
    from ragkit.cli.tuned_shapes import TunedShape
    from ragkit.tuning.runs.folder import RunFolder
    from ragkit.tuning.runs.page import shown

    record = RunFolder(run).record()
    if json:
        print_json(TunedShape(run=str(run), record=record))
        return
    _table(["setting", "value"], [[name, shown(value)] for name, value in _told(record).items()])


def compare_tuned(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of two or more runs.")],
    json: JsonOption = False,
) -> None:
    """Show where runs differ, and their results.

    Example:

        ragkit tune compare runs/sft runs/whole
    """
    from ragkit.cli.tuned_shapes import TunedRunsShape, TunedShape
    from ragkit.tuning.runs.folder import RunFolder
    from ragkit.tuning.runs.page import shown

    if len(runs) < 2:
        raise typer.BadParameter("name two runs or more")
    records = [RunFolder(run).record() for run in runs]
    if json:
        shapes = [TunedShape(run=str(run), record=one) for run, one in zip(runs, records, strict=True)]
        print_json(TunedRunsShape(runs=shapes))
        return
    told = [_told(one) for one in records]
    names = dict.fromkeys(name for one in told for name in one)
    rows = [[name, *(shown(one.get(name, "")) for one in told)] for name in names]
    _table(["", *map(str, runs)], [row for row in rows if len(set(row[1:])) > 1])


def merge_tuned(
    run: RunArgument,
    folder: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the model is written.")
    ],
    json: JsonOption = False,
) -> None:
    """Make an adapter part of its base model, for programs that load no adapters.

    Example:

        ragkit tune merge runs/sft --out runs/sft-merged
    """
    from ragkit.tuning.llm.merging import merge
    from ragkit.tuning.runs.folder import RunFolder

    _print_written(merge(RunFolder(run), folder), json=json)


def export_tuned(
    run: RunArgument,
    file: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Such as model.gguf.")],
    kind: Annotated[
        Literal["f16", "bf16", "f32", "q8_0"], typer.Option("--type", help="How weights are kept.")
    ] = "f16",
    llama_cpp: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="The sources of llama.cpp, or its converter.", show_default=False
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write a tuned model as a GGUF file for llama.cpp, by llama.cpp's own converter.

    Example:

        ragkit tune export runs/sft --out sft.gguf --llama-cpp ~/llama.cpp
    """
    from ragkit.tuning.llm.exporting import export_gguf, find_converter
    from ragkit.tuning.runs.folder import RunFolder

    converter = find_converter(llama_cpp)
    _print_written(export_gguf(RunFolder(run), file, converter=converter, kind=kind), json=json)


def _print_written(place: Path, *, json: bool) -> None:
    from ragkit.cli.tuned_shapes import WrittenShape

    if json:
        print_json(WrittenShape(written=str(place)))
    else:
        out().print(f"written: {place}", markup=False)


def _readable(folder: Path) -> list[TunedShape]:
    """The runs; what only looks like one is left out."""
    from ragkit.cli.tuned_shapes import TunedShape
    from ragkit.errors import ConfigError
    from ragkit.tuning.runs.folder import runs_in

    found = []
    for one in runs_in(folder):
        try:
            found.append(TunedShape(run=str(one.path), record=one.record()))
        except ConfigError:
            continue
    return found


def _told(record: TunedRecord) -> dict[str, object]:
    from ragkit.tuning.runs.page import flat

    told = record.model_dump(exclude={"version"})
    recipe, data, results, packages = (told.pop(name) for name in ("recipe", "data", "results", "packages"))
    return {**told, **flat(results), **flat(recipe), **data, **packages}


def _result(one: TunedShape, name: str) -> str:
    from ragkit.tuning.runs.page import shown

    value = one.record.results.get(name)
    return "" if value is None else shown(value)


def _table(names: list[str], rows: list[list[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(name)
    for row in rows:
        table.add_row(*map(Text, row))
    out().print(table)
