"""A million passages on one machine: real sentences newly combined, and clustered unit vectors.

Embedding and reranking are left out: what is measured is the index.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import numpy as np

from benchmarks.corpus import scratch
from benchmarks.data import read_set
from benchmarks.figures import Figure
from ragkit.index import IndexSettings, LocalIndex, StoreWriter
from ragkit.language import UnicodeAnalyzer, sentence_spans
from ragkit.retrievers import HybridConfig
from ragkit.stages import Progress, Vectors
from ragkit.types import Chunk, Document, Filter, SourceState

CHUNKS = int(os.environ.get("RAGKIT_BENCH_CHUNKS", "1_000_000"))
PER_DOCUMENT = 10
DIMENSION = 384
TOPICS = 10_000
SETS = ("squad2-en", "nq-oracle-en", "cmrc-trial-zh", "xquad-zh")
QUERIES = 300
_BATCH = 1_000  # passages


class GivenEmbedder:
    """Vectors by question, drawn beforehand: embedding costs nothing."""

    name, dimension, window = "given", DIMENSION, 512

    def __init__(self, vectors: dict[str, Vectors]) -> None:
        self._vectors = vectors

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Not needed here."""
        raise NotImplementedError

    def reads(self, text: str) -> bool:
        """Everything."""
        return True

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Not needed here."""
        raise NotImplementedError

    def embed_query(self, text: str) -> Vectors:
        """The vector of a question."""
        return self._vectors[text]


class Clustered:
    """Unit vectors that are spread as those of bge-small over the passages of nq-oracle-en.

    A common direction, topics of unequal size, and variation that falls along the axes. For 2,600 of them
    (1,000 topics) and of bge-small: intrinsic dimension (Levina and Bickel, 10 neighbours) 27 and 26,
    median cosine of the nearest .72 and .72, the tenth .64 and .65, the hundredth .58 and .57, at random
    .46 and .45.
    """

    def __init__(self, topics: int = TOPICS) -> None:
        chance = np.random.default_rng(0)
        spread = np.arange(1, DIMENSION + 1) ** -0.45
        self._spread = (spread / np.linalg.norm(spread)).astype(np.float32)
        self._common = np.zeros(DIMENSION, np.float32)
        self._common[-1] = 0.9
        self._topics = chance.standard_normal((topics, DIMENSION), dtype=np.float32)
        weights = np.arange(1, topics + 1) ** -0.5
        self._weights = np.cumsum(weights / weights.sum())

    def draw(self, seed: int, count: int) -> Vectors:
        """(count, 384); the same for the same seed."""
        chance = np.random.default_rng(seed)
        topics = np.searchsorted(self._weights, chance.random(count)).clip(max=len(self._topics) - 1)
        own = chance.standard_normal((count, DIMENSION), dtype=np.float32)
        rows = self._common + self._spread * (0.4**0.5 * self._topics[topics] + 0.6**0.5 * own)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def sentences() -> list[str]:
    """Every sentence of the sets' documents."""
    found = []
    for name in SETS:
        for text in read_set(name).documents.values():
            found += [text[start:end].strip() for start, end in sentence_spans(text)]
    return [sentence for sentence in found if len(sentence) > 20]


def documents(first: int, count: int, pool: Sequence[str]) -> Iterator[tuple[Document, list[Chunk]]]:
    """Documents of ten passages of three sentences each."""
    for number in range(first, first + count):
        chance = random.Random(number)
        bodies = [" ".join(chance.choices(pool, k=3)) for _ in range(PER_DOCUMENT)]
        text = "\n".join(bodies)
        id_ = hashlib.sha256(text.encode()).hexdigest()[:32]
        chunks, start = [], 0
        for place, body in enumerate(bodies):
            end = start + len(body)
            chunks.append(Chunk(id=f"{id_}{place}", document_id=id_, start=start, end=end, text=body))
            start = end + 1
        metadata = {"date": f"{2000 + number % 25}-06-15"}
        yield (
            Document(id=id_, source="", title="", text=text, pages=(), language="en", metadata=metadata),
            chunks,
        )


def open_index(path: Path, *, create: bool = False) -> LocalIndex:
    """The index at `path`."""
    analyzer = UnicodeAnalyzer()
    settings = IndexSettings(embedder="given", dimension=DIMENSION, analyzer=analyzer.name, chunker="given")
    return LocalIndex(path, analyzer=analyzer, settings=settings, create=create)


def add(writer: StoreWriter, first: int, count: int, pool: Sequence[str], vectors: Clustered) -> None:
    """Stores `count` documents with their vectors."""
    for number, (document, chunks) in enumerate(documents(first, count, pool), start=first):
        rows = vectors.draw(number + 1, len(chunks))
        writer.save_vectors([chunk.search_text for chunk in chunks], rows)
        folder = f"/corpus/{'abcdefghij'[number % 10]}"
        state = SourceState(source=f"{folder}/{number:07}.txt", size=1, mtime_ns=0, checked_ns=1)
        writer.add(document, chunks, state)


