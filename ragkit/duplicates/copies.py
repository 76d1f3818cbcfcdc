"""Which texts are copies of earlier ones."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ragkit.duplicates.pieces import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """For each of n texts the earlier one that it is a copy of, itself where it is kept; and how alike.

    `kept_as` is int64 (n), `likeness` float32 (n), 1.0 for what is kept. A copy always points to a text that
    is kept. `same` tells where both are the same but for white space. `cut` counts the groups too wide to
    compare all with all.
    """

    kept_as: Places
    likeness: NDArray[np.float32]
    same: NDArray[np.bool_]
    cut: int = 0

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Which texts are kept."""
        return np.equal(self.kept_as, np.arange(len(self.kept_as)))


class Digests:
    """Finds texts that are the same but for white space; 16 bytes a text."""

    def __init__(self) -> None:
        self._data = bytearray()

    def __len__(self) -> int:
        return len(self._data) // 16

    def append(self, text: str) -> None:
        """Adds a text at the end."""
        plain = " ".join(text.split()).encode("utf-8", "surrogatepass")
        self._data += blake2b(plain, digest_size=16).digest()

    def copies(self) -> Copies:
        """The first of equal texts is kept."""
        halves = np.frombuffer(bytes(self._data), np.uint64).reshape(-1, 2)
        order = np.lexsort((np.arange(len(halves)), halves[:, 0], halves[:, 1]))
        ordered = halves[order]
        is_first = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])[: len(order)]
        firsts = order[np.flatnonzero(is_first)]
        kept_as = np.empty(len(order), np.int64)
        kept_as[order] = firsts[np.cumsum(is_first) - 1]
        return Copies(
            kept_as=kept_as, likeness=np.ones(len(order), np.float32), same=np.ones(len(order), bool)
        )
