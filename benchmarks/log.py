"""The log of what was measured, good and bad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.machine import describe

LOG = Path(__file__).with_name("LOG.md")
_HEAD = (
    "# Benchmark log\n\nNewest last. Written by `python -m benchmarks ... --log`; ratios, see README.md.\n"
)


def entry(command: str, results: Mapping[str, Sequence[Figure]]) -> str:
    """A dated section with the command, the machine and every figure."""
    rows = [
        f"| {name} | {' | '.join(cell.replace('|', '/') for cell in figure.as_row())} |"
        for name, figures in results.items()
        for figure in figures
    ]
    return "\n".join(
        [
            f"\n## {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            f"\n`{command}`  \n{describe()}\n",
            "| benchmark | figure | value | target | met | note |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def append(command: str, results: Mapping[str, Sequence[Figure]]) -> None:
    """Adds one entry at the end of LOG.md."""
    old = LOG.read_text(encoding="utf-8") if LOG.exists() else ""
    LOG.write_text(
        (old.rstrip() + "\n" if old.strip() else _HEAD) + entry(command, results), encoding="utf-8"
    )
