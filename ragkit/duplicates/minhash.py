"""MinHash signatures, cut into bands: texts that are alike share a band, most others share none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ragkit.duplicates.pieces import Hashes, Places
from ragkit.duplicates.shingles import Shingles

_HASHES = 128
_MISSED = 1e-4
_BLOCK = 1 << 15  # shingles worked on at once: they stay in the processor's cache
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SEED = 1
NO_KEY = np.uint64(0)
"""The key of a text without shingles, which is like no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """How 128 hash functions are cut: `count` bands of `rows` each.

    Two texts of likeness (Jaccard) s share a band with probability 1 - (1 - s**rows)**count
    (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4).
    """

    rows: int
    count: int

    def missed(self, likeness: float) -> float:
        """The probability that two texts of this likeness share no band."""
        return float((1.0 - likeness**self.rows) ** self.count)


def bands_for(threshold: float) -> Bands:
    """The longest bands that miss a pair at the threshold once in 10,000 times at most.

    Below a threshold of about .55 none does, and the shortest are taken. Raises `ValueError` unless
    0 < threshold <= 1.
    """
    if not 0.0 < threshold <= 1.0:
        raise ValueError(f"a likeness is above 0 and at most 1, not {threshold}")
    for rows in range(16, 1, -1):
        bands = Bands(rows=rows, count=_HASHES // rows)
        if bands.missed(threshold) <= _MISSED:
            return bands
    return Bands(rows=2, count=_HASHES // 2)


class MinHash:
    """Keys of bands: minima of `rows` hash functions each (Broder 1997), computed for many texts at once.

    A hash function is x -> a * x + b modulo 2**32, with a odd: shingles are mixed already.
    """

    def __init__(self, bands: Bands) -> None:
        self._bands = bands
        drawn = np.random.default_rng(_SEED).integers(0, 1 << 32, (2, bands.rows * bands.count), np.uint32)
        self._factors, self._terms = drawn[0] | np.uint32(1), drawn[1]

    def keys(self, shingles: Shingles) -> Hashes:
        """(bands, texts): equal numbers in a row are a shared band; `NO_KEY` where there is no shingle."""
        keys = np.full((self._bands.count, len(shingles)), NO_KEY)
        filled = np.flatnonzero(np.diff(shingles.starts))
        values = (shingles.values >> np.uint64(32)).astype(np.uint32)
        for some in _blocks(filled, shingles.starts):
            begin, end = shingles.starts[some[0]], shingles.starts[some[-1] + 1]
            minima = self._minima(values[begin:end], shingles.starts[some] - begin)
            keys[:, some] = self._banded(minima)
        return keys

    def _minima(self, values: NDArray[np.uint32], starts: Places) -> NDArray[np.uint32]:
        """(hash functions, texts)"""
        minima = np.empty((len(self._factors), len(starts)), np.uint32)
        hashed = np.empty_like(values)
        for row, (factor, term) in enumerate(zip(self._factors, self._terms, strict=True)):
            np.multiply(values, factor, out=hashed)
            np.add(hashed, term, out=hashed)
            np.minimum.reduceat(hashed, starts, out=minima[row])
        return minima

    def _banded(self, minima: NDArray[np.uint32]) -> Hashes:
        rows = minima.reshape(self._bands.count, self._bands.rows, -1).astype(np.uint64)
        keys = rows[:, 0] + np.uint64(1)
        for row in range(1, self._bands.rows):
            keys = (keys ^ (keys >> np.uint64(31))) * _FACTOR + rows[:, row]
        return np.where(keys == NO_KEY, np.uint64(1), keys)


def _blocks(filled: Places, starts: Places) -> list[Places]:
    """Neighbouring texts, as many as have so many shingles; texts without any between them do no harm."""
    if not len(filled):
        return []
    block = starts[filled] // _BLOCK
    return np.split(filled, np.flatnonzero(np.diff(block)) + 1)
