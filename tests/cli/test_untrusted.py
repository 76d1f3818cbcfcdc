"""Documents that attack, on the real command line: nothing of theirs is obeyed by a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Shell, make_shell
from corpus import write_old

from ragkit.cli.escaping import visible, visible_json

ATTACKS = Path(__file__).parents[1] / "security/injection/documents"
NAMES = (
    "49-terminal-en.txt",
    "50-terminal-en.md",
    "35-bidi-zh.txt",
    "53-markup-en.txt",
    "05-exfil-link-en.md",
)
EVIL_NAME = "files/x\x1b]0;owned\x07\u202etxt.txt"
TITLED = "<title>\x9b31m\u202eTitle\u202c</title><h1>Zebra</h1><p>The zebra grazes \u2066here\u2069.</p>"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
OURS = re.compile(r"\x1b\[[\d;]*m|\r(?=\n)")  # colours of rich
COMMANDS = [
    ("list",),
    ("show", "35-bidi-zh.txt", "--page", "1"),
    ("show", "35-bidi-zh.txt", "--chunks"),
    ("show", "zebra.html"),
    ("search", "青溪大桥是哪一天正式通车的？", "--explain"),
    ("ask", "Which version of Python does Larkspur need?"),
    ("ask", "青溪大桥是哪一天正式通车的？"),
]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    shell = make_shell(tmp_path_factory.mktemp("attacked"))
    for name in NAMES:
        (shell.folder / "files" / name).write_bytes((ATTACKS / name).read_bytes())
    write_old(shell.folder / EVIL_NAME, "The zebra with a name grazes here.")
    write_old(shell.folder / "files/zebra.html", TITLED)
    done = shell.run("index", "files")
    assert done.code == 0
    assert not OBEYED.search(done.out + done.err)
    return shell


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_nothing_that_a_terminal_obeys_is_printed(attacked: Shell, words: tuple[str, ...]) -> None:
    done = attacked.run(*words)
    assert done.code == 0
    assert OBEYED.findall(done.out + done.err) == []


@pytest.mark.parametrize("words", COMMANDS[2:5], ids=" ".join)
def test_json_holds_them_as_escapes(attacked: Shell, words: tuple[str, ...]) -> None:
    as_json = attacked.run(*words, "--json")
    assert OBEYED.findall(as_json.out) == []
    assert json.loads(as_json.out)


def test_the_name_of_a_file_is_shown_spelt_out(attacked: Shell) -> None:
    assert r"x\e]0;owned\u202etxt.txt" in attacked.run("list").out.replace("\n", "")
    sources = [d["sources"][0] for d in attacked.run("list", "--json").json["documents"]]
    assert "files/x\x1b]0;owned\x07\u202etxt.txt" in sources


@pytest.mark.parametrize("words", [("list",), ("ask", "Which zebra grazes here?")])
def test_a_real_terminal_gets_our_colours_only(attacked: Shell, words: tuple[str, ...]) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "ragkit", *words]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"}
    subprocess.run(command, cwd=attacked.folder, env=environment, stdout=theirs, check=True)
    os.close(theirs)
    printed = os.read(ours, 65536).decode()
    os.close(ours)
    assert "zebra" in printed
    assert "\x1b]8;" not in printed
    assert OBEYED.findall(OURS.sub("", printed)) == []


def test_an_answer_holds_no_order_and_says_what_was_left_out(attacked: Shell) -> None:
    done = attacked.run("ask", "How many days of paid leave do employees receive?")
    assert "27 days of paid leave" in done.out
    assert "attacker.example" not in done.out
    assert "05-exfil-link-en.md: 1 sentence that addresses the assistant was left out" in done.err


def test_orders_are_read_where_the_configuration_says_so(attacked: Shell) -> None:
    settings = (attacked.folder / "ragkit.yaml").read_text(encoding="utf-8")
    (attacked.folder / "keep.yaml").write_text(settings + "orders: keep\n", encoding="utf-8")
    done = attacked.run("ask", "How many days of paid leave do employees receive?", "--config", "keep.yaml")
    assert "left out" not in done.err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", r"a\e[31mb"),
        ("a\x9bb\x7f", r"a\x9bb\x7f"),
        ("a\u202eb\u2066", r"a\u202eb\u2066"),
        ("a\r\nb\tc\n", "a\nb\tc\n"),
        ("👨\u200d👩 \u200fעברית 天气", "👨\u200d👩 \u200fעברית 天气"),
    ],
)
def test_what_is_obeyed_is_spelt_out_and_the_rest_stays(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert json.loads(visible_json(json.dumps(text, ensure_ascii=False))) == text
