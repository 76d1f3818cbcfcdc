"""Cuts text into the likeliest pieces of a unigram vocabulary, as SentencePiece does."""

from __future__ import annotations

import functools
from typing import NamedTuple

from ragkit.models.e5_file import Vocabulary

_SPACE = "\u2581"
_UNKNOWN_PENALTY = 10.0
_CACHED_WORDS = 16384


class Piece(NamedTuple):
    """The id of one token, and the characters of the text that it stands for: [start, end)."""

    id: int
    start: int
    end: int


class UnigramTokenizer:
    """The most probable segmentation, found with Viterbi's algorithm.

    Kudo, "Subword Regularization: Improving Neural Network Translation Models with Multiple Subword
    Candidates" (ACL 2018). An unknown character costs 10 more than the least likely piece.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._longest = max(map(len, vocabulary.ids), default=1)
        self._unknown_score = min(vocabulary.scores) - _UNKNOWN_PENALTY
        self._cut = functools.lru_cache(maxsize=_CACHED_WORDS)(self._likeliest)

    def pieces(self, text: str) -> list[Piece]:
        """The tokens of `text` in order, however long it is; white space around it does not count."""
        letters, places = self._normalised(text)
        found: list[Piece] = []
        start = 0
        while start < len(letters):
            end = letters.find(_SPACE, start + 1)
            for piece, length in self._cut(letters[start : end if end > 0 else None]):
                first = start + (length > 1 and letters[start] == _SPACE)
                found.append(_piece(piece, places[first : start + length], found[-1] if found else None))
                start += length
        return found

    def _normalised(self, text: str) -> tuple[str, list[int]]:
        """What the vocabulary is asked for, and the place in `text` of each of its characters (-1: none)."""
        first = len(text) - len(text.lstrip())
        letters, places = [_SPACE], [-1]
        for place, letter in enumerate(text.strip(), start=first):
            for replaced in self._vocabulary.replaced.get(ord(letter), letter):
                spaced = _SPACE if replaced == " " else replaced
                if spaced == _SPACE and letters[-1] == _SPACE:
                    continue
                letters.append(spaced)
                places.append(place)
        return "".join(letters), places

    def _likeliest(self, word: str) -> tuple[tuple[int, int], ...]:
        """(id, characters) of each piece of a word."""
        ids, scores, longest = self._vocabulary.ids, self._vocabulary.scores, self._longest
        encoded = [letter.encode() for letter in word]
        best = [0.0] + [float("-inf")] * len(word)
        back = [(0, 0)] * (len(word) + 1)
        for start in range(len(word)):
            score, piece = best[start], b""
            if score + self._unknown_score > best[start + 1]:
                best[start + 1] = score + self._unknown_score
                back[start + 1] = (self._vocabulary.unknown, start)
            for end in range(start + 1, len(encoded) + 1):
                piece += encoded[end - 1]
                if len(piece) > longest:
                    break
                index = ids.get(piece)
                if index is not None and score + scores[index] > best[end]:
                    best[end] = score + scores[index]
                    back[end] = (index, start)
        return _path(back)


def _path(back: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    end = len(back) - 1
    while end > 0:
        piece, start = back[end]
        found.append((piece, end - start))
        end = start
    return tuple(reversed(found))


def _piece(piece: int, places: list[int], before: Piece | None) -> Piece:
    """A piece lies behind the one before it, or where that one lies if it is a part of the same character."""
    known = [place for place in places if place >= 0]
    start, end = (known[0], known[-1] + 1) if known else (0, 0)
    if before and start < before.end:
        start, end = (before.start, before.end) if end <= before.end else (before.end, end)
    return Piece(piece, start, end)
