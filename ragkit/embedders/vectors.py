"""What the embedders do with rows of numbers and rows of work."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing

import numpy as np
from numpy.typing import ArrayLike

from ragkit.stages import Progress, Vectors


def unit(rows: ArrayLike) -> Vectors:
    """Rows of length one: float32, C-contiguous, the same shape; a row of zeros becomes (1, 0, 0, ...).

    Raises `ValueError` for NaN and infinity, which no index must ever hold.
    """
    vectors = np.array(rows, dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    if not np.isfinite(lengths).all():
        raise ValueError("the model returned a vector that is not finite")
    vectors[..., 0] += lengths[..., 0] == 0
    return np.ascontiguousarray(vectors / np.where(lengths == 0, 1, lengths), dtype=np.float32)


def longest_first(lengths: Sequence[int], *, tokens: int) -> Iterator[list[int]]:
    """Batches of indexes, the longest texts first, so that little is padded and memory peaks at the start.

    A batch, padded to its longest text, holds at most `tokens` tokens, or one text.
    """
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    while order:
        size = max(1, tokens // max(1, lengths[order[0]]))
        yield order[:size]
        order = order[size:]


def embedded_alone(
    texts: Sequence[str],
    embed: Callable[[Sequence[str]], Generator[Vectors, None, None]],
    *,
    dimension: int,
    progress: Progress | None,
) -> Vectors:
    """(len(texts), dimension), for models that take one text at a time; the longest come first.

    `embed` yields the vectors of texts in order, and stops promptly when it is closed.
    """
    vectors = np.zeros((len(texts), dimension), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
    with closing(embed([texts[index] for index in order])) as rows:
        for done, (index, row) in enumerate(zip(order, rows, strict=True), start=1):
            vectors[index] = row
            if progress:
                progress(done, len(texts))
    return vectors
