"""Scores how well a text answers a query, by reading both together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ragkit.models.named import NamedEncoder


class PairScorer(NamedEncoder):
    """A cross-encoder. Each pair is read alone, so a score never depends on the other texts."""

    def __init__(self, model: str = "ms-marco-MiniLM-L-12-v2") -> None:
        super().__init__(model)

    @property
    def name(self) -> str:
        """Identity of the weights."""
        return self.folder.identity

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """(start, end) in `text` of each token, special tokens left out."""
        return self.encoder.token_spans(text)

    def room(self, query: str, *, limit_tokens: int | None = None) -> int:
        """How many tokens of a text are read beside `query` when a pair may have `limit_tokens`."""
        limit = self._limit(limit_tokens)
        return limit - 3 - min(len(self.encoder.token_ids(query)), limit // 2)

    def scores(
        self, query: str, texts: Sequence[str], *, limit_tokens: int | None = None
    ) -> NDArray[np.float32]:
        """The logit of each (query, text): float32, (len(texts),); about +9 for an answer, -11 for noise.

        Of each pair at most `limit_tokens` tokens are read (default and maximum: `window`); the query may
        take half of them, the end of the text is cut. Raises `ModelNotFound`.
        """
        encoder = self.encoder
        question = encoder.token_ids(query)[: self._limit(limit_tokens) // 2]
        room = self.room(query, limit_tokens=limit_tokens)

        def score(text: str) -> float:
            return float(encoder.run(question, encoder.token_ids(text)[:room])[0])

        return np.fromiter(encoder.map(score, texts), dtype=np.float32, count=len(texts))

    def _limit(self, limit_tokens: int | None) -> int:
        limit = min(limit_tokens or self.window, self.window)
        if limit < 8:
            raise ValueError(f"limit_tokens must be at least 8, not {limit}")
        return limit
