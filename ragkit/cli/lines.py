"""Lines that people type, with editing and a history, or that are piped in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from types import ModuleType

from ragkit.cli.output import say

PROMPT = "> "
_KEPT_LINES = 1000


def typed(history: Path) -> Iterator[str]:
    """The lines of stdin. At a terminal each is asked for; Ctrl-D and Ctrl-C end them."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # half a character ends no talk
    if not sys.stdin.isatty():
        yield from map(str.rstrip, sys.stdin)
        return
    readline = _editing(history) if sys.stdout.isatty() else None  # else `input` edits nothing
    while True:
        try:
            line = _asked()
        except (EOFError, KeyboardInterrupt):
            say("")
            return
        if readline and line.strip():
            with suppress(OSError):  # a history that cannot be written is no reason to stop
                readline.append_history_file(1, history)
        yield line


def _asked() -> str:
    """One line from the terminal; the prompt goes to stderr where stdout is a file."""
    if sys.stdout.isatty():
        return input(PROMPT)
    sys.stderr.write(PROMPT)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def _editing(history: Path) -> ModuleType | None:
    """Arrow keys, and the lines of earlier talks, for their owner alone; None where there are none."""
    try:
        import readline
    except ImportError:  # some builds of Python have none
        return None
    with suppress(OSError):
        history.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(history, os.O_RDWR | os.O_CREAT, 0o600))
        readline.set_history_length(_KEPT_LINES)
        readline.read_history_file(history)
        readline.write_history_file(history)  # no longer than it may be
    return readline
