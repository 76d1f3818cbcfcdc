"""How much passages say the same: roughly for all pairs at once, exactly for one pair."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ragkit.language.tokens import is_unspaced, tokens
from ragkit.types import Hit

Matrix = NDArray[np.float32]

_DIGIT = re.compile(r"\d")
_ASCII = frozenset(map(chr, range(128)))


def common_words(hits: Sequence[Hit]) -> Matrix:
    """(n, n): how many different words two hits have in common; how many each has on the diagonal.

    A character that is not ASCII counts as a word, which serves scripts without spaces.
    """
    said = _as_bits([hit.chunk.text for hit in hits])
    common = np.zeros((len(said), len(said)), np.float32)
    for row, words in enumerate(said):
        for column in range(row + 1):
            common[row, column] = common[column, row] = (words & said[column]).bit_count()
    return common


def _as_bits(texts: Sequence[str]) -> list[int]:
    """The words of each text as the bits of a number: two are compared at once, and without threads."""
    bits: dict[str, int] = {}
    masks = []
    for text in texts:
        mask = bytearray()
        for word in _rough_words(text):
            place, bit = divmod(bits.setdefault(word, len(bits)), 8)
            if place >= len(mask):
                mask.extend(bytes(place + 1 - len(mask)))
            mask[place] |= 1 << bit
        masks.append(int.from_bytes(mask, "little"))
    return masks


def _rough_words(text: str) -> set[str]:
    words = set(text.lower().split())
    return words if text.isascii() else words | (set(text) - _ASCII)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a text (pairs of neighbours in scripts without spaces), and those with digits."""

    words: frozenset[str]
    numbers: frozenset[str]

    def share_in(self, other: Wording) -> float:
        """The share of these words that the other has too (1 for a text without words)."""
        return len(self.words & other.words) / len(self.words) if self.words else 1.0


def wording(text: str) -> Wording:
    """The wording of a text."""
    found = set(tokens(text))
    for run in [token for token in found if is_unspaced(token) and len(token) > 1]:
        found.discard(run)
        found.update(map("".join, pairwise(run)))
    return Wording(frozenset(found), frozenset(filter(_DIGIT.search, found)))
