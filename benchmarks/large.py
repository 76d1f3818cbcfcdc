"""The index of 100,000 chunks, made once in each run of the benchmarks."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import synthetic
from benchmarks.corpus import scratch
from benchmarks.timing import seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeIndex:
    """Where it lies and how long it took to make."""

    path: Path
    build_seconds: float


@functools.cache
def large_index() -> LargeIndex:
    """Made with vectors that are there already; drawing them is not timed."""
    path = scratch() / "large"
    texts = synthetic.random_texts()
    vectors = synthetic.draw_vectors(np.random.default_rng(1), len(texts))
    return LargeIndex(path=path, build_seconds=seconds(lambda: synthetic.build(path, texts, vectors)))
