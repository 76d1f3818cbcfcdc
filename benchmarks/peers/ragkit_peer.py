"""ragkit by its public API: Config, Ingest, Chain. The variant "minilm" has the peers' weights.

Passages are rows of a .jsonl file, read and stored on disk as `ragkit index` does. The phase `reopen` is
measured with `ragkit search`, not with this script.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from protocol import LIMIT, Given, Model, Passages, run

from ragkit.chain import Chain
from ragkit.chunkers import SentenceConfig
from ragkit.config import config_yaml, parse_config
from ragkit.ingest import Ingest
from ragkit.retrievers import DenseConfig
from ragkit.stages import Embedder, Progress, Vectors
from ragkit.types import Hit

CHAINS = {
    "minilm": "embedder: {type: sentence_transformer, model: all-MiniLM-L6-v2}",
    "default": "",
}


class GivenEmbedder:
    """The given vectors, found by the letters of a text: white space and signs may have been cleaned."""

    name, dimension, window = "given", 384, 512

    def __init__(self, given: Given) -> None:
        self._vectors = {_letters(text): vector for text, vector in given.vectors.items()}
        self.question = ""

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """One token a word."""
        spans, end = [], 0
        for word in text.split():
            start = text.index(word, end)
            end = start + len(word)
            spans.append((start, end))
        return spans

    def reads(self, text: str) -> bool:
        return True

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        return np.stack([self._vectors[_letters(text)] for text in texts])

    def embed_query(self, text: str) -> Vectors:
        """The vector of the question that is being asked, whatever the chain made of its words."""
        vector: Vectors = self._vectors[_letters(self.question)]
        return vector


class RagkitPeer:
    """See `protocol.Peer`."""

    def __init__(self, model: Model, folder: Path, variant: str) -> None:
        self._given = GivenEmbedder(model) if isinstance(model, Given) else None
        self._config = parse_config(CHAINS[variant], name=variant).model_copy(
            update={"index": folder / "index"}
        )
        if self._given:
            parts = {
                "embedder": SimpleNamespace(build=lambda: self._given),
                "chunker": SentenceConfig(size=510),
            }
            self._config = self._config.model_copy(update=parts)
        self._folder = folder

    @cached_property
    def _embedder(self) -> Embedder:
        return self._config.embedder.build()

    @cached_property
    def _ingest(self) -> Ingest:
        """With the embedder that is loaded, as the other tools have theirs."""
        loaded = SimpleNamespace(build=lambda: self._embedder)
        return self._config.model_copy(update={"embedder": loaded}).build_ingest()

    @cached_property
    def _chain(self) -> Chain:
        return self._config.build()

    @cached_property
    def _dense_chain(self) -> Chain:
        return self._config.model_copy(update={"retriever": DenseConfig()}).build()

    def warm(self) -> None:
        """Imports, and the model that embeds passages; that for questions is loaded by the first one."""
        self.embed(["A text that makes the model load."])

    def embed(self, texts: Sequence[str]) -> object:
        return self._embedder.embed_documents(texts)

    def build(self, passages: Passages) -> None:
        self._run(passages.file)

    def add(self, passages: Passages) -> None:
        self._run(passages.file)

    def _run(self, *files: Path) -> int:
        report = self._ingest.run(list(files))
        failed = [file for file in report.files if file.status == "failed"]
        if failed or not report.files:
            raise RuntimeError(f"{len(failed)} of {len(report.files)} files failed: {failed[:1]}")
        return sum(file.chunks for file in report.files)

    def search(self, question: str) -> Sequence[Hit]:
        return self._search(self._chain, question)

    def _search(self, chain: Chain, question: str) -> list[Hit]:
        if self._given:
            self._given.question = question
        return chain.search(question, limit=LIMIT)

    def ids(self, found: Sequence[Hit]) -> list[str]:
        return [self._source(hit).rpartition("#")[2] for hit in found]

    def _source(self, hit: Hit) -> str:
        return self._chain.documents.place(hit.chunk.document_id, hit.chunk.start).source

    def dense(self, question: str) -> list[str]:
        return self.ids(self._search(self._dense_chain, question))

    def save(self) -> None:
        """The index is on disk already; `ragkit search` needs the chain that it was built with."""
        (self._folder / "chain.yaml").write_text(config_yaml(self._config), encoding="utf-8")

    def open(self) -> None:
        raise NotImplementedError("measured with `ragkit search`")

    def read_pdfs(self, files: Sequence[Path]) -> int:
        return self._run(*files)

    def files_of(self, question: str) -> list[str]:
        return [Path(self._source(hit)).name for hit in self.search(question)]


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


if __name__ == "__main__":
    run(RagkitPeer)
