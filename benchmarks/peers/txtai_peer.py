"""txtai: Embeddings(hybrid=True, content=True); Textractor with liteparse, which needs no model and no Java.

https://neuml.github.io/txtai/embeddings, .../embeddings/configuration/general, .../pipeline/data/textractor
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from protocol import LIMIT, Given, Model, Passages, run
from txtai import Embeddings

DENSE_ONLY = 1.0
"""The weight of the vectors against the terms."""


class TxtaiPeer:
    """See `protocol.Peer`."""

    def __init__(self, model: Model, folder: Path, variant: str) -> None:
        self._model = model
        self._folder = folder / "txtai"

    @cached_property
    def _embeddings(self) -> Embeddings:
        if isinstance(self._model, Given):
            given = self._model

            def transform(
                texts: Sequence[str],
            ) -> Any:  # txtai calls anything but a plain function to make one
                return given(texts)

            return Embeddings(method="external", transform=transform, hybrid=True, content=True)
        return Embeddings(path=self._model, hybrid=True, content=True)

    def warm(self) -> None:
        self.embed(["A text that makes the model load."])

    def embed(self, texts: Sequence[str]) -> object:
        return self._embeddings.batchtransform(list(texts))

    def build(self, passages: Passages) -> None:
        self._embeddings.index(passages.rows)

    def add(self, passages: Passages) -> None:
        self._embeddings.upsert(passages.rows)

    def search(self, question: str) -> Sequence[dict[str, Any]]:
        found: Sequence[dict[str, Any]] = self._embeddings.search(question, LIMIT)
        return found

    def ids(self, found: Sequence[dict[str, Any]]) -> list[str]:
        return [row["id"] for row in found]

    def dense(self, question: str) -> list[str]:
        return self.ids(self._embeddings.search(question, LIMIT, weights=DENSE_ONLY))

    def save(self) -> None:
        self._embeddings.save(str(self._folder))

    def open(self) -> None:
        self._embeddings.load(str(self._folder))

    def read_pdfs(self, files: Sequence[Path]) -> int:
        import liteparse
        from txtai.pipeline import Textractor

        textract = Textractor(paragraphs=True, backend="liteparse")
        # As the backend makes it, but without recognising images of text: nobody else does, and it downloads.
        textract.html.backend.liteparse = liteparse.LiteParse(output_format="markdown", ocr_enabled=False)
        rows = [
            (f"{file.name}#{number}", text)
            for file in files
            for number, text in enumerate(textract(str(file)))
        ]
        self._embeddings.index(rows)
        return len(rows)

    def files_of(self, question: str) -> list[str]:
        return [row["id"].partition("#")[0] for row in self.search(question)]


if __name__ == "__main__":
    run(TxtaiPeer)
