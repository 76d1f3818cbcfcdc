"""Starting the command line, against only importing typer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure
from benchmarks.timing import median_ratio, quick_seconds

TARGET = 3.0
ROUNDS = 9


def measure() -> list[Figure]:
    """Whole processes in turns, their bytecode cached."""
    ragkit = Path(sys.executable).with_name("ragkit")
    if not ragkit.exists():
        raise FileNotFoundError(f"{ragkit} is not there: install ragkit into this Python (pip install -e .)")
    commands = ([sys.executable, "-c", "import typer"], [str(ragkit), "--help"])
    bare: list[float] = []
    ours: list[float] = []
    for _ in range(ROUNDS + 1):
        for command, times in zip(commands, (bare, ours), strict=True):
            times.append(_process_seconds(command))
    bare, ours = bare[1:], ours[1:]  # the first may compile
    note = f"{1000 * median(ours):.0f} ms, typer {1000 * median(bare):.0f} ms (medians of {ROUNDS})"
    value = median_ratio(ours, bare)
    return [Figure(name="ragkit --help / import typer", value=value, target=TARGET, note=note)]


def _process_seconds(command: list[str]) -> float:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)

    return quick_seconds(run)
