"""How surprising a text is to a small language model."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import Protocol

from ragkit.language.chinese import log_chance, simplified
from ragkit.language.script import script_of
from ragkit.types import Message

_ASKED = (Message("user", "Write a text."),)
_READ = 1500  # characters: some 350 tokens, half a second or more on a core


class ReadingWeigher(Protocol):
    """A language model that knows its scripts, and tells how probable a text is."""

    def reads(self, text: str) -> bool:
        """Whether the model was trained on the script of `text`."""
        ...

    def log_probabilities(self, messages: Sequence[Message], text: str) -> Sequence[float]:
        """The natural logarithm of the chance of each token of the text, given those before it."""
        ...


class Perplexity:
    """exp of the mean of -ln p of the tokens of a text's first 1,500 characters; from 1 up.

    A limit has no published value for another model than its own: look at yours first (`ragkit data filter
    --perplexity 1000000 --json`). Texts in scripts that the model was not trained on, as Chinese is for
    SmolLM2, are not judged: the figure would tell nothing of them.
    """

    def __init__(self, model: ReadingWeigher, *, most: float) -> None:
        self._model = model
        self.most = most
        self.judged = 0
        self.unjudged = 0

    def of(self, text: str) -> float | None:
        """The perplexity, None where it would tell nothing. Raises `ModelNotFound`, `GenerationError`."""
        start = text.strip()[:_READ]
        weighed = self._model.log_probabilities(_ASKED, start) if self._model.reads(start) else ()
        if not weighed:
            self.unjudged += 1
            return None
        self.judged += 1
        return exp(-sum(weighed) / len(weighed))


class WordPerplexity:
    """exp of the mean of -ln p of a text's Chinese characters, by the frequencies of words; from 1 up.

    The model is of single words (jieba's dictionary, simplified): a text is what its likeliest cut into them
    is. So it finds characters in disorder, broken ones and rare ones, and tells nothing of grammar.
    """

    def __init__(self, *, most: float) -> None:
        self.most = most
        self.judged = 0
        self.unjudged = 0

    def of(self, text: str) -> float | None:
        """The perplexity, None where there is no Chinese. Raises `MissingDependency`."""
        runs = "".join(char if script_of(char) == "han" else " " for char in simplified(text)).split()
        if not runs:
            self.unjudged += 1
            return None
        self.judged += 1
        return exp(-sum(map(log_chance, runs)) / sum(map(len, runs)))
