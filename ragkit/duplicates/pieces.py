"""The words of texts as 64-bit numbers; of a script without spaces its characters."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ragkit.language.chinese import simplified
from ragkit.language.tokens import PIECE, folded, is_unspaced

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

_MOST_WORDS = 1 << 20  # whose hashes are remembered, about 150 MB
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HALF = np.uint64(32)
_SINGLE = 1
_LONGEST = 256  # letters, behind which the powers begin again
_DRAWN = np.random.default_rng(2).integers(0, 1 << 64, 256 + _LONGEST, np.uint64)
_CODES, _POWERS = _DRAWN[:256], _DRAWN[256:] | np.uint64(1)
_IS_LETTER = np.array([chr(code).isalnum() and code < 128 for code in range(256)])


def mixed(values: Hashes) -> Hashes:
    """Numbers whose bits all depend on all bits (the finisher of splitmix64, shortened)."""
    values = (values ^ (values >> _HALF)) * _MIX
    return values ^ (values >> _HALF)


class PieceHasher:
    """Hashes the words of texts; the lowest bit tells a character that stands for itself from a word.

    ASCII texts are hashed together, byte by byte, others word by word; a word has one hash in both.
    """

    def __init__(self) -> None:
        self._known = _Known()

    def hashes(self, texts: Sequence[str]) -> tuple[Hashes, Places]:
        """The hashes of all texts one after the other, and how many each text has."""
        plain = [text for text in texts if text.isascii()]
        if len(plain) == len(texts):
            return _of_ascii(plain)
        self._known.forget_some()
        others = [self._of(text) for text in texts if not text.isascii()]
        is_plain = np.fromiter((text.isascii() for text in texts), bool, len(texts))
        plain_hashes, plain_lengths = _of_ascii(plain)
        lengths = np.empty(len(texts), np.int64)
        lengths[is_plain] = plain_lengths
        lengths[~is_plain] = list(map(len, others))
        hashes, from_plain = np.empty(lengths.sum(), np.uint64), np.repeat(is_plain, lengths)
        hashes[from_plain] = plain_hashes
        hashes[~from_plain] = np.fromiter(chain.from_iterable(others), np.uint64)
        return hashes, lengths

    def _of(self, text: str) -> list[int]:
        return list(map(self._known.__getitem__, PIECE.findall(simplified(folded(text)))))


def _of_ascii(texts: Sequence[str]) -> tuple[Hashes, Places]:
    """A word's hash is the sum of its letters' codes times the powers of their places, mixed."""
    codes = np.frombuffer(" ".join([*texts, ""]).lower().encode(), np.uint8)
    is_letter = _IS_LETTER[codes]
    edges = np.flatnonzero(np.diff(is_letter, prepend=False))
    starts, lengths = edges[::2], np.diff(edges)[::2]
    ends = np.cumsum([len(text) + 1 for text in texts])
    words = np.diff(np.searchsorted(starts, ends), prepend=0)
    if not len(starts):
        return np.zeros(0, np.uint64), words
    first = np.cumsum(lengths) - lengths  # among the letters alone
    letters = codes[is_letter]
    place = np.arange(len(letters)) - np.repeat(first, lengths)
    sums = np.add.reduceat(_CODES[letters] * _POWERS[place % _LONGEST], first)
    return mixed(sums) & ~np.uint64(_SINGLE), words


class _Known(dict[str, int]):
    """The hashes of pieces that were met."""

    def __missing__(self, piece: str) -> int:
        if piece.isascii():
            number = int(_of_ascii([piece])[0][0])
        else:
            digest = blake2b(piece.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            number = int.from_bytes(digest, "little") & ~_SINGLE | is_unspaced(piece)
        self[piece] = number
        return number

    def forget_some(self) -> None:
        if len(self) > _MOST_WORDS:
            self.clear()
