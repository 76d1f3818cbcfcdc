"""How well the retrievers rank the judged sets: every question, the real chain, one passage a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.data import RetrievalSet, read_set, set_names
from benchmarks.figures import Figure
from benchmarks.fit_fusion import MOST_BELOW_PARENT
from benchmarks.fit_fusion import SETS as FITTED_SETS
from benchmarks.measures import MEASURES, Scores, p_value, per_question
from benchmarks.quality_data import embedder_of, indexed, odd_half
from ragkit.chain import Chain
from ragkit.config import Config, load_config
from ragkit.retrievers import Bm25Config, DenseConfig, HybridConfig
from ragkit.types import Hit

DEPTH = 10
_FETCH = 30  # hits asked for: a long document may have several passages
_LATENCY_QUESTIONS = 200

BM25, DENSE, HYBRID, RERANKED = "bm25", "dense", "hybrid adaptive", "hybrid adaptive + reranker"
SYSTEMS: dict[str, dict[str, object]] = {
    BM25: {"retriever": Bm25Config()},
    DENSE: {"retriever": DenseConfig()},
    "hybrid rrf": {"retriever": HybridConfig(fusion="rrf")},
    "hybrid convex .5": {"retriever": HybridConfig(fusion="weighted")},
    HYBRID: {"retriever": HybridConfig()},
    RERANKED: {"retriever": HybridConfig(), "reranker": load_config("accurate").reranker},
}
FITTED = (HYBRID, RERANKED)

NDCG_TARGETS = {
    HYBRID: {
        "squad2-en": 0.915,
        "nq-oracle-en": 0.952,
        "xquad-en": 0.980,
        "xquad-zh": 0.970,
        "cmrc-trial-zh": 0.987,
        "drcd-dev-zh-hant": 0.972,
    },
    RERANKED: {"squad2-en": 0.950, "nq-oracle-en": 0.965, "xquad-en": 0.985},
}
RECALL_TARGET = 0.99
RERANKED_P50_MS = 350.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One system on one set: each measure's scores by question, and milliseconds of each search."""

    questions: list[str]
    scores: dict[str, Scores]
    milliseconds: list[float]
    with_embedding: list[float]

    def mean(self, measure: str, among: Sequence[str] | None = None) -> float:
        """The mean over all questions, or over some."""
        return float(np.mean(self.of(measure, among)))

    def of(self, measure: str, among: Sequence[str] | None = None) -> Scores:
        """The scores of all questions, or of some."""
        if among is None:
            return self.scores[measure]
        place = {question: number for number, question in enumerate(self.questions)}
        return self.scores[measure][[place[question] for question in among]]


def measure(sets: str, *, queries: int | None, rerank: bool) -> list[Figure]:
    """Every system on each set of a comma-separated list, or of "all"; `queries` samples questions."""
    names = set_names() if sets == "all" else sets.split(",")
    return [figure for name in names for figure in _of_set(read_set(name), queries, rerank)]


def _of_set(data: RetrievalSet, queries: int | None, rerank: bool) -> list[Figure]:
    questions = sorted(data.grades) if queries is None else data.sample(queries)
    config = indexed(data, questions)
    chosen = [name for name in SYSTEMS if name != RERANKED or (rerank and data.name.endswith("-en"))]
    results = {name: _run(config, SYSTEMS[name], data, questions) for name in chosen}
    half = odd_half(data.grades) if data.name in FITTED_SETS else sorted(data.grades)
    held_out = [question for question in questions if question in set(half)]
    _show(data.name, results, held_out)
    return _figures(data.name, results, held_out)


