"""LlamaIndex: VectorStoreIndex and BM25Retriever in a QueryFusionRetriever (reciprocal rank).

https://developers.llamaindex.ai/python/examples/retrievers/bm25_retriever and .../reciprocal_rerank_fusion;
SimpleDirectoryReader for PDFs. The BM25 index is built anew after an addition: it cannot add.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import Stemmer
from llama_index.core import (
    Settings,
    SimpleDirectoryReader,
    StorageContext,
    VectorStoreIndex,
    load_index_from_storage,
)
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.retrievers.bm25 import BM25Retriever
from protocol import LIMIT, Given, Model, Passages, run


class GivenEmbedding(BaseEmbedding):
    """The given vectors as lists, as LlamaIndex's embeddings give them."""

    given: Any

    def _get_text_embedding(self, text: str) -> list[float]:
        vector: list[float] = self.given([text])[0].tolist()
        return vector

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


class LlamaIndexPeer:
    """See `protocol.Peer`."""

    def __init__(self, model: Model, folder: Path, variant: str) -> None:
        self._model = model
        self._folder = folder / "llamaindex"
        self._index: VectorStoreIndex
        self._retriever: QueryFusionRetriever
        self._bm25: BM25Retriever

    @cached_property
    def _embedding(self) -> Any:
        if isinstance(self._model, Given):
            return GivenEmbedding(given=self._model)
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        return HuggingFaceEmbedding(model_name=self._model, embed_batch_size=32)

    def warm(self) -> None:
        self.embed(["A text that makes the model load."])

    def embed(self, texts: Sequence[str]) -> object:
        return self._embedding.get_text_embedding_batch(list(texts))

    def build(self, passages: Passages) -> None:
        self._index = VectorStoreIndex(_nodes(passages), embed_model=self._embedding)
        self._combine(self._new_bm25())

    def _new_bm25(self) -> BM25Retriever:
        """From the nodes in the index's own store, stemmed and without stop words as documented."""
        nodes = list(self._index.docstore.docs.values())
        stemmer = Stemmer.Stemmer("english")
        return BM25Retriever.from_defaults(
            nodes=nodes, similarity_top_k=min(LIMIT, len(nodes)), stemmer=stemmer, language="english"
        )

    def _combine(self, bm25: BM25Retriever) -> None:
        self._bm25 = bm25
        self._retriever = QueryFusionRetriever(
            [self._index.as_retriever(similarity_top_k=LIMIT), bm25],
            llm=MockLLM(),  # never asked: one query, none generated
            similarity_top_k=LIMIT,
            num_queries=1,
            mode="reciprocal_rerank",
        )

    def add(self, passages: Passages) -> None:
        self._index.insert_nodes(_nodes(passages))
        self._combine(self._new_bm25())

    def search(self, question: str) -> Sequence[NodeWithScore]:
        return self._retriever.retrieve(question)

    def ids(self, found: Sequence[NodeWithScore]) -> list[str]:
        return [hit.node.node_id for hit in found]

    def dense(self, question: str) -> list[str]:
        return self.ids(self._index.as_retriever(similarity_top_k=LIMIT).retrieve(question))

    def save(self) -> None:
        self._index.storage_context.persist(persist_dir=str(self._folder))
        self._bm25.persist(str(self._folder / "bm25"))

    def open(self) -> None:
        storage = StorageContext.from_defaults(persist_dir=str(self._folder))
        self._index = load_index_from_storage(storage, embed_model=self._embedding)
        self._combine(BM25Retriever.from_persist_dir(str(self._folder / "bm25")))

    def read_pdfs(self, files: Sequence[Path]) -> int:
        Settings.llm = None  # otherwise a hosted one is looked for
        documents = SimpleDirectoryReader(input_files=[str(file) for file in files]).load_data()
        self._index = VectorStoreIndex.from_documents(documents, embed_model=self._embedding)
        self._combine(self._new_bm25())
        return len(self._index.docstore.docs)

    def files_of(self, question: str) -> list[str]:
        return [hit.node.metadata["file_name"] for hit in self.search(question)]


def _nodes(passages: Passages) -> list[TextNode]:
    return [TextNode(id_=id_, text=text) for id_, text in passages.rows]


if __name__ == "__main__":
    run(LlamaIndexPeer)
