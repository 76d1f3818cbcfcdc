"""`ragkit chat` at a terminal: lines are edited, Ctrl-C stops an answer, a viewer opens pages."""

from __future__ import annotations

import os
import pty
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest
from conftest import Shell
from talks import CONFIG, OPENED, environment

from ragkit.cli.opening import open_page
from ragkit.cli.talk import Talk, converse
from ragkit.config import parse_config
from ragkit.sessions import Sessions
from ragkit.stages import Writing
from ragkit.types import Draft, Hit, Message, Turn

TAKE_TERMINAL = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from ragkit.cli import main
main()
"""


class Terminal:
    """`ragkit chat` at a terminal of its own, its results there or in a file."""

    def __init__(self, shell: Shell, state: Path, *, results: IO[bytes] | None = None) -> None:
        config = state.parent / "chat.yaml"
        config.write_text(CONFIG, encoding="utf-8")
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, "chat", "--config", str(config)],
            cwd=shell.folder,
            env=environment(state, TERM="xterm"),
            stdin=slave,
            stdout=results or slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def wait_for(self, text: str, *, count: int = 1, seconds: float = 60.0) -> str:
        deadline = time.monotonic() + seconds
        while self.seen.count(text) < count and time.monotonic() < deadline:
            ready, _, _ = select.select([self.master], [], [], 0.2)
            if ready:
                try:
                    self.seen += os.read(self.master, 65536).decode(errors="replace")
                except OSError:
                    break
        assert self.seen.count(text) >= count, self.seen
        return self.seen

    def interrupt_until(self, text: str) -> None:
        """Ctrl-C, again each second: Python hears none between its prompt and its wait for a key."""
        for _ in range(60):
            self.type("\x03")
            with suppress(AssertionError):
                self.wait_for(text, seconds=1.0)
                return
        raise AssertionError(self.seen)

    def end(self) -> int:
        code = self.process.wait(timeout=60)
        os.close(self.master)
        return code


@pytest.fixture
def terminal(indexed: Shell, state: Path) -> Iterator[Terminal]:
    made = Terminal(indexed, state)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.end()


def test_at_a_terminal_lines_are_edited_remembered_and_ctrl_c_leaves(
    terminal: Terminal, indexed: Shell, state: Path
) -> None:
    terminal.wait_for("> ")
    terminal.type("When was the Severn\x7f\x7f\x7f\x7f\x7f\x7fHumber Bridge opened?\r")
    terminal.wait_for("[1]")
    terminal.wait_for("> ", count=2)
    terminal.type("\x1b[A\r")  # the line above, once more
    terminal.wait_for("in 1981.", count=2)
    terminal.wait_for("> ", count=3)
    terminal.interrupt_until("goes on with: ragkit chat --session")
    assert terminal.end() == 0
    history = state / "ragkit" / "chat_history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert history.read_text(encoding="utf-8").splitlines()[0] == OPENED
    asked = [turn.question for turn in Sessions(state / "ragkit" / "sessions.sqlite").turns(_only(state))]
    assert asked == [OPENED, OPENED]


def _only(state: Path) -> str:
    (summary,) = Sessions(state / "ragkit" / "sessions.sqlite").all()
    return summary.name


def test_half_a_character_ends_no_talk(terminal: Terminal, state: Path) -> None:
    terminal.wait_for("> ")
    os.write(terminal.master, b"When was the Humber Bridge opened \xe9\x95? \xff\r")
    terminal.wait_for("in 1981.")
    terminal.wait_for("> ", count=2)
    terminal.type("\x04")
    assert terminal.end() == 0
    (asked,) = Sessions(state / "ragkit" / "sessions.sqlite").turns(_only(state))
    assert asked.question.startswith("When was the Humber Bridge opened")


def test_lines_that_are_not_edited_are_not_remembered(indexed: Shell, state: Path, tmp_path: Path) -> None:
    history = state / "ragkit" / "chat_history"
    history.parent.mkdir(parents=True)
    history.write_text("an old line\n")
    with (tmp_path / "results").open("wb") as results:
        terminal = Terminal(indexed, state, results=results)
        terminal.wait_for("> ")
        terminal.type("/help\r")
        terminal.wait_for("> ", count=2)
        terminal.type("\x04")
        assert terminal.end() == 0
    assert history.read_text() == "an old line\n"


def test_ctrl_d_leaves_a_terminal(terminal: Terminal) -> None:
    terminal.wait_for("> ")
    terminal.type("\x04")
    assert terminal.end() == 0


class Interrupted:
    """A generator during which somebody presses Ctrl-C, as often as it writes."""

    def __init__(self) -> None:
        self.closed = 0

    def prompt(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> list[Message]:
        return []

    def generate(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> Writing:
        try:
            yield "It was"
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(100):
                time.sleep(0.05)
                yield " ..."
        finally:
            self.closed += 1
        return Draft(text="never", sentences=())


def test_ctrl_c_stops_an_answer_and_keeps_the_talk(
    indexed: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = parse_config(CONFIG, name="x").model_copy(update={"index": indexed.folder / "indexes/default"})
    chain = config.build()
    sessions = Sessions(tmp_path / "sessions.sqlite")
    talk = Talk(chain, sessions, config)
    converse(talk, OPENED, interactive=True)
    good, chain._writer = chain._writer, Interrupted()
    converse(talk, "How long is it?", interactive=True)
    assert chain._writer.closed == 1
    assert "stopped" in capsys.readouterr().err
    with pytest.raises(KeyboardInterrupt):
        converse(talk, "How long is it?", interactive=False)
    chain._writer = good
    converse(talk, "How long is it?", interactive=True)
    assert "understood as: How long is the Humber Bridge?" in capsys.readouterr().err
    assert [turn.question for turn in sessions.turns(talk.name)] == [OPENED, "How long is it?"]


class Bereft(Interrupted):
    """A generator whose document leaves the index while it reads."""

    def generate(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> Writing:
        yield "It was"
        raise KeyError("d41d8c")


def test_a_document_that_leaves_meanwhile_ends_its_question_only(
    indexed: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = parse_config(CONFIG, name="x").model_copy(update={"index": indexed.folder / "indexes/default"})
    talk = Talk(config.build(), Sessions(tmp_path / "sessions.sqlite"), config)
    good, talk.chain._writer = talk.chain._writer, Bereft()
    converse(talk, OPENED, interactive=False)
    assert "error: a document left the index meanwhile ('d41d8c'); ask again" in capsys.readouterr().err
    talk.chain._writer = good
    converse(talk, OPENED, interactive=False)
    assert "opened in 1981" in capsys.readouterr().out
    assert (talk.failed, len(talk.turns)) == (1, 1)


@pytest.mark.skipif(sys.platform == "darwin", reason="there is always a display")
def test_a_pdf_is_opened_in_the_viewer_only_where_there_is_a_display(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    viewer = tmp_path / "viewer"
    viewer.write_text(f'#!/bin/sh\nprintf %s "$1" > "{seen}.new" && mv "{seen}.new" "{seen}"\n')
    viewer.chmod(0o755)
    pdf, page = tmp_path / "a b.pdf", tmp_path / "a.html"
    pdf.write_bytes(b"%PDF-1.7")
    page.write_text("<script>")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("BROWSER", str(viewer))
    assert not open_page(pdf, 3)
    monkeypatch.setenv("DISPLAY", ":0")
    assert not open_page(page, 1)  # it might run
    assert not open_page(tmp_path / "gone.pdf", 1)
    assert open_page(pdf, 3)
    deadline = time.monotonic() + 20
    while not seen.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert seen.read_text() == f"{pdf.as_uri()}#page=3"
    monkeypatch.setenv("BROWSER", 'firefox "')
    assert not open_page(pdf, 3)
