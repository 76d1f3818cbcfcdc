"""Only the model: SentenceTransformer.encode and a matrix of vectors, as a lower bound for fp32 embedding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from protocol import LIMIT, Model, Passages, run
from sentence_transformers import SentenceTransformer  # noqa: TID253  # a script of its own


class BarePeer:
    """Of `protocol.Peer` what a bare model can do."""

    def __init__(self, model: Model, folder: Path, variant: str) -> None:
        self._model = SentenceTransformer(str(model))
        self._ids: list[str] = []
        self._vectors = np.zeros((0, 384), np.float32)

    def warm(self) -> None:
        self.embed(["A text that makes the model load."])

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        return np.asarray(self._model.encode(list(texts), show_progress_bar=False))

    def build(self, passages: Passages) -> None:
        self._ids = [id_ for id_, _ in passages.rows]
        self._vectors = self.embed([text for _, text in passages.rows])

    def search(self, question: str) -> Sequence[str]:
        scores = self._vectors @ self.embed([question])[0]
        return [self._ids[number] for number in np.argsort(-scores)[:LIMIT]]

    def ids(self, found: Sequence[str]) -> list[str]:
        return list(found)


if __name__ == "__main__":
    run(BarePeer)
