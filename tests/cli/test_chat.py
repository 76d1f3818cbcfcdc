"""`ragkit chat` through a pipe: questions, answers and the commands of a talk."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
from conftest import Shell
from talks import OPENED, chat

from ragkit.cli.talk import ChatErrorShape, ChatLine, ChatShape


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
    for line in (first, second, third):
        jsonschema.validate(line, ChatLine.model_json_schema(mode="serialization"))
    assert first["session"] == third["session"] != ""
    assert (third["question"], third["understood"]) == ("How long is it?", "How long is the Humber Bridge?")
    assert "where to look" in second["error"]
    assert "bridges.md" in done.err  # what commands print is not among the lines


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


def test_an_unknown_command_names_the_known_ones(indexed: Shell, state: Path) -> None:
    done = chat(indexed, state, "/sauces", "/help", "/help me")
    assert "/sauces is no command; there are: /help /sources /open" in done.err
    assert "/help takes nothing after it, not 'me'" in done.err
    for name in (
        "/help",
        "/sources",
        "/open N",
        "/adapter NAME",
        "/history",
        "/reset",
        "/sessions",
        "/export FILE",
        "/quit",
    ):
        assert f"\n{name}" in f"\n{done.out}"


def test_a_question_that_is_too_long_is_refused_and_the_talk_goes_on(indexed: Shell, state: Path) -> None:
    done = chat(indexed, state, "why " * 3000, OPENED)
    assert "11,999 characters; at most 8,000" in done.err
    assert "opened in 1981" in done.out
    assert done.code == 1


def test_what_a_terminal_would_obey_is_spelt_out(indexed: Shell, state: Path) -> None:
    evil = "Humber \x7f\x9b31m\u202eBridge opened?"
    done = chat(indexed, state, evil, options=["--json"])
    assert not set("\x7f\x9b\u202e") & set(done.out)
    assert json.loads(done.out)["question"] == evil
    plain = chat(indexed, state, evil, "/history", "/\x9bx", "/sessions")
    assert not set("\x7f\x9b\u202e") & set(plain.out + plain.err)
