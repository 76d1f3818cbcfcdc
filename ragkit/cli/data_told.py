"""What the commands of `ragkit data` share: options, progress, costs told beforehand, bad lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.output import counting, notice

if TYPE_CHECKING:
    from ragkit.data.records import TextSource
    from ragkit.data.writing import Lines

SOME_FAILED = 3
INTERRUPTED = 130
_MOST_NAMED = 10
_LOOK = 2.0  # seconds, after which the pace is known
_LONG = 10.0  # seconds, from which on a cost is told

SourceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT",
        help="A .jsonl, a .txt with a text on each line (also .gz), or a folder of documents.",
    ),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where the result is written.")
]
FieldOption = Annotated[
    str, typer.Option("--field", metavar="NAME", help="The field of a line that holds its text.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")]


def open_source(path: Path, field: str, out: Path | None, *, force: bool, dry: bool = False) -> TextSource:
    """The input, once it is sure that the output can be written. Raises a usage error without `out`."""
    from ragkit.data.records import TextSource
    from ragkit.data.writing import require_free

    source = TextSource.open(path, field=field)
    if out:
        require_free(out, source, overwrite=force)
    elif not dry:
        raise typer.BadParameter("name the file to write, or add --dry-run", param_hint="--out")
    return source


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends with code 130 and says that nothing was changed."""
    try:
        yield
    except KeyboardInterrupt:
        notice("Interrupted. Nothing was written, and nothing that was there is changed.")
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def telling(
    *, passes: float = 1.0, quiet: bool = False, disk: Callable[[], int] = lambda: 0
) -> Iterator[Callable[[str, int, int], None]]:
    """Shows progress, and says once what a long run will take, as soon as the pace is known.

    `passes` is how long the whole takes, as a multiple of the first reading; `disk` tells the bytes in
    temporary files so far.
    """
    started, state = monotonic(), {"told": quiet}
    with counting("") as bar:

        def show(step: str, done: int, total: int) -> None:
            bar(done, total)
            seconds = monotonic() - started
            if state["told"] or step != "reading" or seconds < _LOOK or not done or not total:
                return
            state["told"] = True
            left = passes * seconds * total / done - seconds
            if left > _LONG:
                spool = disk() * total / done / 1e6
                files = f", {spool:,.0f} MB of temporary files are needed" if spool else ""
                notice(f"{done / total:.0%} read in {seconds:.0f} s: about {duration(left)} left{files}")

        yield show


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def tell_bad(lines: Lines) -> None:
    """Names the lines that could not be read."""
    for error in lines.reasons[:_MOST_NAMED]:
        notice(f"left out  {error}")
    if lines.bad > _MOST_NAMED:
        notice(f"left out  {lines.bad - _MOST_NAMED:,} more lines that cannot be read")


def exit_if_bad(lines: Lines) -> None:
    """Exit code 3 where a line could not be read, 1 where none could."""
    if lines.bad:
        raise typer.Exit(SOME_FAILED if lines.read else 1)
