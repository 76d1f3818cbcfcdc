"""Errors that name the words which would have been right."""

from __future__ import annotations

import shlex

import pytest
from conftest import Done, Shell

ASK = ("ask", "When was the Humber Bridge opened?")


def said(done: Done) -> str:
    """What stands on stderr, in one line and without the box around it."""
    return " ".join(done.err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ((*ASK, "--offline"), "--offline ask ..."),
        (("list", "--version"), "--version list ..."),
        (("config", "show", "--offline"), "--offline config show ..."),
    ],
)
def test_an_option_of_the_whole_program_is_said_to_stand_first(
    indexed: Shell, words: tuple[str, ...], right: str
) -> None:
    done = indexed.run(*words)
    assert (done.code, done.out) == (2, "")
    assert "it stands before the command: " in said(done)
    assert right in said(done)


def test_another_unknown_option_is_as_ever(indexed: Shell) -> None:
    done = indexed.run(*ASK, "--ofline")
    assert (done.code, "No such option: --ofline" in said(done)) == (2, True)


def test_an_unknown_preset_names_the_nearest_and_all(indexed: Shell) -> None:
    done = indexed.run(*ASK, "--preset", "mulitlingual")
    assert (done.code, done.out) == (1, "")
    assert "Did you mean the preset 'multilingual'?" in said(done)
    assert "accurate, default, " in said(done)
    assert "Did you mean" not in said(indexed.run(*ASK, "--config", "qqq.yaml"))


def test_an_index_of_other_settings_is_mended_by_the_named_command(shell: Shell) -> None:
    other = "embedder: {type: hashing, dimension: 32}\nretriever: {type: bm25}\n"
    (shell.folder / "other.yaml").write_text(other)
    assert shell.run("index", "files").code == 0
    words = (*ASK, "--config", "other.yaml")
    done = shell.run(*words)
    assert (done.code, done.out) == (1, "")
    assert "as it was built: the same command with --preset lexical\n" in done.err
    assert shell.run(*ASK, "--preset", "lexical").code == 0
    (command,) = (line for line in done.err.splitlines() if "built anew: " in line)
    mended = shell.run(*shlex.split(command.partition("built anew: ")[2])[1:])
    assert mended.code == 0
    assert shell.run(*words).code == 0
    assert len(shell.run("list", "--json").json["documents"]) == 3


def test_the_preset_that_an_index_was_built_with_is_named(shell: Shell) -> None:
    assert shell.run("index", "files", "--preset", "default").code == 0
    done = shell.run(*ASK, "--preset", "zh")
    assert (done.code, done.out) == (1, "")
    assert "the same command with --preset default\n" in done.err
    assert "--rebuild --index indexes/default --config zh" in done.err
