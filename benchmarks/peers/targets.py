"""What is measured, and what ragkit is asked to reach against the other frameworks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.figures import Figure
from benchmarks.peers.processes import Value

Results = Mapping[str, Mapping[str, Value]]
"""Figures by row (a tool, or a variant of one)."""

OURS, BARE = "ragkit", "bare model"
REBUILD = ("langchain", "llamaindex")
"""Those that build their BM25 index anew for every addition."""

ROWS = {
    "index_s": "index, s",
    "peak_mib": "peak memory of it, MiB",
    "p50_ms": "hybrid query p50, ms",
    "p95_ms": "hybrid query p95, ms",
    "mrr": "MRR@10",
    "add_s": "add 10, s",
    "embed_10_s": "of it embedding, s",
    "reopen_s": "fresh process to first answer, s",
    "pdf_s": "PDFs to first answer, s",
    "pdf_chunks": "their chunks",
    "pdf_right": "right file among 10",
    "large_build_s": "large, vectors given: index, s",
    "large_p50_ms": "large: hybrid query p50, ms",
    "large_p95_ms": "large: hybrid query p95, ms",
    "large_recall": "large: recall@10 of exact",
    "large_add_s": "large: add 10, s",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """ragkit's figure against the least of the others, or as it is if `against` is empty."""

    key: str
    name: str
    goal: float
    better: Literal["lower", "higher"] = "lower"
    against: Literal["", "all", "rebuild"] = "all"


TARGETS = (
    Target(key="index_s", name="indexing / fastest peer", goal=0.55),
    Target(key="peak_mib", name="peak memory of indexing / leanest peer", goal=1.10),
    Target(key="p50_ms", name="hybrid query p50 / fastest peer", goal=0.65),
    Target(key="mrr", name="MRR@10", goal=0.950, better="higher", against=""),
    Target(key="reopen_s", name="fresh process to first answer / fastest peer", goal=0.30),
    Target(key="pdf_s", name="PDFs to first answer / fastest peer", goal=0.50),
    Target(key="large_p50_ms", name="large: hybrid query p50 / fastest peer", goal=1.0),
    Target(key="large_recall", name="large: recall@10 of exact", goal=0.98, better="higher", against=""),
    Target(key="large_add_s", name="large: add 10 / fastest that rebuilds", goal=1 / 20, against="rebuild"),
)


def figures(results: Results, versions: Mapping[str, str]) -> list[Figure]:
    """Every target that was measured, then what was measured without one, then what failed, with versions."""
    measured = [figure for target in TARGETS if (figure := _figure(target, results)) is not None]
    plain = [
        Figure(name=f"{name}: {row}", value=float(value))
        for key, name in ROWS.items()
        if key not in {target.key for target in TARGETS}
        for row, values in results.items()
        if isinstance(value := values.get(key), int | float)
    ]
    failed = [
        Figure(
            name=f"failed phases: {row}",
            value=len(phases),
            note="; ".join(filter(None, [versions[row], *phases])),
        )
        for row, values in results.items()
        for phases in [str(values.get("failed", "")).splitlines()]
    ]
    return measured + plain + failed


def _figure(target: Target, results: Results) -> Figure | None:
    numbers = {
        row: float(value)
        for row, values in results.items()
        if isinstance(value := values.get(target.key), int | float)
    }
    peers = _peers(target, numbers)
    if OURS not in numbers or (target.against and not peers):
        return None
    value = numbers[OURS] / min(peers.values()) if target.against else numbers[OURS]
    note = ", ".join(f"{row} {number:.4g}" for row, number in numbers.items())
    return Figure(name=target.name, value=value, target=target.goal, better=target.better, note=note)


def _peers(target: Target, numbers: Mapping[str, float]) -> dict[str, float]:
    chosen: Sequence[str] = REBUILD if target.against == "rebuild" else [*numbers]
    return {row: numbers[row] for row in chosen if row in numbers and not row.startswith((OURS, BARE))}
