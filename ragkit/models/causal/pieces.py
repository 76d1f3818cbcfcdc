"""Text from tokens while they come, up to the first of the strings that end it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

_HALF = "\ufffd"  # stands for the first bytes of a character whose last ones are still to come


class Decoder(Protocol):
    """Turns tokens into text, as tokenizers of transformers do."""

    def decode(
        self, token_ids: list[int], *, skip_special_tokens: bool, clean_up_tokenization_spaces: bool
    ) -> str | list[str]:
        """The text of all tokens together."""
        ...


class Pieces:
    """Gives text as soon as no later token can change it; `ended` once a stop string was written.

    What may be the beginning of a stop string waits until it is none. Special tokens are no text.
    """

    def __init__(self, tokenizer: Decoder, stop: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._stop = stop
        self._ids: list[int] = []
        self._shown = 0
        self.ended = False

    def add(self, token: int) -> str:
        """What can be shown now that it was not before."""
        self._ids.append(token)
        return self._until(self._text().rstrip(_HALF), waiting=True)

    def rest(self) -> str:
        """What waited, after the last token."""
        return self._until(self._text(), waiting=False)

    def _text(self) -> str:
        text = self._tokenizer.decode(self._ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text)

    def _until(self, text: str, *, waiting: bool) -> str:
        if self.ended:
            return ""
        places = [place for place in (text.find(stop) for stop in self._stop) if place >= 0]
        self.ended = bool(places)
        end = min(places) if places else len(text) - (self._held(text) if waiting else 0)
        piece = text[self._shown : end]
        self._shown = max(self._shown, end)
        return piece

    def _held(self, text: str) -> int:
        """The length of the longest end of the text that begins a stop string."""
        lengths = (
            length
            for stop in self._stop
            for length in range(min(len(stop) - 1, len(text)), 0, -1)
            if text.endswith(stop[:length])
        )
        return max(lengths, default=0)