def _run(config: Config, parts: Mapping[str, object], data: RetrievalSet, questions: Sequence[str]) -> Result:
    """Ranks the documents for every question; some are searched again with a model that knows nothing."""
    config = config.model_copy(update=dict(parts))
    chain = config.build()
    names = {
        summary.id: [Path(source).stem for source in summary.sources]
        for summary in config.open_index().documents()
    }
    ranked, times = {}, []
    for question in questions:
        hits, taken = _timed(chain, data.queries[question], _FETCH)
        times.append(taken)
        ranked[question] = list(dict.fromkeys(name for hit in hits for name in names[hit.chunk.document_id]))
    fresh = config.model_copy(update={"embedder": embedder_of(data.name)}).build()
    again = questions[:: max(1, len(questions) // _LATENCY_QUESTIONS)]
    embedding = [_timed(fresh, data.queries[question], DEPTH)[1] for question in again]
    scores = per_question({question: ids[:DEPTH] for question, ids in ranked.items()}, data.grades)
    return Result(questions=list(questions), scores=scores, milliseconds=times, with_embedding=embedding)


def _timed(chain: Chain, question: str, limit: int) -> tuple[list[Hit], float]:
    """The hits of a question, read as it stands, and milliseconds; none for an empty question."""
    started = perf_counter()
    hits = chain.search(question, limit=limit, literal=True) if question.strip() else []
    return hits, 1000.0 * (perf_counter() - started)


def _show(name: str, results: Mapping[str, Result], held_out: Sequence[str]) -> None:
    """A table of the set; of fitted systems only the questions that nothing was fitted on count."""
    questions = len(next(iter(results.values())).questions)
    title = f"{name}: {questions} questions; held out: {len(held_out)}"
    table = Table(box=box.SIMPLE, title=title, title_justify="left")
    held_out_columns = [f"{measure}, held out" for measure in MEASURES]
    latency = ("ms p50 / p95", "with embedding")
    for column in ("system", *MEASURES, *held_out_columns, *latency):
        table.add_column(column, justify="left" if column == "system" else "right")
    for system, result in results.items():
        seen = system in FITTED and len(held_out) < questions
        table.add_row(
            system,
            *("" if seen else f"{result.mean(measure):.4f}" for measure in MEASURES),
            *(f"{result.mean(measure, held_out):.4f}" for measure in MEASURES),
            _percentiles(result.milliseconds),
            _percentiles(result.with_embedding),
        )
    Console(width=160).print(table)


def _figures(name: str, results: Mapping[str, Result], held_out: Sequence[str]) -> list[Figure]:
    """nDCG@10 of each system, then what else was asked for."""
    figures = [_ndcg_figure(name, system, result, held_out) for system, result in results.items()]
    hybrid, best = results[HYBRID], results[RERANKED if RERANKED in results else HYBRID]
    parent = max((BM25, DENSE), key=lambda system: results[system].mean("nDCG@10", held_out))
    ours, theirs = hybrid.of("nDCG@10", held_out), results[parent].of("nDCG@10", held_out)
    figures.append(
        Figure(
            name=f"{name}: hybrid adaptive - {parent}, nDCG@10",
            value=float(np.mean(ours - theirs)),
            target=MOST_BELOW_PARENT,
            better="higher",
            note=f"p = {p_value(ours, theirs):.4f} (paired randomisation)",
        )
    )
    recall = best.mean("R@10", held_out)
    figures.append(Figure(name=f"{name}: R@10", value=recall, target=RECALL_TARGET, better="higher"))
    if RERANKED in results:
        p50 = float(np.median(best.with_embedding))
        figures.append(Figure(name=f"{name}: reranked p50, ms", value=p50, target=RERANKED_P50_MS))
    return figures


def _ndcg_figure(name: str, system: str, result: Result, held_out: Sequence[str]) -> Figure:
    among = held_out if system in FITTED else None
    recall, reciprocal = (result.mean(measure, among) for measure in MEASURES[1:])
    count = len(result.questions if among is None else among)
    half = "" if among is not None else f"; held out {result.mean('nDCG@10', held_out):.4f}"
    return Figure(
        name=f"{name}: {system}, nDCG@10",
        value=result.mean("nDCG@10", among),
        target=NDCG_TARGETS.get(system, {}).get(name),
        better="higher",
        note=f"{count} questions: R@10 {recall:.4f}, MRR@10 {reciprocal:.4f}{half}; "
        f"ms {_percentiles(result.milliseconds)}, with embedding {_percentiles(result.with_embedding)}",
    )


def _percentiles(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.1f}" for value in np.percentile(values, (50, 95)))
