"""Haystack 3: BM25 and embedding retrievers over the in-memory store, joined by reciprocal rank.

https://docs.haystack.deepset.ai/docs/inmemorydocumentstore, .../documentjoiner, .../pypdftodocument
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import haystack
from haystack.components.converters import PyPDFToDocument
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentCleaner, DocumentSplitter
from haystack.components.retrievers import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.dataclasses import Document
from haystack.document_stores.in_memory import InMemoryDocumentStore
from protocol import LIMIT, Given, Model, Passages, run


@haystack.component
class GivenTextEmbedder:
    """The given vector of a question."""

    def __init__(self, given: Given) -> None:
        self.given = given

    @haystack.component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, list[float]]:
        """A vector as a list, as Haystack's embedders give it."""
        return {"embedding": self.given([text])[0].tolist()}


@haystack.component
class GivenDocumentEmbedder:
    """The given vectors of documents."""

    def __init__(self, given: Given) -> None:
        self.given = given

    @haystack.component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, list[Document]]:
        """The documents with vectors."""
        vectors = self.given([document.content for document in documents])
        pairs = zip(documents, vectors, strict=True)
        return {"documents": [replace(document, embedding=vector.tolist()) for document, vector in pairs]}


class HaystackPeer:
    """See `protocol.Peer`."""

    def __init__(self, model: Model, folder: Path, variant: str) -> None:
        self._model = model
        self._file = folder / "store.json"
        self._store = InMemoryDocumentStore()

    @cached_property
    def _document_embedder(self) -> Any:
        if isinstance(self._model, Given):
            return GivenDocumentEmbedder(self._model)
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
        )

        embedder = SentenceTransformersDocumentEmbedder(model=self._model, progress_bar=False)
        embedder.warm_up()
        return embedder

    @cached_property
    def _pipeline(self) -> haystack.Pipeline:
        pipeline = haystack.Pipeline()
        pipeline.add_component("text_embedder", self._text_embedder())
        pipeline.add_component("bm25", InMemoryBM25Retriever(self._store, top_k=LIMIT))
        pipeline.add_component("embedding", InMemoryEmbeddingRetriever(self._store, top_k=LIMIT))
        pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=LIMIT))
        pipeline.connect("text_embedder.embedding", "embedding.query_embedding")
        pipeline.connect("bm25", "joiner")
        pipeline.connect("embedding", "joiner")
        return pipeline

    def _text_embedder(self) -> Any:
        if isinstance(self._model, Given):
            return GivenTextEmbedder(self._model)
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersTextEmbedder,
        )

        embedder = SentenceTransformersTextEmbedder(model=self._model, progress_bar=False)
        embedder.warm_up()
        return embedder

    def warm(self) -> None:
        self.embed(["A text that makes the model load."])

    def embed(self, texts: Sequence[str]) -> object:
        return self._document_embedder.run([Document(content=text) for text in texts])

    def build(self, passages: Passages) -> None:
        self.add(passages)

    def add(self, passages: Passages) -> None:
        documents = [Document(id=id_, content=text) for id_, text in passages.rows]
        self._store.write_documents(self._document_embedder.run(documents)["documents"])

    def search(self, question: str) -> Sequence[Document]:
        asked = {"text_embedder": {"text": question}, "bm25": {"query": question}}
        found: Sequence[Document] = self._pipeline.run(asked)["joiner"]["documents"]
        return found

    def ids(self, found: Sequence[Document]) -> list[str]:
        return [document.id for document in found]

    def dense(self, question: str) -> list[str]:
        vector = self._pipeline.get_component("text_embedder").run(question)["embedding"]
        return self.ids(self._store.embedding_retrieval(vector, top_k=LIMIT))

    def save(self) -> None:
        self._store.save_to_disk(str(self._file))

    def open(self) -> None:
        self._store = InMemoryDocumentStore.load_from_disk(str(self._file))

    def read_pdfs(self, files: Sequence[Path]) -> int:
        pipeline = haystack.Pipeline()
        pipeline.add_component("converter", PyPDFToDocument())
        pipeline.add_component("cleaner", DocumentCleaner())
        pipeline.add_component("splitter", DocumentSplitter())
        pipeline.add_component("embedder", self._document_embedder)
        pipeline.add_component("writer", DocumentWriter(self._store))
        for left, right in (
            ("converter", "cleaner"),
            ("cleaner", "splitter"),
            ("splitter", "embedder"),
            ("embedder", "writer"),
        ):
            pipeline.connect(left, right)
        pipeline.run({"converter": {"sources": list(files)}})
        return self._store.count_documents()

    def files_of(self, question: str) -> list[str]:
        return [Path(document.meta["file_path"]).name for document in self.search(question)]


if __name__ == "__main__":
    run(HaystackPeer)
