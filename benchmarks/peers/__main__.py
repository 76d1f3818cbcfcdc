"""`python -m benchmarks.peers`: the same work by every framework in turn; a table, and targets."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.data import DataMissing
from benchmarks.figures import show
from benchmarks.log import append
from benchmarks.peers.environments import python_of, versions_of
from benchmarks.peers.processes import PeerFailed, Value, first_answer_seconds, run_phase
from benchmarks.peers.targets import ROWS, figures
from benchmarks.peers.workload import Size, write_workload
from ragkit.models.resolve import resolve

TASKS = ("index", "query", "add", "reopen", "pdf", "large")
PEERS = {
    "bare": [("bare model", "")],
    "haystack": [("haystack", "")],
    "llamaindex": [("llamaindex", "")],
    "langchain": [("langchain", "")],
    "txtai": [("txtai", "")],
    "ragkit": [("ragkit", "minilm"), ("ragkit, default chain", "default")],
}
"""For each tool the rows it gives, and the variant of its script that gives each."""

_WIDTH = 150  # of the table, also where the output is no terminal
_CORPUS_TASKS = ("index", "query", "add", "reopen")
_ABLE = {"bare": ("index", "query"), "default": TASKS[:-1]}
"""What some can do; with given vectors the default chain is the other one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the chosen peers; 1 if a target was missed, 2 if the data is not there."""
    chosen = _parser().parse_args(arguments)
    if chosen.data:
        os.environ["RAGKIT_DATA"] = chosen.data
    for tool in chosen.peers:
        python_of(tool)
    size = Size(passages=chosen.passages, questions=chosen.queries, large=chosen.large)
    results: dict[str, dict[str, Value]] = {}
    versions = {row: versions_of(tool) for tool in chosen.peers for row, _ in PEERS[tool]}
    with tempfile.TemporaryDirectory(prefix="ragkit-peers-") as scratch:
        try:
            spec = write_workload(Path(scratch), size, chosen.tasks)
        except DataMissing as error:
            print(error, file=sys.stderr)
            return 2
        spec["model"] = str(resolve("all-MiniLM-L6-v2").path)
        for tool in chosen.peers:
            for row, variant in PEERS[tool]:
                print(f"{row} ...", file=sys.stderr, flush=True)
                folder = Path(scratch) / row.replace(" ", "-")
                wanted = spec | {"variant": variant, "starts": chosen.starts}
                results[row] = _measure(tool, folder, wanted, chosen.tasks)
    reached = figures(results, versions)
    _show_table(
        results,
        f"{size.passages} passages, {size.questions} questions, large {size.large}; {os.cpu_count()} cores",
    )
    show("peers", reached)
    if chosen.log:
        command = " ".join(
            ["python -m benchmarks.peers", *(sys.argv[1:] if arguments is None else arguments)]
        )
        append(command, {"peers": reached})
    return int(any(figure.met is False for figure in reached))


def _measure(tool: str, folder: Path, spec: dict[str, Any], tasks: Sequence[str]) -> dict[str, Value]:
    """All figures of one row; a phase that fails leaves its last line instead."""
    able = [task for task in tasks if task in _ABLE.get(spec["variant"] or tool, TASKS)]
    found: dict[str, Value] = {}
    failures = []
    for phase, needed in (
        ("corpus", _CORPUS_TASKS),
        ("reopen", ("reopen",)),
        ("pdf", ("pdf",)),
        ("large", ("large",)),
    ):
        if not set(needed) & set(able):
            continue
        place = folder / ("corpus" if phase == "reopen" else phase)
        place.mkdir(parents=True, exist_ok=True)
        wanted = spec | {"folder": str(place), "tasks": able}
        try:
            found |= _starts(tool, wanted) if phase == "reopen" else run_phase(tool, phase, wanted)
        except PeerFailed as error:
            failures.append(f"{phase}: {error}")
    return found | ({"failed": "\n".join(failures)} if failures else {})


def _starts(tool: str, spec: dict[str, Any]) -> dict[str, Value]:
    """The median of several fresh processes; the first, which may compile, is not counted."""
    question = spec["questions"][0]["text"]
    times = [first_answer_seconds(tool, spec, question) for _ in range(spec["starts"] + 1)]
    return {"reopen_s": median(times[1:])}


def _show_table(results: dict[str, dict[str, Value]], title: str) -> None:
    table = Table(box=box.SIMPLE, title=title, title_justify="left")
    table.add_column("")
    for row in results:
        table.add_column(row, justify="right", overflow="fold")
    for key, name in ROWS.items():
        cells = [values.get(key, "") for values in results.values()]
        if any(cell != "" for cell in cells):
            table.add_row(name, *(f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in cells))
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(table)


def _list(valid: Sequence[str], text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in valid:
            raise argparse.ArgumentTypeError(f"{name!r} is none of: {', '.join(valid)}")
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument(
        "--peers",
        type=lambda text: _list([*PEERS], text),
        default=[*PEERS],
        metavar="A,B",
        help=f"of: {', '.join(PEERS)}",
    )
    parser.add_argument(
        "--tasks",
        type=lambda text: _list(TASKS, text),
        default=[*TASKS],
        metavar="A,B",
        help=f"of: {', '.join(TASKS)}",
    )
    parser.add_argument("--passages", type=int, default=2600, help="passages of nq-oracle-en (default: 2600)")
    parser.add_argument("--queries", type=int, default=300, help="questions (default: 300)")
    parser.add_argument(
        "--large", type=int, default=50_000, help="passages with given vectors (default: 50000)"
    )
    parser.add_argument("--starts", type=int, default=5, help="fresh processes, after one (default: 5)")
    parser.add_argument("--data", help="the data folder (default: RAGKIT_DATA, else ../shared/data)")
    parser.add_argument("--log", action="store_true", help="append the figures to benchmarks/LOG.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
