"""What a text is compared by: short runs of its words, or of its characters in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ragkit.duplicates.pieces import Hashes, PieceHasher, Places, mixed

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
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
        self._pieces = PieceHasher()

    def shingle(self, texts: Sequence[str]) -> Shingles:
        """The shingles of each text, in the order of the text."""
        hashes, lengths = self._pieces.hashes(texts)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        return self._runs(hashes, starts, lengths)

    def _runs(self, hashes: Hashes, starts: Places, lengths: Places) -> Shingles:
        """Runs that begin at each piece and do not leave its text, and one where a text is too short."""
        place = np.arange(len(hashes))
        left = np.repeat(starts[1:], lengths) - place  # pieces from here to the end of the text
        single = (hashes & _ONE).astype(bool)
        width = np.where(single, self._characters, self._words)
        values = mixed(self._joined(hashes, left, single))
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
