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

from ragkit.tuning.llm.making import make_sft
from ragkit.tuning.runs.progress import Told
from tests.unit.tiny_tuning import make_data, make_order

SILENT = Told(lambda line: None, lambda progress: None)
_CHANGES = {"every": 2, "epochs": 3.0}
_CHILD = """
import sys
from pathlib import Path
from ragkit.tuning.llm.making import make_sft
from ragkit.tuning.runs.progress import Told
from tests.unit.tiny_tuning import make_order
order = make_order(Path(sys.argv[1]), Path(sys.argv[2]), every=2, epochs=3.0)
make_sft(order, Told(lambda line: None, lambda progress: None))
"""


def kill(data: Path, out: Path, chance: random.Random, *, step: int) -> None:
    """Kills a run some moments after it has told of so many steps."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(data), str(out)], cwd=Path(__file__).parents[2]
    )
    metrics, deadline = out / "metrics.jsonl", time.monotonic() + 120
    while child.poll() is None and time.monotonic() < deadline:
        if metrics.is_file() and metrics.read_text(encoding="utf-8").count('"loss"') >= step:
            break
        time.sleep(0.01)
    time.sleep(chance.random() * 0.2)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()


@pytest.mark.parametrize("kills", [1, pytest.param(12, marks=pytest.mark.slow)])
def test_killed_it_ends_with_the_same_loss_and_weights(tmp_path: Path, kills: int) -> None:
    data = make_data(tmp_path, count=24)
    whole = make_sft(make_order(data, tmp_path / "whole", **_CHANGES), SILENT).results
    chance = random.Random(kills)
    for number in range(kills):
        kill(data, tmp_path / "killed", chance, step=min(3 + number, int(whole["steps"]) - 2))
    assert json.loads((tmp_path / "killed/run.json").read_text())["status"] == "begun"
    again = make_sft(make_order(data, tmp_path / "killed", **_CHANGES), SILENT).results
    assert again["loss"] == pytest.approx(whole["loss"], abs=1e-3)
    assert again["steps"] == whole["steps"]
    ours, theirs = (tmp_path / name / "adapter/adapter_model.safetensors" for name in ("killed", "whole"))
    assert ours.read_bytes() == theirs.read_bytes()
