"""`ragkit` as a process of its own, on a corpus of three small files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from corpus import write_old

CHAIN = """
embedder: {type: hashing}
retriever: {type: bm25}
"""
ENGLISH = "# Bridges\n\nThe Humber Bridge was opened in 1981. It spans 2220 metres.\n"
CHINESE = "# 河流\n\n长江全长约六千三百公里。黄河发源于青海省。\n"
LONG_NAME = "a-very-long-folder-name-that-no-terminal-shows-whole/" * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Runs `ragkit` in a folder whose ragkit.yaml needs no model."""

    folder: Path

    def run(self, *words: str, **environment: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "ragkit", *words],
            cwd=self.folder,
            env={**os.environ, "COLUMNS": "60", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def make_shell(folder: Path) -> Shell:
    (folder / "files" / LONG_NAME).mkdir(parents=True)
    (folder / "ragkit.yaml").write_text(CHAIN, encoding="utf-8")
    write_old(folder / "files/bridges.md", ENGLISH)
    write_old(folder / "files/rivers.md", CHINESE)
    write_old(folder / "files" / LONG_NAME / "emoji.txt", "Set :smile: to [bold]on[/bold] :warning: now.")
    return Shell(folder=folder)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder of files without an index."""
    return make_shell(tmp_path)


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder with an index that no test changes."""
    made = make_shell(tmp_path_factory.mktemp("shell"))
    assert made.run("index", "files").code == 0
    return made


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where `ragkit` keeps what it remembers."""
    return tmp_path / "state"
