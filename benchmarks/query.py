"""A hybrid query, against embedding the same question alone."""

from __future__ import annotations

from functools import partial
from statistics import median

from benchmarks.corpus import indexed_corpus, nq
from benchmarks.figures import Figure
from benchmarks.timing import quick_seconds
from ragkit.stages import Embedder, Retriever

TARGET = 1.25
QUERIES = 300
LIMIT = 10


def measure() -> list[Figure]:
    """Question by question, embedding alone and retrieving without a reranker in turns; nothing is cached."""
    config = indexed_corpus().config
    embedder = config.embedder.build()
    with config.open_index(embedder) as index:
        retriever = config.retriever.build(index, embedder)
        questions = [nq().queries[query] for query in nq().sample(QUERIES + 20)]
        _times(embedder, retriever, questions[:20])  # warm
        alone, whole = _times(embedder, retriever, questions[20:])
    note = f"{len(whole)} questions: {1000 * median(whole):.2f} ms, embedding {1000 * median(alone):.2f} ms"
    return [
        Figure(
            name="hybrid retrieve p50 / embed_query p50",
            value=median(whole) / median(alone),
            target=TARGET,
            note=note,
        )
    ]


def _times(embedder: Embedder, retriever: Retriever, questions: list[str]) -> tuple[list[float], list[float]]:
    """Seconds of both, question by question; which comes first changes each time."""
    alone: list[float] = []
    whole: list[float] = []
    for number, question in enumerate(questions):
        embed = partial(embedder.embed_query, question)
        retrieve = partial(retriever.retrieve, question, limit=LIMIT)
        for work, times in ((embed, alone), (retrieve, whole))[:: 1 if number % 2 else -1]:
            times.append(quick_seconds(work))
    return alone, whole
