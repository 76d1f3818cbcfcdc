"""Guesses the next tokens from what stands before (prompt lookup decoding, Saxena 2023)."""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST = 3
_SHORTEST = 2


class Lookup:
    """Remembers where each run of two or three tokens stood last, and what came after it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: list[int] = []
        self._places: dict[tuple[int, ...], int] = {}

    def add(self, ids: Sequence[int]) -> None:
        """More tokens of the text."""
        for token in ids:
            end = len(self._ids)
            for length in range(_SHORTEST, _LONGEST + 1):
                if end >= length:
                    self._places[tuple(self._ids[end - length : end])] = end
            self._ids.append(token)

    def guess(self, most: int) -> list[int]:
        """What followed where the last tokens stood before; at most `most` tokens, none if they are new."""
        for length in range(_LONGEST, _SHORTEST - 1, -1):
            place = self._places.get(tuple(self._ids[-length:]))
            if place is not None:
                return self._ids[place : place + min(most, self._most)]
        return []
