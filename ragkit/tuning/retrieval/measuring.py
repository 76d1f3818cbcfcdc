"""How well an embedder or a reranker finds the right passage on documents that were kept aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ragkit.errors import MissingDependency
from ragkit.stages import Embedder, Reranker
from ragkit.tuning.retrieval.mining import Passages, questions

MEASURES = ("nDCG@10", "RR@10", "Success@1")
_DEEP = 10
_CANDIDATES = 20  # that a reranker reads


def embedder_scores(embedder: Embedder, passages: Passages, *, most: int, seed: int) -> dict[str, float]:
    """The measures of dense search alone, over all passages; means over questions."""
    ids = list(passages.by_id)
    vectors = embedder.embed_documents([passages.by_id[id_].text for id_ in ids])
    ranked, right = {}, {}
    for number, (id_, one) in enumerate(questions(passages.by_id, seed=seed)[:most]):
        scores = vectors @ embedder.embed_query(one.question)
        order = np.lexsort((np.arange(len(ids)), -scores))[:_DEEP]
        ranked[str(number)], right[str(number)] = [ids[place] for place in order], id_
    return _means(ranked, right)


def reranker_scores(reranker: Reranker, passages: Passages, *, most: int, seed: int) -> dict[str, float]:
    """The measures of the first passages of a search once they are reranked; means over questions."""
    ranked, right = {}, {}
    for number, (id_, one) in enumerate(questions(passages.by_id, seed=seed)[:most]):
        found = passages.search(one.question, limit=_CANDIDATES)
        place = {hit.chunk.id: other for hit, other in found}
        hits = reranker.rerank(one.question, [hit for hit, _ in found])
        ranked[str(number)] = list(dict.fromkeys(place[hit.chunk.id] for hit in hits))[:_DEEP]
        right[str(number)] = id_
    return _means(ranked, right)


def _means(ranked: Mapping[str, Sequence[str]], right: Mapping[str, str]) -> dict[str, float]:
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
    parsed = [ir_measures.parse_measure(name) for name in MEASURES]
    values: Iterable[tuple[object, float]] = ir_measures.calc_aggregate(parsed, grades, run).items()
    return {str(measure): float(value) for measure, value in values}
