"""Chains with a planted defect, and harmless changes, for the proof of the regression gate."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from ragkit.chunkers import TokenSpans
from ragkit.config import AnyChunker, AnyEmbedder, AnyReranker
from ragkit.stages import Analyzer, Chunker, Embedder, Progress, Reranker, StageConfig, Vectors
from ragkit.types import Chunk, Document, Hit


class WhitespaceConfig(StageConfig):
    """An analyzer for English that somebody uses for Chinese."""

    type: Literal["whitespace"] = "whitespace"

    def build(self) -> Analyzer:
        """The analyzer."""
        return _Whitespace()


class _Whitespace:
    name = "whitespace"

    def terms(self, text: str) -> list[str]:
        return re.findall(r"\w+", text.lower())

    def query_terms(self, text: str) -> Mapping[str, float]:
        return dict.fromkeys(self.terms(text), 1.0)

    def folded(self, text: str) -> str:
        return text.lower()


class HalvedConfig(StageConfig):
    """A chunker whose passages are cut in the middle."""

    type: Literal["halved"] = "halved"
    inner: AnyChunker

    def build(self, tokens: TokenSpans, window: int) -> Chunker:
        """The chunker."""
        return _Halved(self.inner.build(tokens, window))


class _Halved:
    def __init__(self, inner: Chunker) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        return f"halved {self._inner.name}"

    def chunk(self, document: Document) -> list[Chunk]:
        return [half for chunk in self._inner.chunk(document) for half in _halves(chunk)]


def _halves(chunk: Chunk) -> list[Chunk]:
    middle = len(chunk.text) // 2
    texts = [(0, chunk.text[:middle]), (middle, chunk.text[middle:])]
    return [
        replace(
            chunk,
            id=hashlib.sha256(f"{chunk.id} {at}".encode()).hexdigest()[: len(chunk.id)],
            start=chunk.start + at,
            end=chunk.start + at + len(text),
            text=text,
        )
        for at, text in texts
        if text.strip()
    ]


class ReversedConfig(StageConfig):
    """A reranker that takes the worst of what it has read for the best."""

    type: Literal["reversed"] = "reversed"
    inner: AnyReranker

    def build(self) -> Reranker:
        """The reranker."""
        return _Reversed(self.inner.build())


class _Reversed:
    def __init__(self, inner: Reranker) -> None:
        self._inner = inner

    def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        ranked = self._inner.rerank(query, hits)
        read = [hit for hit in ranked if "rerank" in hit.stages]
        rest = [hit for hit in ranked if "rerank" not in hit.stages]
        scores = [hit.score for hit in ranked]
        turned = [*reversed(read), *rest]
        return [replace(hit, score=score) for hit, score in zip(turned, scores, strict=True)]


class ShuffledConfig(StageConfig):
    """An embedder that gives one passage in ten the vector of another, as a damaged index has."""

    type: Literal["shuffled"] = "shuffled"
    inner: AnyEmbedder

    def build(self) -> Embedder:
        """The embedder."""
        return _Shuffled(self.inner.build())


class _Shuffled:
    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.name = f"shuffled {inner.name}"
        self.dimension, self.window = inner.dimension, inner.window
        self.token_spans, self.reads, self.embed_query = inner.token_spans, inner.reads, inner.embed_query

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        vectors = np.array(self._inner.embed_documents(texts, progress=progress))
        chosen = [number for number, text in enumerate(texts) if _one_in_ten(text)]
        vectors[chosen] = vectors[[*chosen[1:], *chosen[:1]]]
        return vectors


def _one_in_ten(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] < 256 // 10
