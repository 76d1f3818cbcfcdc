"""How well an embedder or a reranker finds the right passage on documents that were kept aside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ragkit.errors import MissingDependency
from ragkit.stages import Embedder, Reranker
from ragkit.tuning.retrieval.mining import Passages, questions

MEASURES = ("nDCG@10", "RR@10", "Success@1")
SCORES = "scores.json"
Scores = dict[str, list[float]]
"""The values of each measure, question by question in one order."""

_DEEP = 10
_CANDIDATES = 20  # that a reranker reads


def embedder_scores(embedder: Embedder, passages: Passages, *, most: int, seed: int) -> Scores:
    """The measures of dense search alone, over all passages."""
    ids = list(passages.by_id)
    vectors = embedder.embed_documents([passages.by_id[id_].text for id_ in ids])
    ranked, right = {}, {}
    for number, (id_, one) in enumerate(questions(passages.by_id, seed=seed)[:most]):
        scores = vectors @ embedder.embed_query(one.question)
        order = np.lexsort((np.arange(len(ids)), -scores))[:_DEEP]
        ranked[str(number)], right[str(number)] = [ids[place] for place in order], id_
    return _scores(ranked, right)


def reranker_scores(reranker: Reranker, passages: Passages, *, most: int, seed: int) -> Scores:
    """The measures of the first passages of a search once they are reranked."""
    ranked, right = {}, {}
    for number, (id_, one) in enumerate(questions(passages.by_id, seed=seed)[:most]):
        found = passages.search(one.question, limit=_CANDIDATES)
        place = {hit.chunk.id: other for hit, other in found}
        hits = reranker.rerank(one.question, [hit for hit, _ in found])
        ranked[str(number)] = list(dict.fromkeys(place[hit.chunk.id] for hit in hits))[:_DEEP]
        right[str(number)] = id_
    return _scores(ranked, right)


def _scores(ranked: Mapping[str, Sequence[str]], right: Mapping[str, str]) -> Scores:
    try:
        import ir_measures
    except ImportError as error:
        raise MissingDependency(
            "Measures of rankings need ir-measures: install with pip install 'ragkit[tune]'"
        ) from error
    grades = {question: {id_: 1} for question, id_ in right.items()}
    run = {
        question: {id_: -float(place) for place, id_ in enumerate(ids)} or {"": 0.0}
        for question, ids in ranked.items()
    }
    values = {(str(one.measure), one.query_id): float(one.value) for one in _each(ir_measures, grades, run)}
    return {name: [values[name, question] for question in right] for name in MEASURES}


def _each(ir_measures: Any, grades: object, run: object) -> Any:
    return ir_measures.iter_calc([ir_measures.parse_measure(name) for name in MEASURES], grades, run)


def write_scores(file: Path, scores: Mapping[str, Scores]) -> None:
    """Keeps the values of every model that was measured, for a paired test."""
    file.write_text(json.dumps(scores) + "\n", encoding="utf-8")


def read_scores(file: Path) -> dict[str, Scores]:
    """What `write_scores` kept."""
    found: dict[str, Scores] = json.loads(file.read_text(encoding="utf-8"))
    return found


def means(scores: Mapping[str, Scores]) -> dict[str, float]:
    """The mean of each measure of each model, by names such as "tuned nDCG@10"."""
    return {
        f"{name} {measure}": sum(values) / len(values)
        for name, of in scores.items()
        for measure, values in of.items()
    }
