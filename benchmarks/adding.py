"""Adding ten documents to a large index, against building it; embedding and analysis aside."""

from __future__ import annotations

from statistics import median

import numpy as np

from benchmarks.figures import Figure
from benchmarks.large import large_index
from benchmarks.synthetic import CHUNKS, CHUNKS_PER_DOCUMENT, draw_texts, draw_vectors, open_index, write
from benchmarks.timing import seconds
from ragkit.index import LocalIndex

TARGET = 0.02
DOCUMENTS = 10
ROUNDS = 5


def measure() -> list[Figure]:
    """Each addition holds both syncs; "opened afresh" holds opening the index too, as a new process does."""
    large = large_index()
    random = np.random.default_rng(2)
    afresh = [_cold_seconds(random) for _ in range(ROUNDS)]
    with open_index(large.path) as index:
        warm = [_add_seconds(index, random) for _ in range(ROUNDS)]
    built = f"{CHUNKS} chunks built in {large.build_seconds:.1f} s"
    named = {"index open": warm, "index opened afresh": afresh}
    return [
        Figure(
            name=f"add {DOCUMENTS} documents of {CHUNKS_PER_DOCUMENT} chunks, {name} / build",
            value=median(times) / large.build_seconds,
            target=TARGET if times is warm else None,
            note=f"{1000 * median(times):.0f} ms (median of {ROUNDS}); {built}",
        )
        for name, times in named.items()
    ]


def _add_seconds(index: LocalIndex, random: np.random.Generator) -> float:
    texts = draw_texts(random, DOCUMENTS * CHUNKS_PER_DOCUMENT)
    vectors = draw_vectors(random, len(texts))

    def add() -> None:
        with index.writer() as writer:
            write(writer, texts, vectors, per=CHUNKS_PER_DOCUMENT)

    return seconds(add)


def _cold_seconds(random: np.random.Generator) -> float:
    opened: list[LocalIndex] = []
    opening = seconds(lambda: opened.append(open_index(large_index().path)))
    with opened[0] as index:
        return opening + _add_seconds(index, random)
