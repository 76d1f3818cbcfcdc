"""nDCG@10 of the retrievers on judged sets, one passage for each document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.corpus import scratch
from benchmarks.data import RetrievalSet, read_set, set_names, write_texts
from benchmarks.figures import Figure
from ragkit.chunkers import SentenceConfig
from ragkit.config import Config, load_config
from ragkit.retrievers import Bm25Config, DenseConfig, HybridConfig
from ragkit.types import Hit

DEPTH = 10
_FETCH = 30  # hits asked for: a long document may have several passages

Search = Callable[[str], list[Hit]]

CHAINS: dict[str, dict[str, object]] = {
    "bm25": {"retriever": Bm25Config()},
    "dense": {"retriever": DenseConfig()},
    "hybrid weighted .5": {"retriever": HybridConfig()},
    "hybrid rrf": {"retriever": HybridConfig(fusion="rrf")},
    "accurate": {"retriever": HybridConfig(), "reranker": load_config("accurate").reranker},
}


def measure(sets: str, *, queries: int) -> list[Figure]:
    """Means over `queries` sampled questions of each set in a comma-separated list, or of "all"."""
    names = set_names() if sets == "all" else sets.split(",")
    return [figure for name in names for figure in _of_set(read_set(name), queries)]


def _of_set(data: RetrievalSet, queries: int) -> list[Figure]:
    folder = write_texts(scratch() / f"retrieval-{data.name}", list(data.documents.items()))
    config = Config(index=scratch() / f"retrieval-{data.name}-index", chunker=SentenceConfig(size=510))
    config.build_ingest().run([folder])
    sample = data.sample(queries)
    figures = []
    for name, parts in CHAINS.items():
        scores = _scores(config.model_copy(update=parts), data, sample)
        note = f"{len(sample)} questions, standard error {np.std(scores) / len(scores) ** 0.5:.3f}"
        figures.append(
            Figure(name=f"{data.name}: {name}", value=float(np.mean(scores)), better="higher", note=note)
        )
    return figures


def _scores(config: Config, data: RetrievalSet, sample: Sequence[str]) -> list[float]:
    chain = config.build()
    index = config.open_index()
    names = {summary.id: [Path(source).stem for source in summary.sources] for summary in index.documents()}
    ranked = {query: _documents(chain.search(data.queries[query], limit=_FETCH), names) for query in sample}
    return [ndcg(ranked[query], data.grades[query]) for query in sample]


def _documents(hits: Sequence[Hit], names: Mapping[str, Sequence[str]]) -> list[str]:
    """The documents of the hits, each once; equal texts under several names all count."""
    return list(dict.fromkeys(name for hit in hits for name in names[hit.chunk.document_id]))


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], *, depth: int = DEPTH) -> float:
    """Normalised discounted cumulative gain: the grade is the gain, log2(rank + 1) the discount.

    Järvelin and Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques" (TOIS 2002), as trec_eval
    computes it. A question without relevant documents scores 0.
    """
    gains = [grades.get(document, 0) for document in ranked[:depth]]
    ideal = sorted(grades.values(), reverse=True)[:depth]
    best = _discounted(ideal)
    return _discounted(gains) / best if best else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return float(np.sum(np.asarray(gains) / np.log2(np.arange(2, len(gains) + 2))))
