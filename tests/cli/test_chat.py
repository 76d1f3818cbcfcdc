"""`ragkit chat`: a talk through a pipe and at a terminal, saved and gone on with."""

from __future__ import annotations

import json
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

import jsonschema
import pytest
from conftest import Done, Shell

from ragkit.cli.opening import open_page
from ragkit.cli.talk import ChatErrorShape, ChatShape, Talk, converse
from ragkit.config import parse_config
from ragkit.sessions import Sessions
from ragkit.stages import Writing
from ragkit.types import Draft, Hit, Message, Turn

CONFIG = "{embedder: {type: hashing}, retriever: {type: bm25}, abstention: {type: never}}"
OPENED = "When was the Humber Bridge opened?"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def environment(state: Path, **more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    return {**kept, "COLUMNS": "100", "XDG_STATE_HOME": str(state), **more}


def chat(shell: Shell, state: Path, *lines: str, options: Sequence[str] = ()) -> Done:
    config = state.parent / "chat.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ragkit", "chat", "--config", str(config), *options],
        cwd=shell.folder,
        env=environment(state),
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def test_a_follow_up_is_understood_answered_and_cited(indexed: Shell, state: Path) -> None:
    done = chat(
        indexed, state, OPENED, "", "How long is it?", "黄河发源于哪里？", "长江呢？", "/quit", "never asked"
    )
    assert done.code == 0
    assert "understood as: How long is the Humber Bridge?" in done.err
    assert "understood as: 长江发源于哪里？" in done.err
    assert "The Humber Bridge was opened in 1981." in done.out
    assert "2220 metres" in done.out
    assert "黄河发源于青海省。" in done.out
    assert done.out.count("[1] files/bridges.md, page 1") == 2
    assert "never asked" not in done.out + done.err


def test_each_turn_is_a_line_of_json_that_fits_its_schema(indexed: Shell, state: Path) -> None:
    done = chat(
        indexed, state, OPENED, "source:nowhere.md", "/sources", "How long is it?", options=["--json"]
    )
    assert done.code == 1  # one question could not be asked
    first, second, third = map(json.loads, done.out.splitlines())
    jsonschema.validate(first, ChatShape.model_json_schema(mode="serialization"))
    jsonschema.validate(second, ChatErrorShape.model_json_schema(mode="serialization"))
    assert first["session"] == third["session"] != ""
    assert (third["question"], third["understood"]) == ("How long is it?", "How long is the Humber Bridge?")
    assert "where to look" in second["error"]
    assert "bridges.md" in done.err  # what commands print is not among the lines


def test_a_saved_talk_goes_on_in_another_process(indexed: Shell, state: Path) -> None:
    chat(indexed, state, OPENED, options=["--session", "bridges"])
    done = chat(indexed, state, "How long is it?", "/history", options=["--session", "bridges"])
    assert f"'bridges' goes on after 1 turn; the last question was: {OPENED}" in done.err
    assert "understood as: How long is the Humber Bridge?" in done.err
    assert f"1. {OPENED}" in done.out
    assert "2. How long is it?" in done.out
    last = chat(indexed, state, "Why?", options=["--last"])
    assert "goes on after 2 turns" in last.err
    listed = chat(indexed, state, options=["--list"])
    assert listed.out.splitlines()[1].split()[:2] == ["bridges", "3"]


def test_the_file_of_talks_is_private(indexed: Shell, state: Path) -> None:
    chat(indexed, state, OPENED)
    assert stat.S_IMODE((state / "ragkit").stat().st_mode) == 0o700
    assert stat.S_IMODE((state / "ragkit" / "sessions.sqlite").stat().st_mode) == 0o600


def test_deleting_wants_to_be_sure(indexed: Shell, state: Path) -> None:
    chat(indexed, state, OPENED, options=["--session", "bridges"])
    refused = chat(indexed, state, options=["--delete", "bridges"])
    assert (refused.code, "--yes" in refused.err) == (2, True)
    assert chat(indexed, state, options=["--delete", "bridges", "--yes"]).code == 0
    assert "no talk is saved" in chat(indexed, state, options=["--list"]).err
    assert chat(indexed, state, options=["--delete", "bridges", "--yes"]).code == 2


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--last",), 2, "no talk is saved yet"),
        (("--last", "--session", "x"), 2, "give one of them"),
        (("--session", " "), 1, "cannot name a talk"),
        (("--index", "nowhere"), 1, "ragkit index PATH"),
    ],
)
def test_what_cannot_be_is_told(
    indexed: Shell, state: Path, options: Sequence[str], code: int, message: str
) -> None:
    done = chat(indexed, state, "x", options=options)
    assert done.code == code
    assert message in " ".join(done.err.replace("│", " ").split())
    assert "Traceback" not in done.err


