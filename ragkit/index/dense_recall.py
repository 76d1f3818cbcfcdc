"""How much of the truth an approximate search finds, measured on the vectors that it searches."""

from __future__ import annotations

import numpy as np

from ragkit.index.dense import DenseView
from ragkit.index.store import Store
from ragkit.stages import Progress, Vectors

_ROUNDING = 1e-6


def measure_recall(
    view: DenseView, store: Store, *, sample: int, limit: int, progress: Progress | None = None
) -> float:
    """The share of the exact `limit` nearest that `view.search` finds, the mean over `sample` questions.

    The questions are stored vectors, drawn with a fixed seed, each left out of its own answer; every
    vector is read once. 1.0 for fewer than two vectors.
    """
    living = [row[0] for row in store.rows("SELECT number FROM chunks WHERE removed IS NULL")]
    wanted = min(limit, len(living) - 1)
    if wanted < 1:
        return 1.0
    drawn = np.random.default_rng(0).choice(living, size=min(sample, len(living)), replace=False)
    queries = np.vstack([vectors for _, vectors in view.vectors_of(drawn.tolist())])
    least = _lowest_scores(view, queries, wanted + 1, len(living), progress)
    shares = [
        (_close(view.search(query, wanted + 1)[: wanted + 1], low) - 1) / wanted
        for query, low in zip(queries, least.tolist(), strict=True)
    ]
    return float(np.mean(shares))


def _close(found: list[tuple[int, float]], low: float) -> int:
    return sum(cosine >= low - _ROUNDING for _, cosine in found)


def _lowest_scores(
    view: DenseView, queries: Vectors, limit: int, count: int, progress: Progress | None
) -> Vectors:
    """The cosine of the last of the exact nearest of each query, (len(queries),), by reading everything."""
    best = np.empty((len(queries), 0), np.float32)
    done = 0
    for _, vectors in view.added_between(-1, view.sequence):
        best = np.hstack([best, queries @ vectors.T])
        if best.shape[1] > limit:
            best = -np.partition(-best, limit - 1, axis=1)[:, :limit]
        done += len(vectors)
        if progress:
            progress(done, count)
    lowest: Vectors = best.min(axis=1)
    return lowest
