"""A tuning that is killed at any moment goes on with the same command, to the same loss and weights."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("peft", reason="peft is not installed")
pytest.importorskip("trl", reason="trl is not installed")

from tests.unit.tiny_tuning import make_data

_OPTIONS = ["--rank", "4", "--rate", "5e-3", "--accumulate", "2", "--longest", "1500", "--every", "2"]


def command(data: Path, out: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "ragkit", "tune", "sft", "--data", str(data / "pairs"), "--model",
        str(data / "model"), "--epochs", "3", "--threads", "1", *_OPTIONS, "--out", str(out), *more,
    ]  # fmt: skip


def finish(data: Path, out: Path) -> tuple[dict[str, float], bytes]:
    """The results of a run to its end, and its weights."""
    done = subprocess.run(command(data, out), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return record["results"], (out / "adapter/adapter_model.safetensors").read_bytes()


def kill(data: Path, out: Path, chance: random.Random, *, step: int) -> None:
    """Kills a run some moments after it has told of so many steps."""
    child = subprocess.Popen(command(data, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    metrics, deadline = out / "metrics.jsonl", time.monotonic() + 120
    while child.poll() is None and time.monotonic() < deadline:
        if metrics.is_file() and metrics.read_text(encoding="utf-8").count('"loss"') >= step:
            break
        time.sleep(0.01)
    time.sleep(chance.random() * 0.3)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()


@pytest.mark.parametrize("kills", [2, pytest.param(12, marks=pytest.mark.slow)])
def test_killed_it_ends_with_the_same_loss_and_weights(tmp_path: Path, kills: int) -> None:
    data = make_data(tmp_path, count=24)
    results, weights = finish(data, tmp_path / "whole")
    chance = random.Random(kills)
    for number in range(kills):
        kill(data, tmp_path / "killed", chance, step=min(2 + number, int(results["steps"]) - 2))
    again, other = finish(data, tmp_path / "killed")
    assert again["loss"] == pytest.approx(results["loss"], abs=1e-3)
    assert again["steps"] == results["steps"]
    assert other == weights
