"""Whether `ragkit tune embedder`, `reranker` and `verifier` take the memory that they told before."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

from benchmarks.data import data_folder
from benchmarks.figures import Figure

TARGET = 0.15
_LONG = 180.0  # seconds, after which as much is in memory as will be
_TOLD = re.compile(r"memory: about ([0-9.]+) GB")
_MINILM = "all-MiniLM-L6-v2"
_DONE = "measuring on documents kept aside"


@dataclass(frozen=True, slots=True)
class Run:
    """A command behind `ragkit tune`; `data` is a retrieval set, or all."""

    name: str
    data: str
    options: str


# The constants of `estimate/encoders.py` and `*/fitting.py` in ragkit/tuning were fitted on these.
DEVELOPMENT = (
    Run("embedder, bge-small", "xquad-en", "embedder --questions 100"),
    Run("embedder, MiniLM", "xquad-en", f"embedder --questions 60 --batch 8 --model {_MINILM}"),
    Run(
        "reranker, MiniLM", "xquad-en", f"reranker --questions 100 --batch 8 --longest 256 --model {_MINILM}"
    ),
    Run("verifier", "", "verifier --english 600 --chinese 600"),
)

# Nothing was fitted on these.
KEPT = (
    Run("embedder, bge-small", "squad2-en", "embedder --questions 60 --batch 8 --negatives 3 --longest 160"),
    Run(
        "embedder, MiniLM", "squad2-en", f"embedder --questions 96 --batch 24 --longest 128 --model {_MINILM}"
    ),
    Run("reranker, ms-marco", "squad2-en", "reranker --questions 60 --longest 160"),
    Run("verifier, small batch", "", "verifier --english 2000 --chinese 2000 --batch 16"),
)


def measure() -> list[Figure]:
    """How far what was told is from the highest memory of the process, as a share, on runs kept aside."""
    return [_figure(run) for run in KEPT]


def fit() -> list[Figure]:
    """The same of the runs that constants were fitted on."""
    return [_figure(run) for run in DEVELOPMENT]


def _figure(run: Run) -> Figure:
    told, peak = _measured(run)
    return Figure(
        name=f"{run.name}: distance of what was told",
        value=abs(told / peak - 1.0),
        target=TARGET,
        note=f"told {told:.1f} GB, measured {peak:.2f} GB",
    )


def _measured(run: Run) -> tuple[float, float]:
    """GB of 1e9 bytes: what the command told, and its highest resident memory until it has learnt."""
    kind, *options = run.options.split()
    data = data_folder()
    named = [str(data / "retrieval" / run.data)] if run.data else ["--data", str(data)]
    with TemporaryDirectory() as folder:
        command = [
            sys.executable, "-m", "ragkit", "--offline", "tune", kind, *named, *options,
            "--threads", "1", "--out", str(Path(folder) / "run"),
        ]  # fmt: skip
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert child.stderr is not None
        stop = Timer(_LONG, os.kill, [child.pid, signal.SIGKILL])
        told = 0.0
        for line in child.stderr:
            if found := _TOLD.search(line):
                told = float(found[1])
            if line.startswith("step 1 "):
                stop.start()
            if _DONE in line:
                os.kill(child.pid, signal.SIGKILL)
        stop.cancel()
        _, status, used = os.wait4(child.pid, 0)
    if not told or os.waitstatus_to_exitcode(status) not in (0, -signal.SIGKILL):
        raise RuntimeError(f"ragkit tune {run.options} ended with {status}, and told {told} GB")
    return told, used.ru_maxrss * 1024 / 1e9
