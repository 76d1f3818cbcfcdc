"""Seconds, and ratios of seconds that were measured side by side."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    gc.collect()
    started = perf_counter()
    work()
    return perf_counter() - started


def quick_seconds(work: Callable[[], object]) -> float:
    """The same for calls of milliseconds, without collecting garbage first."""
    started = perf_counter()
    work()
    return perf_counter() - started


def median_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the ratios of neighbours: both were slowed by the same noise."""
    return median(a / b for a, b in zip(above, below, strict=True))


def spread(values: Sequence[float]) -> str:
    """The least and the largest value."""
    return f"{min(values):.3g} to {max(values):.3g}"
