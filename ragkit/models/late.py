"""One vector for each token of a query or a passage, compared token by token."""

from __future__ import annotations

import functools
import string

import numpy as np
from numpy.typing import NDArray

from ragkit.errors import ModelNotFound
from ragkit.models.named import NamedEncoder

_QUERY, _PASSAGE = "[unused0]", "[unused1]"
_QUERY_TOKENS = 64


class TokenVectors(NamedEncoder):
    """A ColBERT model: a marker in front of each text, and the encoder's own vectors, 384 wide.

    Khattab and Zaharia, "ColBERT: Efficient and Effective Passage Search via Contextualized Late
    Interaction over BERT" (SIGIR 2020). The known export lacks the linear layer to 96 dimensions, so
    queries are not padded with [MASK] either, which is meant for it.
    """

    def __init__(self, model: str = "answerai-colbert-small-v1") -> None:
        super().__init__(model)

    def query(self, text: str) -> NDArray[np.float32]:
        """Unit vectors of the query's tokens, markers included: float32, (tokens, dimension)."""
        return self._vectors(_QUERY, self.encoder.token_ids(text)[:_QUERY_TOKENS])

    def passage(self, text: str, *, limit_tokens: int) -> NDArray[np.float32]:
        """Unit vectors of the passage's tokens but for punctuation: float32, (tokens, dimension)."""
        ids = self.encoder.token_ids(text)[: max(0, min(limit_tokens, self.window) - 3)]
        kept = [True, True, *(token not in self._punctuation for token in ids), True]
        return self._vectors(_PASSAGE, ids)[kept]

    def tokens(self, text: str, *, limit_tokens: int) -> NDArray[np.float32]:
        """Unit vectors of a query's tokens but for markers and punctuation: float32, (tokens, dimension)."""
        ids = self.encoder.token_ids(text)[:limit_tokens]
        kept = [False, False, *(token not in self._punctuation for token in ids), False]
        return self._vectors(_QUERY, ids)[kept]

    @functools.cached_property
    def _punctuation(self) -> frozenset[int | None]:
        return frozenset(map(self.encoder.tokenizer.token_to_id, string.punctuation))

    def _vectors(self, marker: str, ids: list[int]) -> NDArray[np.float32]:
        start = self.encoder.tokenizer.token_to_id(marker)
        if start is None:
            raise ModelNotFound(f"{self.folder.path} holds no ColBERT model: its tokenizer has no {marker}.")
        vectors = self.encoder.run([start, *ids])
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def max_similarity(query: NDArray[np.float32], passage: NDArray[np.floating]) -> float:
    """The mean over the query's tokens of the best cosine with any token of the passage (MaxSim)."""
    return float((query @ passage.astype(np.float32).T).max(axis=1).mean())
