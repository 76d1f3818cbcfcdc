"""Lexical queries per second of a large index, against rank-bm25 over the same terms."""

from __future__ import annotations

from collections import Counter
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.figures import Figure
from benchmarks.large import large_index
from benchmarks.synthetic import CHUNKS, draw_terms, open_index
from benchmarks.timing import quick_seconds
from ragkit.index import LocalIndex
from ragkit.index.bm25 import K1, B, inverse_document_frequency

if TYPE_CHECKING:
    from rank_bm25 import BM25Okapi

TARGET = 100.0
QUERIES = 40
TERMS = 5
LIMIT = 10


def measure() -> list[Figure]:
    """Each query once on both sides, in turns; then whether both found the very same ten best scores."""
    random = np.random.default_rng(3)
    queries = [draw_terms(random, TERMS) for _ in range(QUERIES)]
    with open_index(large_index().path) as index:
        model = _rank_bm25(index)
        index.search_lexical(draw_terms(random, TERMS), limit=LIMIT)  # warm
        theirs, ours, same = [], [], []
        for terms in queries:
            theirs.append(quick_seconds(partial(_top, model, terms)))
            ours.append(quick_seconds(partial(index.search_lexical, terms, limit=LIMIT)))
            same.append(_agrees(model, index, terms))
    note = (
        f"{1000 * median(ours):.2f} ms a query of {TERMS} terms, rank-bm25 {1000 * median(theirs):.0f} ms; "
        f"{CHUNKS} chunks"
    )
    ratios = [their / our for their, our in zip(theirs, ours, strict=True)]
    return [
        Figure(
            name="queries per second / rank-bm25",
            value=median(ratios),
            target=TARGET,
            better="higher",
            note=note,
        ),
        Figure(
            name="queries with the scores of rank-bm25",
            value=float(np.mean(same)),
            target=1.0,
            better="higher",
        ),
    ]


def _rank_bm25(index: LocalIndex) -> BM25Okapi:
    """BM25Okapi of all chunks with the constants and the document frequency weight of ragkit."""
    from rank_bm25 import BM25Okapi

    chunks = [chunk for summary in index.documents() for chunk in index.chunks(summary.id)]
    model = BM25Okapi([chunk.text.split() for chunk in chunks], k1=K1, b=B)
    containing = Counter(term for frequencies in model.doc_freqs for term in frequencies)
    model.idf = {t: inverse_document_frequency(len(chunks), n) for t, n in containing.items()}
    return model


def _top(model: BM25Okapi, terms: list[str]) -> list[float]:
    """The ten best scores, as `BM25Okapi.get_top_n` finds them but without sorting all of them."""
    scores = model.get_scores(terms)
    best = np.argpartition(scores, -LIMIT)[-LIMIT:]
    return sorted(scores[best].tolist(), reverse=True)


def _agrees(model: BM25Okapi, index: LocalIndex, terms: list[str]) -> bool:
    ours = [score for _, score in index.search_lexical(terms, limit=LIMIT)]
    return len(ours) == LIMIT and bool(np.allclose(ours, _top(model, terms), rtol=1e-9))
