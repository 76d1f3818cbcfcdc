"""Memory that indexing takes, for one and for four times as many files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.corpus import nq, scratch
from benchmarks.data import write_texts
from benchmarks.figures import Figure

TARGET = 1.10
TIMES = 4


def measure() -> list[Figure]:
    """Peak resident memory of a process that indexes, the worker processes for PDFs not counted.

    "Derived indexes aside" means that FAISS and Tantivy are left to catch up after the peak is read: both
    are caches of the store, and their size is known. The embedder is the hashing one, whose memory is
    constant and small, so that growth is not hidden behind a model.
    """
    folders = {times: _corpus(times) for times in (1, TIMES)}
    store = {times: _peak(folder, "store") for times, folder in folders.items()}
    whole = {times: _peak(folder, "whole") for times, folder in folders.items()}
    return [
        Figure(
            name=f"peak memory, {TIMES}x corpus / 1x, derived indexes aside",
            value=store[TIMES] / store[1],
            target=TARGET,
            note=_note(store),
        ),
        Figure(
            name=f"peak memory, {TIMES}x corpus / 1x, everything",
            value=whole[TIMES] / whole[1],
            note=_note(whole),
        ),
    ]


def _corpus(times: int) -> Path:
    texts = [
        (f"{copy}-{name}", f"Copy {copy} of {name}. {text}")
        for copy in range(times)
        for name, text in nq().documents.items()
    ]
    return write_texts(scratch() / f"memory-{times}", texts)


def _peak(folder: Path, mode: str) -> float:
    """Megabytes; measured in a process of its own."""
    index = scratch() / f"{folder.name}-{mode}"
    command = [sys.executable, "-m", "benchmarks.memory_child", str(folder), str(index), mode]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1])["peak_mb"])


def _note(peaks: dict[int, float]) -> str:
    files = len(nq().documents)
    return ", ".join(f"{times * files} files: {peak:.0f} MB" for times, peak in peaks.items())
