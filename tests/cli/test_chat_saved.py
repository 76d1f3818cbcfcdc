"""Talks of `ragkit chat` that are saved: gone on with, listed, exported and deleted."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from conftest import Shell
from talks import OPENED, chat

from ragkit.cli.shapes import TalksShape
from ragkit.sessions import Sessions


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


def test_reset_forgets_and_keeps_saved(indexed: Shell, state: Path) -> None:
    options = ["--session", "first"]
    done = chat(indexed, state, OPENED, "/reset", "How long is it?", "/history", "/sessions", options=options)
    assert "the next question begins a new talk; 'first' stays saved" in done.err
    assert "understood as" not in done.err
    assert f"1. {OPENED}" not in done.out
    assert "(this one)" in done.out
    assert len(Sessions(state / "ragkit" / "sessions.sqlite").all()) == 2


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


def test_a_talk_goes_on_when_its_documents_left_the_index(shell: Shell, state: Path) -> None:
    shell.run("index", "files")
    chat(shell, state, OPENED, options=["--session", "bridges"])
    assert shell.run("rm", "bridges.md", "--yes").code == 0
    done = chat(shell, state, "/sources", "/open 1", "How long is it?", options=["--session", "bridges"])
    assert "1 passages of it are gone" in done.err
    assert "no longer in the index as it was; it said: The Humber Bridge" in done.err
    assert "understood as: How long is the Humber Bridge?" in done.err
    assert "Traceback" not in done.err


def test_saved_talks_that_cannot_be_read_end_no_talk(indexed: Shell, state: Path) -> None:
    file = state / "ragkit" / "sessions.sqlite"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"this is no database, however long it may be" * 100)
    done = chat(indexed, state, "/sessions", OPENED)
    assert "error: The saved talks at" in done.err
    assert "not saved: The saved talks at" in done.err
    assert "opened in 1981" in done.out
    assert "Traceback" not in done.err


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


def test_the_list_of_talks_is_json_too(indexed: Shell, state: Path) -> None:
    assert chat(indexed, state, options=["--list", "--json"]).json == {"sessions": []}
    chat(indexed, state, OPENED, options=["--session", "bridges"])
    done = chat(indexed, state, options=["--list", "--json"])
    jsonschema.validate(done.json, TalksShape.model_json_schema(mode="serialization"))
    (talk,) = done.json["sessions"]
    assert (talk["session"], talk["turns"], talk["index"]) == ("bridges", 1, "indexes/default")
    assert abs(datetime.fromisoformat(talk["used"]) - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_talk_that_is_not_there_is_wrong_usage_and_the_others_are_named(
    indexed: Shell, state: Path
) -> None:
    none = chat(indexed, state, options=["--delete", "brigdes", "--yes"])
    assert (none.code, none.out) == (2, "")
    assert "no talk is saved" in none.err
    for name in ("bridges", "rivers"):
        chat(indexed, state, OPENED, options=["--session", name])
    done = chat(indexed, state, options=["--delete", "brigdes", "--yes"])
    assert (done.code, done.out) == (2, "")
    said = " ".join(done.err.replace("│", " ").split())
    assert "no saved talk is called 'brigdes'. Did you mean 'bridges'? Saved: rivers, bridges" in said
