"""Output as it is: odd names, early readers, offline runs, encrypted files."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CHINESE, Shell, make_shell
from corpus import write_old

from ragkit.cli.app import _offline_by_environment
from ragkit.models import is_offline

ODD = ("files/x[/red] y.txt", "files/报告 (1) [bold].txt", "files/x[", "files/back\\")
ENCRYPTED = Path(__file__).parents[1] / "fixtures/pdf-odd/r6-user-password.pdf"


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """An index of files whose names look like markup."""
    shell = make_shell(tmp_path_factory.mktemp("odd"))
    for number, name in enumerate(ODD):
        path = shell.folder / (name if name.endswith(".txt") else f"{name}/red] z{number}.txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_old(path, f"The zebra number {number} grazes here.")
    assert shell.run("index", "files").code == 0
    return shell


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("search", "zebra", "--explain", "--limit", "4"),
        ("ask", "Which zebra grazes here?", "--explain"),
    ],
    ids=lambda words: words[0],
)
def test_paths_that_look_like_markup_are_printed_as_they_are(odd: Shell, words: tuple[str, ...]) -> None:
    done = odd.run(*words)
    assert (done.code, done.err) == (0, "")
    for name in ODD:
        assert done.out.count(name) >= (1 if words == ("list",) else 2 if words[0] == "search" else 1)


def test_show_and_its_errors_print_such_paths_too(odd: Shell) -> None:
    assert "paths  files/x[/red] y.txt" in odd.run("show", "x[/red] y.txt").out
    missing = odd.run("show", "[/red]")
    assert (missing.code, "'[/red]'" in missing.err) == (2, True)


def test_show_prints_one_page_or_the_passages_as_json(indexed: Shell) -> None:
    page = indexed.run("show", "rivers.md", "--page", "1", "--json").json["page"]
    assert (page["index"], page["text"]) == (0, CHINESE)
    chunks = indexed.run("show", "rivers.md", "--chunks", "--json").json["chunks"]
    assert all(CHINESE[chunk["start"] : chunk["end"]] == chunk["text"] for chunk in chunks)
    assert "".join(chunk["text"] for chunk in chunks) == CHINESE


def test_validate_says_in_json_what_is_wrong(shell: Shell) -> None:
    assert shell.run("config", "validate", "--json").json == {"valid": True, "problems": []}
    (shell.folder / "bad.yaml").write_text("limit: 1\nlimit: 2\nembedder: {type: onnx, model: nope}\nx: 1\n")
    done = shell.run("config", "validate", "bad.yaml", "--json")
    assert (done.code, done.err, done.json["valid"]) == (1, "", False)
    assert len(done.json["problems"]) == 3
    missing = shell.run("config", "validate", "none.yaml", "--json")
    assert (missing.code, len(missing.json["problems"])) == (1, 1)


def test_verify_says_in_json_which_models_are_whole(indexed: Shell) -> None:
    done = indexed.run("models", "verify", "--json")
    assert (done.code, done.json["ok"]) == (0, all(file["ok"] for file in done.json["files"]))


@pytest.mark.parametrize("setting", ["", " ", "0", "no", "OFF", "1", "2", " yes ", "anything"])
def test_the_command_line_and_the_models_agree_on_offline(
    monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv("RAGKIT_OFFLINE", setting)
    code = (
        "from ragkit.cli.app import options; options(); "
        "from ragkit.models.offline import _MARK; import socket; "
        "print('guarded' if hasattr(socket.socket.connect, _MARK) else 'free')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ("guarded" in done.stdout) == (setting.strip() in {"1", "2", "yes", "anything"})
    assert _offline_by_environment() or setting.strip().lower() in {"", "0", "no", "off"}
    assert is_offline() or not _offline_by_environment()


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("search", "zebra"),
        ("search", "zebra", "--json"),
        ("ask", "Which zebra grazes here?"),
        ("stats",),
        ("config", "schema"),
        ("models", "list"),
        ("--version",),
    ],
    ids=" ".join,
)
def test_a_reader_that_stops_early_is_no_error(odd: Shell, words: tuple[str, ...]) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    done = run_into(theirs, odd, *words)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_error_stays_one_when_nobody_reads(odd: Shell) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    done = run_into(theirs, odd, "search", "zebra", "--index", "none")
    assert (done.returncode, done.stderr.startswith("error: ")) == (1, True)


def run_into(stdout: int, shell: Shell, *words: str) -> subprocess.CompletedProcess[str]:
    """`ragkit` that writes to this descriptor, which is closed then."""
    try:
        return subprocess.run(
            [sys.executable, "-m", "ragkit", *words],
            cwd=shell.folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(stdout)


def test_the_boxes_of_an_encrypted_file_need_its_password(shell: Shell) -> None:
    (shell.folder / "files/secret.pdf").write_bytes(ENCRYPTED.read_bytes())
    assert shell.run("index", "files/secret.pdf", "--password", "asdfzxcv").code == 0
    question = ("ask", "encryption test", "--json")
    assert boxes(shell, *question) == []
    assert boxes(shell, *question, "--password", "asdfzxcv")


def boxes(shell: Shell, *words: str) -> list[object]:
    sentences = shell.run(*words).json["sentences"]
    assert sentences
    return [box for s in sentences for citation in s["citations"] for box in citation["boxes"]]


@pytest.mark.parametrize("columns", [60, 200])
def test_a_terminal_gets_messages_broken_between_words(odd: Shell, columns: int) -> None:
    piped = odd.run("ask", "Which zebra?", "--preset", "qqqq").err
    assert piped.count("\n") == 1
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "ragkit", "ask", "Which zebra?", "--preset", "qqqq"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": str(columns)}
    subprocess.run(command, cwd=odd.folder, env=environment, stderr=theirs, check=False)
    os.close(theirs)
    lines = os.read(ours, 65536).decode().splitlines()
    os.close(ours)
    assert (len(lines) == 1) == (len(piped) <= columns + 1)
    assert max(map(len, lines)) <= columns
    assert " ".join(lines) == piped.strip()


def test_eval_counts_questions_on_a_terminal_only(indexed: Shell, tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    line = '{"id": "1", "language": "zh", "question": "长江", "answers": [], "evidence": []}\n'
    golden.write_text(line, encoding="utf-8")
    assert indexed.run("eval", "--golden", str(golden), "--save", "a.json").err == "stored: a.json\n"
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "ragkit", "eval", "--golden", str(golden), "--json"]
    environment = {**os.environ, "TERM": "xterm"}
    subprocess.run(
        command, cwd=indexed.folder, env=environment, stdout=subprocess.DEVNULL, stderr=theirs, check=True
    )
    os.close(theirs)
    assert b"asking" in os.read(ours, 65536)
    os.close(ours)
