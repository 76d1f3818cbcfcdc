"""`ragkit tune verifier` by its command."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import Shell

from tests.unit.tiny_encoder import make_data, make_encoder

pytestmark = pytest.mark.skipif(not find_spec("torch"), reason="torch is not installed")


def test_a_verifier_is_trained_told_written_and_used(shell: Shell, tmp_path: Path) -> None:
    words = ["--english", "40", "--chinese", "40", "--batch", "8", "--out", "v"]
    start = ["--data", str(make_data(tmp_path / "data")), "--start", str(make_encoder(tmp_path / "start"))]
    done = shell.run("tune", "verifier", *words, *start)
    assert done.code == 0, done.err
    for told in ("train: halueval-qa", "memory: about", "steps are left", "pairs/s", "MB"):
        assert told in done.err
    learnt = next(line for line in done.err.splitlines() if line.startswith("train: "))
    assert "wice-dev" not in learnt and "begin-dev" not in learnt  # they are what it is weighed on
    assert "spaced: weights of" in done.out
    assert "written: v/model" in done.out
    again = shell.run("tune", "verifier", *words, *start)
    assert (again.code, again.out) == (0, done.out)
    other = shell.run("tune", "verifier", *words, *start, "--seed", "1")
    assert other.code == 1
    assert "another training" in " ".join(other.err.split()) or "other data or settings" in other.err

    answers = shell.folder / "answers.jsonl"
    answers.write_text('{"answer": "Bees fly.", "contexts": ["Bees make honey and fly far."]}\n')
    (shell.folder / "mine.yaml").write_text("verifier: {type: trained, model: v/model}\n")
    checked = shell.run("eval", "faithfulness", "answers.jsonl", "--chain", "mine.yaml")
    assert checked.code == 0, checked.err


def test_data_that_is_not_there_is_named(shell: Shell) -> None:
    done = shell.run("tune", "verifier", "--data", "nowhere")
    assert done.code == 1
    assert "nowhere/faithfulness" in done.err
    assert "--data names the folder" in " ".join(done.err.split())
