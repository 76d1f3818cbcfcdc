"""Sets of texts that belong together, joined pair by pair (union-find)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ragkit.duplicates.pieces import Places


class Clusters:
    """n texts, each in a set of its own at first; 8 bytes a text."""

    def __init__(self, count: int) -> None:
        self._parents = np.arange(count)

    def root(self, text: int) -> int:
        """The first text of the set."""
        parents = self._parents
        while (parent := int(parents[text])) != text:
            parents[text] = parents[parent]
            text = parent
        return text

    def join(self, one: int, other: int) -> None:
        """Makes two sets one; its root is the least of both."""
        first, second = sorted((self.root(one), self.root(other)))
        self._parents[second] = first

    def roots(self) -> Places:
        """The root of every text."""
        parents = self._parents
        while (above := parents[parents]).tobytes() != parents.tobytes():
            parents[:] = above
        return parents.copy()

    def groups(self) -> Iterator[list[int]]:
        """The sets of two and more, each in order."""
        yield from equal_runs(self.roots(), np.arange(len(self._parents)))


def equal_runs(keys: NDArray[np.generic], texts: Places) -> Iterator[list[int]]:
    """The texts that share a key, where two or more do, each group in ascending order."""
    order = np.argsort(keys, kind="stable")
    ordered, same = texts[order], keys[order][1:] == keys[order][:-1]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield ordered[begin : end + 1].tolist()