def build(path: Path, pool: Sequence[str], vectors: Clustered) -> float:
    """Seconds that making the index took."""
    started = perf_counter()
    with open_index(path, create=True) as index, index.writer() as writer:
        for first in range(0, CHUNKS // PER_DOCUMENT, _BATCH // PER_DOCUMENT):
            add(writer, first, _BATCH // PER_DOCUMENT, pool, vectors)
    return perf_counter() - started


def questions(vectors: Clustered) -> GivenEmbedder:
    """Real questions, English and Chinese, with vectors near those of passages."""
    texts = [read_set(name).queries[query] for name in SETS for query in read_set(name).sample(QUERIES // 4)]
    near = np.concatenate([vectors.draw(1 + 7 * n, PER_DOCUMENT)[:1] for n in range(len(texts))])
    rows = near + 0.02 * np.random.default_rng(9).standard_normal(near.shape, dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return GivenEmbedder(dict(zip(texts, rows, strict=True)))


def measure() -> list[Figure]:
    """Builds, searches, filters, changes and reopens an index of a million passages."""
    path = Path(os.environ.get("RAGKIT_BENCH_MILLION") or scratch() / "million")
    pool, vectors = sentences(), Clustered()
    figures = []
    if not path.exists():
        seconds = build(path, pool, vectors)
        figures.append(Figure(name="build, microseconds a passage", value=1e6 * seconds / CHUNKS))
    embedder = questions(vectors)
    figures += _reopening(path, embedder)
    with open_index(path) as index:
        figures += _searching(index, embedder)
        figures += _filtering(index, embedder)
        figures += _changing(index, pool, vectors)
        figures.append(
            Figure(
                name="recall@10 of the dense search",
                value=index.recall(sample=100),
                target=0.97,
                better="higher",
                note=index.dense_kind,
            )
        )
        statistics = index.statistics()
    for part in ("store", "lexical", "dense"):
        size = getattr(statistics, f"{part}_bytes") / statistics.chunks
        figures.append(Figure(name=f"disk, {part}, bytes a passage", value=size))
    return figures


def _milliseconds(work: Callable[[str], object], asked: Sequence[str]) -> list[float]:
    times = []
    for question in asked:
        started = perf_counter()
        work(question)
        times.append(1000 * (perf_counter() - started))
    return times


def _percentiles(name: str, times: Sequence[float], *, p50: float | None, p95: float | None) -> list[Figure]:
    note = f"{len(times)} questions"
    return [
        Figure(name=f"{name} p50, ms", value=median(times), target=p50, note=note),
        Figure(name=f"{name} p95, ms", value=quantiles(times, n=20)[-1], target=p95, note=note),
    ]


def _searching(index: LocalIndex, embedder: GivenEmbedder) -> list[Figure]:
    asked = list(embedder._vectors)
    retriever = HybridConfig().build(index, embedder)
    _milliseconds(lambda q: retriever.retrieve(q, limit=10), asked[::3])  # warm
    hybrid = _milliseconds(lambda q: retriever.retrieve(q, limit=10), asked)
    lexical = _milliseconds(lambda q: index.search_lexical(index.analyzer.terms(q), limit=50), asked)
    dense = _milliseconds(lambda q: index.search_dense(embedder.embed_query(q), limit=50), asked)
    return [
        *_percentiles("hybrid", hybrid, p50=25.0, p95=60.0),
        *_percentiles("lexical", lexical, p50=None, p95=None),
        *_percentiles("dense", dense, p50=None, p95=None),
    ]


def _filtering(index: LocalIndex, embedder: GivenEmbedder) -> list[Figure]:
    asked = list(embedder._vectors)[:100]
    retriever = HybridConfig().build(index, embedder)
    figures = []
    filters = {
        "one folder of ten": Filter(sources=("/corpus/c/*",)),
        "one file": Filter(sources=("0004711.txt",)),
        "since 2020": Filter(since="2020"),
    }
    for name, among in filters.items():
        first = _milliseconds(lambda q, f=among: retriever.retrieve(q, limit=10, among=f), asked[:1])
        times = _milliseconds(lambda q, f=among: retriever.retrieve(q, limit=10, among=f), asked)
        figures.append(Figure(name=f"filter {name}: first time, ms", value=first[0]))
        figures += _percentiles(f"filter {name}:", times, p50=None, p95=None)
    return figures


def _changing(index: LocalIndex, pool: Sequence[str], vectors: Clustered) -> list[Figure]:
    first = 10_000_000 + random.SystemRandom().randrange(1_000_000)
    started = perf_counter()
    with index.writer() as writer:
        add(writer, first, 1, pool, vectors)
    added = perf_counter() - started
    started = perf_counter()
    with index.writer() as writer:
        writer.remove_source(f"/corpus/{'abcdefghij'[first % 10]}/{first:07}.txt")
    removed = perf_counter() - started
    return [
        Figure(name="add 10 passages, ms", value=1000 * added),
        Figure(name="remove 10 passages, ms", value=1000 * removed),
    ]


def _reopening(path: Path, embedder: GivenEmbedder) -> list[Figure]:
    """A fresh process: imports first, then the time from opening to the first answer, and its memory."""
    question, vector = next(iter(embedder._vectors.items()))
    given = json.dumps([str(path), question, vector.tolist()])
    command = [sys.executable, "-m", "benchmarks.million_child"]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    facts = json.loads(done.stdout)
    return [
        Figure(name="reopen to first answer beyond imports, s", value=facts["seconds"], target=1.5),
        Figure(
            name="memory of a searching process, bytes a passage",
            value=facts["anonymous"] / CHUNKS,
            note="{anonymous:,} bytes of its own, {mapped:,} of mapped files".format(**facts),
        ),
    ]
