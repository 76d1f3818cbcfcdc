"""Near-duplicates of texts that come one after the other, as files do while they are indexed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from ragkit.duplicates.minhash import NO_KEY, MinHash, bands_for
from ragkit.duplicates.pieces import Hashes, Places
from ragkit.duplicates.shingles import Shingler
from ragkit.duplicates.spool import ShingleSpool

_MOST_FRESH = 1 << 20  # keys in a dict, about 200 MB, before they are sorted into an array


class NearIndex:
    """Numbers texts from 0 in the order in which they come, and finds the most alike of those before.

    Likeness is that of `NearFinder`. Some 300 bytes of memory a text; shingles lie in a temporary file.
    """

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._shingler = Shingler()
        self._minhash = MinHash(bands_for(threshold))
        self._shingles = ShingleSpool()
        self._keys: Hashes = np.zeros(0, np.uint64)  # in order
        self._numbers: Places = np.zeros(0, np.int64)
        self._fresh: dict[int, list[int]] = {}
        self._last: list[int] = []

    def close(self) -> None:
        """Gives the temporary file's space back."""
        self._shingles.close()

    def alike(self, text: str) -> tuple[list[tuple[int, float]], int]:
        """The numbers and likenesses of kept texts that are alike, the most alike first; its own number."""
        shingles = self._shingler.shingle([text])
        number = len(self._shingles)
        self._shingles.append(shingles)
        keys = [key for key in self._minhash.keys(shingles)[:, 0].tolist() if key != NO_KEY]
        found = [(other, self._shingles.likeness(other, number)) for other in self._candidates(keys)]
        alike = [(other, like) for other, like in found if like >= self._threshold]
        self._last = keys
        return sorted(alike, key=lambda pair: (-pair[1], pair[0])), number

    def keep(self, number: int) -> None:
        """Lets later texts be compared with the one that came last, whose number this is."""
        for key in self._last:
            self._fresh.setdefault(key, []).append(number)
        if len(self._fresh) > _MOST_FRESH:
            self._settle()

    def _candidates(self, keys: list[int]) -> list[int]:
        return sorted(set(chain(self._settled(keys), *(self._fresh.get(key, ()) for key in keys))))

    def _settled(self, keys: list[int]) -> Iterator[int]:
        wanted = np.array(keys, np.uint64)
        begins = np.searchsorted(self._keys, wanted, "left").tolist()
        ends = np.searchsorted(self._keys, wanted, "right").tolist()
        for begin, end in zip(begins, ends, strict=True):
            yield from self._numbers[begin:end].tolist()

    def _settle(self) -> None:
        pairs = [(key, number) for key, numbers in self._fresh.items() for number in numbers]
        keys = np.concatenate([self._keys, np.array([key for key, _ in pairs], np.uint64)])
        numbers = np.concatenate([self._numbers, np.array([number for _, number in pairs], np.int64)])
        order = np.argsort(keys, kind="stable")
        self._keys, self._numbers = keys[order], numbers[order]
        self._fresh.clear()
