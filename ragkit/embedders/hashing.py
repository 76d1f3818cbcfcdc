"""Signed feature hashing: no model, no weights, the same vectors on every machine."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from pydantic import Field

from ragkit.embedders.vectors import unit
from ragkit.embedders.words import IDEOGRAPH, cut, word_spans
from ragkit.stages import Progress, StageConfig, Vectors


class HashingConfig(StageConfig):
    """Settings of the hashing embedder."""

    type: Literal["hashing"] = "hashing"
    dimension: int = Field(default=256, ge=2)
    window: int = Field(default=512, ge=1)

    def build(self) -> HashingEmbedder:
        """The embedder."""
        return HashingEmbedder(dimension=self.dimension, window=self.window)


class HashingEmbedder:
    """Words, and uni- and bigrams of ideographs, hashed into `dimension` signed places.

    Weinberger et al., Feature Hashing for Large Scale Multitask Learning, 2009. A term that occurs n times
    counts 1 + ln n.
    """

    def __init__(self, *, dimension: int = 256, window: int = 512) -> None:
        self._dimension = dimension
        self._window = window

    @property
    def name(self) -> str:
        """The method and its settings."""
        return f"hashing-1@{self._dimension}/{self._window}"

    @property
    def dimension(self) -> int:
        """The number of places."""
        return self._dimension

    @property
    def window(self) -> int:
        """The most words and ideographs of one text that count."""
        return self._window

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """(start, end) of each word, ideograph and sign."""
        return word_spans(text)

    def reads(self, text: str) -> bool:
        """Always true."""
        return True

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Unit vectors, (len(texts), dimension)."""
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for index, text in enumerate(texts):
            vectors[index] = self.embed_query(text)
            if progress:
                progress(index + 1, len(texts))
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """The unit vector, (dimension,)."""
        vector = np.zeros(self._dimension, dtype=np.float64)
        for term, count in sorted(Counter(_terms(cut(text, self._window))).items()):
            digest = _digest(term)
            sign = 1 if digest & 1 else -1
            vector[(digest >> 1) % self._dimension] += sign * (1 + np.log(count))
        return unit(vector)


def _terms(text: str) -> Iterator[str]:
    folded = text.casefold()
    tokens = [(start, end, folded[start:end]) for start, end in word_spans(folded)]
    for _, _, token in tokens:
        if token[0].isalnum():
            yield token
    for (_, end, left), (start, _, right) in pairwise(tokens):
        if end == start and IDEOGRAPH.match(left) and IDEOGRAPH.match(right):
            yield left + right


@functools.lru_cache(maxsize=65536)
def _digest(term: str) -> int:
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), "little")
