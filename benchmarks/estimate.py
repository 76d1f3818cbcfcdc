"""Estimates of memory against measured runs on this processor, and against published figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from statistics import median

from benchmarks.estimate_published import Published, published
from benchmarks.estimate_runs import DEVELOPMENT, KEPT, SMOLLM2, Run
from benchmarks.figures import Figure
from ragkit.models.causal.files import find_writer
from ragkit.tuning.estimate import Estimate, estimate
from ragkit.tuning.estimate.activations import cache_bytes, layer_bytes

TARGET = 0.15
PUBLISHED_TARGET = 0.25
_LIBRARIES = ("overhead",)
_BEYOND = ("overhead", "gaps")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A run and its peak beyond the libraries, MB of 1e6 bytes; seconds of a step, 0 for inference."""

    run: Run
    peak_mb: float
    libraries_mb: float
    seconds: float

    @property
    def estimated(self) -> Estimate:
        """What was said before it ran."""
        return estimate(self.run.plan)


def measure() -> list[Figure]:
    """How far estimates are from runs that nothing was tuned on, and from published figures, as shares.

    The peak is VmHWM of a process of its own, less what it held after the step of a tiny model, by which
    Python, torch, transformers and peft are loaded: the estimate's "overhead" is left out, too.
    """
    measured = [_measured(run) for run in KEPT]
    figures = [_figure(one, TARGET) for one in measured]
    overhead = median(one.libraries_mb for one in measured)
    said = measured[0].estimated.bytes_of("overhead") / 1e6
    return [
        *figures,
        Figure(name="worst of them", value=max(figure.value for figure in figures), target=TARGET),
        Figure(
            name="Python and libraries themselves",
            value=abs(said / overhead - 1),
            note=f"estimated {said:.0f} MB, measured {overhead:.0f} MB",
        ),
        *map(_published, published()),
    ]


def fit() -> list[Figure]:
    """The runs that the shares of gaps were fitted on: errors, and the share that each of them asks for."""
    figures = []
    for one in map(_measured, DEVELOPMENT):
        plan, found = one.run.plan, one.estimated
        gaps = one.peak_mb * 1e6 - _bytes(found, without=_BEYOND)
        kept = plan.layers * layer_bytes(plan) if plan.trains else cache_bytes(plan)
        figures += [
            _figure(one, None),
            Figure(name=f"{one.run.name}: gaps, share", value=gaps / kept, note=f"{gaps / 1e6:.0f} MB"),
        ]
    return figures


def _measured(run: Run) -> Measured:
    command = [
        sys.executable,
        "-m",
        "benchmarks.estimate_child",
        json.dumps(run.order(str(find_writer(SMOLLM2)))),
    ]
    heap = {"MALLOC_MMAP_THRESHOLD_": "262144"} if run.heap == "tight" else {}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **heap})
    made = Measured(run=run, **json.loads(done.stdout.splitlines()[-1]))
    print(f"{run.name}: {made.peak_mb:.0f} MB", file=sys.stderr, flush=True)
    return made


def _figure(one: Measured, target: float | None) -> Figure:
    found = one.estimated
    said = _bytes(found, without=_LIBRARIES) / 1e6
    parts = ", ".join(
        f"{part.name} {part.bytes / 1e6:.0f}" for part in found.parts if part.name not in _LIBRARIES
    )
    return Figure(
        name=f"{one.run.name}: estimate's error",
        value=abs(said / one.peak_mb - 1),
        target=target,
        note=f"estimated {said:.0f} MB, measured {one.peak_mb:.0f} MB ({parts})",
    )


def _published(one: Published) -> Figure:
    found = estimate(one.plan)
    said = _bytes(found, without=() if one.overhead else _LIBRARIES) / 1e9
    return Figure(
        name=f"{one.name}: distance from the published figure",
        value=abs(said / one.gigabytes - 1),
        target=PUBLISHED_TARGET,
        note=f"estimated {said:.1f} GB, published {one.gigabytes:g} GB: {one.source}",
    )


def _bytes(found: Estimate, *, without: tuple[str, ...]) -> float:
    return sum(part.bytes for part in found.parts if part.name not in without)
