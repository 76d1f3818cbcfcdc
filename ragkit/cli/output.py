"""Where output goes: results to stdout, everything else to stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console

    from ragkit.ingest_report import IngestProgress

_WIDE = 10_000  # columns: tables fold their cells to the width even where lines are not wrapped


def print_json(result: BaseModel) -> None:
    """The result as one JSON object on stdout."""
    typer.echo(result.model_dump_json(indent=2))


def out() -> Console:
    """The console for results. Piped output is plain and never cut to the terminal's width."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False, emoji=False)
    return Console(highlight=False, emoji=False, soft_wrap=True, width=_WIDE)


def notice(message: str) -> None:
    """A line for people, on stderr."""
    typer.echo(message, err=True)


@contextmanager
def ingest_progress(*, quiet: bool) -> Iterator[Callable[[IngestProgress], None]]:
    """A progress bar on stderr, as a callback for `Ingest.run`; none when stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
        task = bar.add_task("reading", total=None, rate="")

        def show(state: IngestProgress) -> None:
            elapsed = bar.tasks[task].elapsed or 1.0
            bar.update(
                task,
                description="indexing",
                completed=state.files_done,
                total=state.files_total,
                rate=f"{state.chunks_done:,} chunks, {state.chunks_done / elapsed:,.0f}/s",
            )

        yield show
