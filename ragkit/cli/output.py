"""Where output goes: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import TYPE_CHECKING, TextIO, TypeVar

import typer

from ragkit.cli.escaping import visible, visible_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    from ragkit.ingest_report import IngestProgress
    from ragkit.stages import Progress

T = TypeVar("T")
_WIDE = 10_000  # columns: tables fold their cells to the width even where lines are not wrapped


class OutputClosed(Exception):  # no error: the reader has seen enough
    """Nobody reads stdout any more, as after `| head -1`."""


def say(text: str, *, newline: bool = True) -> None:
    """A result on stdout, as it is but for what a terminal would obey. Raises `OutputClosed`."""
    _echo(visible(text), newline=newline)


def _echo(text: str, *, newline: bool = True) -> None:
    try:
        typer.echo(text, nl=newline)
    except BrokenPipeError as error:
        raise OutputClosed from error


def print_json(result: BaseModel, *, line: bool = False) -> None:
    """The result as one JSON object on stdout, or on one `line` of it. Raises `OutputClosed`."""
    _echo(visible_json(result.model_dump_json(indent=None if line else 2)))


def out(*, stderr: bool = False) -> Console:
    """The console for results. Piped output is plain and never cut to the terminal's width.

    What documents hold is printed as text: no escape sequence of theirs reaches the terminal. Its `print`
    raises `OutputClosed`.
    """
    from rich.console import Console
    from rich.segment import Segment

    class Results(Console):
        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterable[Segment]:
            for text, style, control in super().render(renderable, options):
                yield Segment(text if control else visible(text), style, control)

        def on_broken_pipe(self) -> None:
            raise OutputClosed

    if (sys.stderr if stderr else sys.stdout).isatty():
        return Results(highlight=False, emoji=False, stderr=stderr)
    return Results(highlight=False, emoji=False, soft_wrap=True, width=_WIDE, stderr=stderr)


def notice(message: str, *, as_is: bool = False) -> None:
    """A line for people, on stderr; at a terminal it is broken between words, unless it is shown `as_is`."""
    text = visible(message)
    if sys.stderr.isatty() and not as_is:
        text = "\n".join(map(_broken_between_words, text.split("\n")))
    with suppress(BrokenPipeError):
        typer.echo(text, err=True)


def _broken_between_words(line: str) -> str:
    """The line in several, if it is too long for the terminal.

    Lines that are set in are commands or paths to be copied, and a word too long for a line is Chinese, or
    a path: a terminal breaks those well enough.
    """
    from rich.cells import cell_len
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    if line.startswith("  ") or max(map(cell_len, line.split()), default=0) > console.width:
        return line
    return "\n".join(part.plain.rstrip() for part in Text(line).wrap(console, console.width)) or line


def flush_or_forget(*streams: TextIO) -> None:
    """Flushes; what nobody reads any more goes nowhere, so that the interpreter's end is quiet too."""
    for stream in streams:
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def drafting() -> Iterator[Callable[[str], None]]:
    """Shows text while it is written, dimly on stderr, until it is checked; nothing without a terminal."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from ragkit.generators.passages import as_data

    console = Console(stderr=True)
    with ExitStack() as stack:
        live: list[Live] = []

        def show(text: str) -> None:
            if not live:
                drawn = Live(console=console, transient=True, refresh_per_second=8)
                live.append(stack.enter_context(drawn))
            live[0].update(Text(as_data(text), style="dim"))

        yield show if console.is_terminal else lambda text: None


def shown_while_written(writing: Generator[str, None, T], show: Callable[[str], None]) -> T:
    """What a generator returns in the end; meanwhile its pieces are shown, if there are several.

    Ctrl-C ends the writing.
    """
    text = ""
    with closing(writing):
        while True:
            try:
                piece = next(writing)
            except StopIteration as end:
                result: T = end.value
                return result
            if text:
                show(text + piece)
            text += piece


@contextmanager
def counting(description: str) -> Iterator[Progress]:
    """A progress bar on stderr, as a callback with (done, total); none when stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn(description), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


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
