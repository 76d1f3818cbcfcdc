"""Runs one phase of one peer in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

from benchmarks.peers.environments import HERE, python_of
from benchmarks.peers.protocol import MARK

Value = float | str
_ALONE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
}
_UNWANTED = (
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
)  # without bytecode imports take two to three times as long


class PeerFailed(Exception):
    """A peer's process ended without figures."""


def environment() -> dict[str, str]:
    """Offline, without telemetry, with bytecode; threads as each framework sets them itself."""
    return {name: value for name, value in os.environ.items() if name not in _UNWANTED} | _ALONE


def run_phase(tool: str, phase: str, spec: Mapping[str, object]) -> dict[str, Value]:
    """The figures of one phase. Raises `PeerFailed` with the last line of what went wrong."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(spec, file)
        file.flush()
        command = [python_of(tool), str(HERE / f"{tool}_peer.py"), phase, file.name]
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not lines:
        raise PeerFailed(_last_line(done.stderr) or f"exit status {done.returncode}")
    figures: dict[str, Value] = json.loads(lines[-1].removeprefix(MARK))
    return figures


def first_answer_seconds(tool: str, spec: Mapping[str, object], question: str) -> float:
    """From the start of a process to the first line of its answer, which names passages."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(spec, file)
        file.flush()
        command = [python_of(tool), str(HERE / f"{tool}_peer.py"), "reopen", file.name]
        if tool == "ragkit":
            command = _search_command(Path(str(spec["folder"])), question)
        return _seconds_to_answer(command)


def _search_command(folder: Path, question: str) -> list[str]:
    ragkit = str(Path(sys.executable).with_name("ragkit"))
    places = ["--index", str(folder / "index"), "--config", str(folder / "chain.yaml")]
    return [ragkit, "--offline", "search", question, *places, "-n", "10", "--json"]


def _seconds_to_answer(command: list[str]) -> float:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        started = perf_counter()
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment()
        ) as process:
            assert process.stdout is not None
            answered = next((perf_counter() for line in process.stdout if line.startswith((MARK, "{"))), None)
            process.stdout.read()
        if answered is None or process.returncode:
            errors.seek(0)
            raise PeerFailed(_last_line(errors.read()) or f"exit status {process.returncode}")
    return answered - started


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
