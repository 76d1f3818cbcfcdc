"""A large index of random text and random unit vectors: no model, so only the index is measured."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragkit.index import IndexSettings, LocalIndex, StoreWriter
from ragkit.types import Chunk, Document, SourceState

CHUNKS = 100_000
CHUNKS_PER_DOCUMENT = 10
TERMS_PER_CHUNK = 80
VOCABULARY = 50_000
DIMENSION = 384
_HEAD = (
    50  # Zipf-Mandelbrot's offset: no stop words, the most frequent term is in about a fifth of all chunks
)
_BATCH = 1_000

Terms = NDArray[np.int64]


class SplitAnalyzer:
    """Terms are what stands between spaces, so that analysis costs next to nothing."""

    name = "split"

    def terms(self, text: str) -> list[str]:
        """The words of `text`."""
        return text.split()

    def query_terms(self, text: str) -> dict[str, float]:
        """The same, each as often as it weighs."""
        return dict(Counter(map(str, text.split())))

    def folded(self, text: str) -> str:
        """The text as it is."""
        return text


@functools.cache
def _weights() -> NDArray[np.float64]:
    weights = np.array(1.0 / (np.arange(VOCABULARY) + 1.0 + _HEAD), dtype=np.float64)
    weights /= weights.sum()
    return weights


def draw_terms(random: np.random.Generator, count: int) -> list[str]:
    """`count` terms as frequent as in natural text."""
    return [f"t{number}" for number in random.choice(VOCABULARY, size=count, p=_weights())]


def draw_texts(random: np.random.Generator, count: int) -> list[str]:
    """Texts of about 80 terms (Poisson)."""
    lengths = np.maximum(1, random.poisson(TERMS_PER_CHUNK, count))
    terms = draw_terms(random, int(lengths.sum()))
    ends = np.cumsum(lengths)
    return [" ".join(terms[end - length : end]) for end, length in zip(ends, lengths, strict=True)]


def draw_vectors(random: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Random unit vectors, (count, 384)."""
    vectors = random.standard_normal((count, DIMENSION), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def open_index(path: Path, *, create: bool = False) -> LocalIndex:
    """The index at `path`, empty if it is new."""
    settings = IndexSettings(embedder="random", dimension=DIMENSION, analyzer="split", chunker="one")
    return LocalIndex(path, analyzer=SplitAnalyzer(), settings=settings, create=create)


def write(writer: StoreWriter, texts: Sequence[str], vectors: NDArray[np.float32], *, per: int) -> None:
    """Stores the texts as documents of `per` chunks, vectors first, in batches, as ingest does."""
    for start in range(0, len(texts), _BATCH):
        writer.save_vectors(texts[start : start + _BATCH], vectors[start : start + _BATCH])
        for first in range(start, min(start + _BATCH, len(texts)), per):
            _add(writer, texts[first : first + per])


def _add(writer: StoreWriter, texts: Sequence[str]) -> None:
    whole = "\n".join(texts)
    id_ = hashlib.sha256(whole.encode()).hexdigest()[:32]
    document = Document(id=id_, source=f"/{id_}", title="", text=whole, pages=(), language="en")
    chunks, start = [], 0
    for number, text in enumerate(texts):
        end = start + len(text)
        chunks.append(Chunk(id=f"{id_}-{number}", document_id=id_, start=start, end=end, text=text))
        start = end + 1
    state = SourceState(source=document.source, size=len(whole), mtime_ns=0, checked_ns=0)
    writer.add(document, chunks, state)


@functools.cache
def random_texts() -> list[str]:
    """The texts of the large index, always the same."""
    return draw_texts(np.random.default_rng(0), CHUNKS)


def build(path: Path, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
    """Makes an index of `texts`."""
    with open_index(path, create=True) as index, index.writer() as writer:
        write(writer, texts, vectors, per=CHUNKS_PER_DOCUMENT)
