"""How a language model of this machine came to its words, token by token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ragkit.config import Config
    from ragkit.types import Message, TracedToken

_COLOURS = ("green", "yellow", "blue", "magenta", "cyan", "red", "bright_green", "bright_blue")
_BAR = 10  # characters for a probability of 1
_BEGINNING = 60  # characters of a passage by which people know it


def with_trace(config: Config) -> Config:
    """The configuration whose generator keeps a trace; a usage error where it cannot."""
    from ragkit.generators import LocalConfig

    if not isinstance(config.generator, LocalConfig):
        problem = f"only the generator 'local' can be watched, not {config.generator.type!r}"
        raise typer.BadParameter(f"{problem}; choose it with --config local", param_hint="--trace")
    return config.model_copy(update={"generator": config.generator.model_copy(update={"trace": True})})


def print_trace(console: Console, trace: Sequence[TracedToken], prompt: Sequence[Message]) -> None:
    """The model's own words in the colours of its passages, then each token; nothing where it wrote none.

    What was copied is bold; of other tokens the passage is told that they attended to most.
    """
    from rich.text import Text

    from ragkit.generators.passages import as_data

    if not trace:
        return
    written = [(as_data(token.text), _style(token.passage, copied=token.copied)) for token in trace]
    console.print(Text.assemble("\n", *written, "\n"))
    passages = [passage for message in prompt for passage in message.passages]
    for number in sorted({token.passage for token in trace} - {0}):
        copied = sum(token.copied for token in trace if token.passage == number)
        attended = sum(token.passage == number for token in trace) - copied
        beginning = " ".join(passages[number - 1].split())[:_BEGINNING]
        line = f"passage {number}: {copied} tokens copied, {attended} attended to it ({beginning}\u2026)"
        console.print(Text(line, style=_style(number, copied=False)))
    console.print(_table(trace))


def _table(trace: Sequence[TracedToken]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE)
    for name in ("token", "probability", "", "from"):
        table.add_column(name, no_wrap=True)
    for token in trace:
        origin = (
            f"passage {token.passage}, {'copied' if token.copied else 'attended'}" if token.passage else ""
        )
        table.add_row(
            Text(repr(token.text)[1:-1]),
            f"{token.probability:.2f}",
            Text("\u2588" * round(_BAR * token.probability), style="dim"),
            Text(origin, style=_style(token.passage, copied=token.copied)),
        )
    return table


def _style(passage: int, *, copied: bool) -> str:
    colour = _COLOURS[(passage - 1) % len(_COLOURS)] if passage else "default"
    return f"bold {colour}" if copied else colour
