"""`ragkit data` that is interrupted, killed or out of disk leaves everything as it was."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

COMMANDS = ("clean", "filter", "dedup")


def write(folder: Path, texts: int) -> None:
    lines = (
        json.dumps({"text": f"text {n} of many, with words {n * n} and more of them {n}"})
        for n in range(texts)
    )
    (folder / "in.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (folder / "out.jsonl").write_text("precious\n", encoding="utf-8")


def start(folder: Path, command: str, limit: int | None = None) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "ragkit", "data", command, "in.jsonl", "--out", "out.jsonl", "--force"]
    if command == "filter":
        words += [
            "--off",
            "words",
            "--off",
            "sentences",
            "--off",
            "stopwords",
            "--off",
            "digits",
            "--off",
            "alphabetic",
        ]
    limited = (
        partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit)) if limit is not None else None
    )
    return subprocess.Popen(
        words,
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limited,  # noqa: PLW1509  # no threads here
    )


def wait_for_a_new_file(folder: Path, child: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not list(folder.glob(".out.jsonl.*.new")):
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_keeps_what_was_there_and_leaves_nothing(tmp_path: Path, command: str) -> None:
    write(tmp_path, 60_000)
    child = start(tmp_path, command)
    wait_for_a_new_file(tmp_path, child)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 130, errors
    assert "nothing that was there is changed" in errors
    assert "Traceback" not in errors
    assert (tmp_path / "out.jsonl").read_text("utf-8") == "precious\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_a_kill_keeps_what_was_there_and_the_next_run_writes(tmp_path: Path) -> None:
    write(tmp_path, 60_000)
    child = start(tmp_path, "dedup")
    wait_for_a_new_file(tmp_path, child)
    child.kill()
    child.communicate(timeout=60)
    assert (tmp_path / "out.jsonl").read_text("utf-8") == "precious\n"
    again = start(tmp_path, "dedup")
    again.communicate(timeout=120)
    assert again.returncode == 0
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) > 1000


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_one_clear_line(tmp_path: Path, command: str) -> None:
    write(tmp_path, 3_000)
    child = start(tmp_path, command, limit=20_000)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 1, errors
    assert "error: " in errors
    assert "cannot be written" in errors
    assert "Traceback" not in errors
    assert (tmp_path / "out.jsonl").read_text("utf-8") == "precious\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]
