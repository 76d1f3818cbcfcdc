"""Indexing again when nothing has changed, against the first time."""

from __future__ import annotations

from statistics import median

from benchmarks.corpus import indexed_corpus, ingest
from benchmarks.figures import Figure
from benchmarks.timing import seconds

TARGET = 0.01
ROUNDS = 5


def measure() -> list[Figure]:
    """Both times hold opening the index (`build_ingest`) and the run itself, in one process."""
    corpus = indexed_corpus()
    again = [seconds(lambda: ingest(corpus.config, corpus.folder)) for _ in range(ROUNDS)]
    note = f"first {corpus.first_seconds:.1f} s, again {1000 * median(again):.0f} ms (median of {ROUNDS})"
    return [
        Figure(
            name="unchanged corpus / first time",
            value=median(again) / corpus.first_seconds,
            target=TARGET,
            note=note,
        )
    ]
