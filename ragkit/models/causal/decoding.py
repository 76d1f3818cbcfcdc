"""Chooses token after token, several at once where the text repeats what stands before."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ragkit.models.causal.lookup import Lookup

if TYPE_CHECKING:
    import torch


class Reader(Protocol):
    """A model that has read the beginning of a text."""

    def read_prompt(self, ids: Sequence[int]) -> torch.Tensor:
        """Reads a prompt from where it is known to its end; the scores (1, vocabulary) of what follows it."""
        ...

    def read(self, ids: Sequence[int], *, last: int) -> torch.Tensor:
        """Reads on; the scores (last, vocabulary) of what follows each of the last tokens."""
        ...

    def forget(self, tokens: int) -> None:
        """Takes back so many of the last tokens."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """A chosen token and how probable it was, where that was asked for."""

    id: int
    probability: float = 0.0


class Choice:
    """Takes the likeliest token, or draws one.

    A draw adds noise to the scores, which depends on `seed` and the token's place alone (the Gumbel-max
    trick): the text is the same however many tokens are read at once.
    """

    def __init__(self, *, temperature: float, seed: int, probabilities: bool) -> None:
        self._temperature = temperature
        self._seed = seed
        self._probabilities = probabilities

    def tokens(self, scores: torch.Tensor, *, first: int) -> list[Token]:
        """A token for each row of (n, vocabulary); `first` is the place of the first one."""
        scores = scores.float()
        noisy = scores
        if self._temperature > 0.0:
            noisy = scores / self._temperature + self._noise(scores, first)
        ids = noisy.argmax(dim=-1)
        if not self._probabilities:
            return [Token(one) for one in ids.tolist()]
        chances = scores.softmax(dim=-1).gather(-1, ids[:, None])[:, 0]
        return [Token(*pair) for pair in zip(ids.tolist(), chances.tolist(), strict=True)]

    def _noise(self, scores: torch.Tensor, first: int) -> torch.Tensor:
        import torch

        rows = []
        for place in range(first, first + len(scores)):
            mixed = zlib.crc32(f"{self._seed} {place}".encode())  # torch looks at 32 bits of a seed
            generator = torch.Generator().manual_seed(mixed)
            rows.append(torch.empty(scores.shape[1]).exponential_(generator=generator))
        return -torch.stack(rows).log().to(scores.device)


def written(
    reader: Reader,
    asked: Sequence[int],
    *,
    choice: Choice,
    lookup: Lookup,
    most: int,
    ends: Collection[int],
) -> Iterator[Token]:
    """The tokens that follow a prompt, at most `most`, the one in `ends` that ends them included.

    What `lookup` guesses is read together with the token that was chosen last, and stands as far as it is
    what would have been chosen.
    """
    lookup.add(asked)
    chosen = choice.tokens(reader.read_prompt(asked), first=0)
    done = 0
    while True:
        for token in chosen:
            done += 1
            yield token
            if token.id in ends or done == most:
                return
        lookup.add([token.id for token in chosen])
        guess = lookup.guess(most - done - 1)
        scores = reader.read([chosen[-1].id, *guess], last=len(guess) + 1)
        tried = choice.tokens(scores, first=done)
        right = _agreeing(guess, tried)
        reader.forget(len(guess) - right)
        chosen = tried[: right + 1]


def weighed(reader: Reader, asked: Sequence[int], said: Sequence[int]) -> list[float]:
    """The log-probability of each token that is said after a prompt."""
    import torch

    rows = [reader.read_prompt(asked)]
    if len(said) > 1:
        rows.append(reader.read(said[:-1], last=len(said) - 1))
    chances = torch.cat(rows).float().log_softmax(dim=-1)  # (said, vocabulary)
    found: list[float] = chances[range(len(said)), list(said)].tolist()
    return found


def _agreeing(guess: Sequence[int], chosen: Sequence[Token]) -> int:
    """How many guessed tokens are those that were chosen, from the first on."""
    for place, (guessed, token) in enumerate(zip(guess, chosen, strict=False)):
        if guessed != token.id:
            return place
    return len(guess)
