"""Near-duplicates among any number of texts, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from ragkit.duplicates.clusters import Clusters, equal_runs
from ragkit.duplicates.copies import Copies, Digests
from ragkit.duplicates.minhash import NO_KEY, MinHash, bands_for
from ragkit.duplicates.pieces import Places
from ragkit.duplicates.shingles import Shingler
from ragkit.duplicates.spool import KeySpool, ShingleSpool
from ragkit.stages import Progress

Keys = NDArray[np.uint64]
Likeness = Callable[[int, int], float]
THRESHOLD = 0.8
"""The Jaccard similarity of Rae et al. 2021 (Gopher) and Lee et al. 2022, there of longer word runs."""
_WIDE = 64  # texts in a group, all of which are compared with all
_MOST_FIRSTS = 64  # of a wider group: each is compared with so many that are unlike each other
_MOST_REJECTED = 1 << 20  # pairs that are remembered as unlike, about 100 MB


class NearFinder:
    """Takes texts in batches, then tells which are copies: the first is kept.

    Likeness is the Jaccard similarity of the sets of shingles, computed for every pair that shares a band;
    so nothing is taken for a copy by an estimate. A copy is at least `threshold` like the text that is kept
    for it, not only like another copy. Some 200 bytes of memory a text, and 300 MB at most for shingles that
    were read last; the rest is in temporary files.
    """

    def __init__(
        self, *, threshold: float = THRESHOLD, shingler: Shingler | None = None, folder: Path | None = None
    ) -> None:
        self._threshold = threshold
        self._shingler = shingler or Shingler()
        self._bands = bands_for(threshold)
        self._minhash = MinHash(self._bands)
        self._digests = Digests()
        self._keys = KeySpool(folder)
        self._shingles = ShingleSpool(folder)

    def __enter__(self) -> NearFinder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._keys.close()
        self._shingles.close()

    @property
    def disk_bytes(self) -> int:
        """What lies in temporary files."""
        return self._keys.size + self._shingles.size

    def add(self, texts: Sequence[str]) -> None:
        """Adds texts at the end. Raises `StorageError` when the disk is full."""
        for text in texts:
            self._digests.append(text)
        shingles = self._shingler.shingle(texts)
        self._shingles.append(shingles)
        self._keys.append(self._minhash.keys(shingles))

    def copies(self, progress: Progress | None = None) -> Copies:
        """Compares all that was added; `progress` counts bands."""
        exact = self._digests.copies()
        joining = Joining(len(exact.kept_as), self._shingles.likeness, self._threshold)
        first = np.flatnonzero(exact.kept)
        for band in range(self._bands.count):
            keys = self._keys.band(band)[first]
            has_key = keys != NO_KEY
            joining.take(keys[has_key], first[has_key])
            if progress:
                progress(band + 1, self._bands.count)
        return joining.copies(exact)


class Joining:
    """Joins texts that are alike among those that share a key, then chooses which are kept."""

    def __init__(self, count: int, likeness: Likeness, threshold: float) -> None:
        self._clusters = Clusters(count)
        self._likeness = likeness
        self._threshold = threshold
        self._rejected: set[int] = set()
        self._count = count
        self._cut = 0

    def take(self, keys: Keys, texts: Places) -> None:
        """Compares the texts that share a key, but for those that belong together already."""
        for group in equal_runs(*_apart(keys, texts, self._clusters.roots()[texts])):
            self.compare(group)

    def compare(self, group: Sequence[int]) -> None:
        """Joins those of a group that are alike."""
        if len(group) <= _WIDE:
            for place, text in enumerate(group):
                for other in group[:place]:
                    self._join_if_alike(other, text)
            return
        firsts: list[int] = []
        for text in group:
            if not any(self._join_if_alike(other, text) for other in firsts[-_MOST_FIRSTS:]):
                firsts.append(text)
        self._cut += len(firsts) > _MOST_FIRSTS

    def _join_if_alike(self, one: int, other: int) -> bool:
        if self._clusters.root(one) == self._clusters.root(other):
            return True
        pair = one * self._count + other
        if pair in self._rejected:
            return False
        if self._likeness(one, other) >= self._threshold:
            self._clusters.join(one, other)
            return True
        if len(self._rejected) >= _MOST_REJECTED:
            self._rejected.clear()
        self._rejected.add(pair)
        return False

    def copies(self, exact: Copies) -> Copies:
        """In each set a text is a copy of the first that is kept and alike; else it is kept, too.

        Texts that are `exact` copies follow the one that they are copies of.
        """
        kept_as, likeness = np.arange(self._count), np.ones(self._count, np.float32)
        for group in self._clusters.groups():
            for text, kept, like in self._chosen(group):
                kept_as[text], likeness[text] = kept, like
        followed = kept_as[exact.kept_as]
        return Copies(
            kept_as=followed,
            likeness=likeness[exact.kept_as],
            same=np.equal(followed, exact.kept_as),
            cut=self._cut,
        )

    def _chosen(self, group: Sequence[int]) -> Iterator[tuple[int, int, float]]:
        kept: list[int] = []
        for text in group:
            for first in kept:
                like = self._likeness(first, text)
                if like >= self._threshold:
                    yield text, first, like
                    break
            else:
                kept.append(text)


def _apart(keys: Keys, texts: Places, roots: Places) -> tuple[Keys, Places]:
    """Only those whose key some text of another set has, too."""
    order = np.argsort(keys)
    ordered, sets = keys[order], roots[order]
    is_apart = (ordered[1:] == ordered[:-1]) & (sets[1:] != sets[:-1])
    wanted = np.isin(keys, ordered[1:][is_apart]) if is_apart.any() else np.zeros(len(keys), bool)
    return keys[wanted], texts[wanted]
