"""LangChain: FAISS and BM25Retriever in an EnsembleRetriever (reciprocal rank).

https://python.langchain.com/docs/how_to/ensemble_retriever, .../integrations/vectorstores/faiss,
.../tutorials/rag (PyPDFLoader, RecursiveCharacterTextSplitter of 1000 characters with 200 shared).
BM25Retriever can neither add nor save: it is built anew from the documents of the FAISS store.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.document_loaders import PyPDFLoader
from langchain_community.retrievers import BM25Retriever
from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
from protocol import LIMIT, Given, Model, Passages, run


class GivenEmbeddings(Embeddings):
    """The given vectors as lists, as LangChain's embeddings give them."""

    def __init__(self, given: Given) -> None:
        self.given = given

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self.given(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class LangChainPeer:
    """See `protocol.Peer`."""

    def __init__(self, model: Model, folder: Path, variant: str) -> None:
        self._model = model
        self._folder = folder / "faiss"
        self._documents: list[Document] = []
        self._faiss: FAISS
        self._retriever: EnsembleRetriever

    @cached_property
    def _embeddings(self) -> Any:
        if isinstance(self._model, Given):
            return GivenEmbeddings(self._model)
        from langchain_huggingface import HuggingFaceEmbeddings

        return HuggingFaceEmbeddings(model_name=self._model, encode_kwargs={"normalize_embeddings": True})

    def warm(self) -> None:
        self.embed(["A text that makes the model load."])

    def embed(self, texts: Sequence[str]) -> object:
        return self._embeddings.embed_documents(list(texts))

    def build(self, passages: Passages) -> None:
        self._build(_documents(passages))

    def _build(self, documents: list[Document]) -> None:
        self._documents = documents
        self._faiss = FAISS.from_documents(documents, self._embeddings)
        self._combine()

    def _combine(self) -> None:
        bm25 = BM25Retriever.from_documents(self._documents)
        bm25.k = LIMIT
        dense = self._faiss.as_retriever(search_kwargs={"k": LIMIT})
        self._retriever = EnsembleRetriever(retrievers=[bm25, dense], weights=[0.5, 0.5])

    def add(self, passages: Passages) -> None:
        documents = _documents(passages)
        self._faiss.add_documents(documents)
        self._documents += documents
        self._combine()

    def search(self, question: str) -> Sequence[Document]:
        found: list[Document] = self._retriever.invoke(question)
        return found[:LIMIT]

    def ids(self, found: Sequence[Document]) -> list[str]:
        return [document.metadata["id"] for document in found]

    def dense(self, question: str) -> list[str]:
        return self.ids(self._faiss.similarity_search(question, k=LIMIT))

    def save(self) -> None:
        self._faiss.save_local(str(self._folder))

    def open(self) -> None:
        self._faiss = FAISS.load_local(
            str(self._folder), self._embeddings, allow_dangerous_deserialization=True
        )
        ids = self._faiss.index_to_docstore_id.values()
        self._documents = self._faiss.get_by_ids(list(ids))
        self._combine()

    def read_pdfs(self, files: Sequence[Path]) -> int:
        pages = [page for file in files for page in PyPDFLoader(str(file)).load()]
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
        self._build(splitter.split_documents(pages))
        return len(self._documents)

    def files_of(self, question: str) -> list[str]:
        return [Path(document.metadata["source"]).name for document in self.search(question)]


def _documents(passages: Passages) -> list[Document]:
    return [Document(page_content=text, metadata={"id": id_}) for id_, text in passages.rows]


if __name__ == "__main__":
    run(LangChainPeer)