def test_sources_are_numbered_as_the_answer_shows_them_and_open_on_their_page(
    indexed: Shell, state: Path
) -> None:
    done = chat(indexed, state, "/sources", OPENED, "/sources", "/open 1", "/open 9", "/open", "/open x")
    assert "nothing was asked yet" in done.err
    assert "[1] files/bridges.md, page 1\n    The Humber Bridge was opened in 1981." in done.out
    assert "files/bridges.md#page=1" in done.out
    assert "It spans 2220 metres." in done.out.split("files/bridges.md, page 1")[-1]
    assert "1 to 1, not '9'" in done.err
    assert "1 to 1, as in /open 1" in done.err
    assert "(opened)" not in done.out


def test_a_refused_question_is_in_the_history_and_not_in_what_a_model_reads(
    indexed: Shell, state: Path
) -> None:
    done = chat(indexed, state, "zyxwv qponm?", "/history", "/sources", "/open 1")
    assert "The documents do not answer this." in done.out
    assert "1. zyxwv qponm?\n   The documents do not answer this." in done.out
    assert done.err.count("the last answer was made from no passage") == 2


def test_reset_forgets_and_keeps_saved(indexed: Shell, state: Path) -> None:
    options = ["--session", "first"]
    done = chat(indexed, state, OPENED, "/reset", "How long is it?", "/history", "/sessions", options=options)
    assert "the next question begins a new talk; 'first' stays saved" in done.err
    assert "understood as" not in done.err
    assert f"1. {OPENED}" not in done.out
    assert "(this one)" in done.out
    assert len(Sessions(state / "ragkit" / "sessions.sqlite").all()) == 2


def test_an_unknown_command_names_the_known_ones(indexed: Shell, state: Path) -> None:
    done = chat(indexed, state, "/sauces", "/help", "/help me")
    assert "/sauces is no command; there are: /help /sources /open" in done.err
    assert "/help takes nothing after it, not 'me'" in done.err
    for name in ("/help", "/sources", "/open N", "/history", "/reset", "/sessions", "/export FILE", "/quit"):
        assert f"\n{name}" in f"\n{done.out}"


def test_a_talk_is_exported_once_and_as_plain_text(indexed: Shell, state: Path, tmp_path: Path) -> None:
    file = tmp_path / "talk.md"
    done = chat(indexed, state, f"/export {file}", "/export", OPENED, f"/export {file}", f"/export {file}")
    assert "nothing was asked yet" in done.err
    assert "/export takes the file to write" in done.err
    assert "is there already" in done.err
    text = file.read_text(encoding="utf-8")
    assert text.startswith(f"## {OPENED}\n")
    assert "The Humber Bridge was opened in 1981. \\[1\\]" in text
    assert "1. files/bridges.md, page 1: “" in text


def test_a_question_that_is_too_long_is_refused_and_the_talk_goes_on(indexed: Shell, state: Path) -> None:
    done = chat(indexed, state, "why " * 3000, OPENED)
    assert "11,999 characters; at most 8,000" in done.err
    assert "opened in 1981" in done.out
    assert done.code == 1


def test_a_talk_goes_on_when_its_documents_left_the_index(shell: Shell, state: Path) -> None:
    shell.run("index", "files")
    chat(shell, state, OPENED, options=["--session", "bridges"])
    assert shell.run("rm", "bridges.md", "--yes").code == 0
    done = chat(shell, state, "/sources", "/open 1", "How long is it?", options=["--session", "bridges"])
    assert "1 passages of it are gone" in done.err
    assert "no longer in the index as it was; it said: The Humber Bridge" in done.err
    assert "understood as: How long is the Humber Bridge?" in done.err
    assert "Traceback" not in done.err


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
    talk = Talk(chain, sessions, place=config.index)
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
    talk = Talk(config.build(), Sessions(tmp_path / "sessions.sqlite"), place=config.index)
    good, talk.chain._writer = talk.chain._writer, Bereft()
    converse(talk, OPENED, interactive=False)
    assert "error: a document left the index meanwhile ('d41d8c'); ask again" in capsys.readouterr().err
    talk.chain._writer = good
    converse(talk, OPENED, interactive=False)
    assert "opened in 1981" in capsys.readouterr().out
    assert (talk.failed, len(talk.turns)) == (1, 1)


def test_saved_talks_that_cannot_be_read_end_no_talk(indexed: Shell, state: Path) -> None:
    file = state / "ragkit" / "sessions.sqlite"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"this is no database, however long it may be" * 100)
    done = chat(indexed, state, "/sessions", OPENED)
    assert "error: The saved talks at" in done.err
    assert "not saved: The saved talks at" in done.err
    assert "opened in 1981" in done.out
    assert "Traceback" not in done.err


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


def test_what_a_terminal_would_obey_is_spelt_out(indexed: Shell, state: Path) -> None:
    evil = "Humber \x7f\x9b31m\u202eBridge opened?"
    done = chat(indexed, state, evil, options=["--json"])
    assert not set("\x7f\x9b\u202e") & set(done.out)
    assert json.loads(done.out)["question"] == evil
    plain = chat(indexed, state, evil, "/history", "/\x9bx", "/sessions")
    assert not set("\x7f\x9b\u202e") & set(plain.out + plain.err)
