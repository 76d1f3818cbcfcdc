"""`ragkit ask --trace`: how a language model came to its words."""

from __future__ import annotations

import io

from conftest import Shell
from rich.console import Console

from ragkit.cli.tracing import print_trace
from ragkit.types import Message, TracedToken

PROMPT = [Message("system", "Answer."), Message("user", "…", passages=("Bees make honey.", "A bridge."))]
TRACE = [
    TracedToken(text="Bees", probability=0.25, passage=2),
    TracedToken(text=" make", probability=1.0, passage=1, copied=True),
    TracedToken(text="\n[red]\x1b[31m", probability=0.04),
]


def printed(trace: list[TracedToken], *, colours: bool = False) -> str:
    console = Console(file=io.StringIO(), width=100, force_terminal=colours)
    print_trace(console, trace, PROMPT)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_each_token_has_its_probability_and_its_passage() -> None:
    lines = [" ".join(line.split()) for line in printed(TRACE).splitlines()]
    assert "Bees 0.25 ██ passage 2, attended" in lines
    assert "make 1.00 ██████████ passage 1, copied" in lines
    assert "passage 1: 1 tokens copied, 0 attended to it (Bees make honey.…)" in lines
    assert "passage 2: 0 tokens copied, 1 attended to it (A bridge.…)" in lines


def test_what_a_model_writes_is_no_command_for_a_terminal() -> None:
    shown = printed(TRACE)
    assert "\x1b" not in shown
    assert "[red]" in shown
    assert "\x1b[31m" not in printed([TRACE[2]], colours=True)


def test_nothing_is_shown_where_nothing_was_written() -> None:
    assert printed([]) == ""


def test_a_generator_without_a_model_cannot_be_watched(shell: Shell) -> None:
    done = shell.run("ask", "When was the Humber Bridge opened?", "--trace")
    assert done.code == 2
    assert "--config local" in done.err
