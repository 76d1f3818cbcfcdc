"""Figures, their targets, and how they are printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number. Without a `target` it is there for information only."""

    name: str
    value: float
    target: float | None = None
    better: Literal["lower", "higher"] = "lower"
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.target is None:
            return None
        return self.value <= self.target if self.better == "lower" else self.value >= self.target

    @property
    def goal(self) -> str:
        """The target as people write it."""
        if self.target is None:
            return ""
        return f"{'<=' if self.better == 'lower' else '>='} {self.target:g}"

    @property
    def verdict(self) -> str:
        """Whether the target is met or missed, or nothing."""
        return {None: "", True: "met", False: "missed"}[self.met]

    def as_row(self) -> tuple[str, str, str, str, str]:
        """The cells of the table."""
        return self.name, f"{self.value:.4g}", self.goal, self.verdict, self.note


def show(benchmark: str, figures: Sequence[Figure]) -> None:
    """Prints a table for people and one line of JSON for programs."""
    table = Table(box=box.SIMPLE, title=benchmark, title_justify="left")
    for column in ("figure", "value", "target", "", "note"):
        table.add_column(column, overflow="fold")
    for figure in figures:
        table.add_row(*figure.as_row())
    Console().print(table)
    print(as_json(benchmark, figures), flush=True)


def as_json(benchmark: str, figures: Sequence[Figure]) -> str:
    """One line of JSON."""
    rows = [
        {
            "name": figure.name,
            "value": round(figure.value, 6),
            "target": figure.target,
            "better": figure.better,
            "met": figure.met,
            "note": figure.note,
        }
        for figure in figures
    ]
    return json.dumps({"benchmark": benchmark, "figures": rows}, ensure_ascii=False)
