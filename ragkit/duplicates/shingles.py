"""What a text is compared by: short runs of its words, or of its characters in Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ragkit.language.chinese import simplified
from ragkit.language.tokens import PIECE, folded, is_unspaced

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

_ASCII_PIECE = re.compile("[a-z0-9]+")
_MOST_WORDS = 1 << 20  # whose hashes are remembered, about 150 MB
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HALF = np.uint64(32)
_ONE = np.uint64(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shingles:
    """The shingles of n texts: those of text i are `values[starts[i]:starts[i + 1]]`, with repetitions."""

    values: Hashes
    starts: Places

    def __len__(self) -> int:
        return len(self.starts) - 1


class Shingler:
    """Hashes every run of `words` words; of a script without spaces every run of `characters` characters.

    Case, width, accents' composition, punctuation and the forms of Chinese characters make no difference. A
    text shorter than a run has one shingle, or with `short=False` none, as one without letters and digits.
    The 64-bit hashes are the same in every process.
    """

    def __init__(self, *, words: int = 3, characters: int = 5, short: bool = True) -> None:
        if min(words, characters) < 1:
            raise ValueError(f"runs of at least one piece are wanted, not {words} and {characters}")
        self._words = words
        self._characters = characters
        self._short = short
        self._known = _Known()

    def shingle(self, texts: Sequence[str]) -> Shingles:
        """The shingles of each text, in the order of the text."""
        self._known.forget_some()
        pieces = [list(map(self._known.__getitem__, _pieces(text))) for text in texts]
        lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
        hashes = np.fromiter(chain.from_iterable(pieces), np.uint64, int(lengths.sum()))
        starts = np.concatenate([[0], np.cumsum(lengths)])
        return self._runs(hashes, starts, lengths)

    def _runs(self, hashes: Hashes, starts: Places, lengths: Places) -> Shingles:
        """Runs that begin at each piece and do not leave its text, and one where a text is too short."""
        place = np.arange(len(hashes))
        left = np.repeat(starts[1:], lengths) - place  # pieces from here to the end of the text
        single = (hashes & _ONE).astype(bool)
        width = np.where(single, self._characters, self._words)
        values = _mixed(self._joined(hashes, left, single))
        kept = left >= width
        if self._short:
            kept |= place == np.repeat(starts[:-1], lengths)
        before = np.concatenate([[0], np.cumsum(kept)])
        return Shingles(values=values[kept], starts=before[starts])

    def _joined(self, hashes: Hashes, left: Places, single: NDArray[np.bool_]) -> Hashes:
        """One number for the run at each place, a polynomial in the hashes of its pieces."""
        longest = max(self._words, self._characters if single.any() else 1)
        behind = np.concatenate([hashes, np.zeros(longest, np.uint64)])
        run, by_words, by_characters = hashes, hashes, hashes
        for step in range(1, longest):
            following = np.where(left > step, behind[step : step + len(hashes)], 0)
            run = run * _FACTOR + following
            by_words = run if step < self._words else by_words
            by_characters = run if step < self._characters else by_characters
        return np.where(single, by_characters, by_words)


class _Known(dict[str, int]):
    """64-bit hashes of pieces; the lowest bit tells characters that stand for themselves from words."""

    def __missing__(self, piece: str) -> int:
        digest = blake2b(piece.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        number = int.from_bytes(digest, "little") & ~1
        self[piece] = number | is_unspaced(piece)
        return self[piece]

    def forget_some(self) -> None:
        if len(self) > _MOST_WORDS:
            self.clear()


def _pieces(text: str) -> list[str]:
    if text.isascii():
        return _ASCII_PIECE.findall(text.lower())
    return PIECE.findall(simplified(folded(text)))


def _mixed(values: Hashes) -> Hashes:
    """Numbers whose bits all depend on all bits (the finisher of splitmix64, shortened)."""
    values = (values ^ (values >> _HALF)) * _MIX
    return values ^ (values >> _HALF)
