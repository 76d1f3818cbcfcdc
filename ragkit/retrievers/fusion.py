"""Joins rankings of the same chunks into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ragkit.retrievers.normalisation import NormalisationMethod, normalised
from ragkit.types import Hit, StageScore

FusionMethod = Literal["weighted", "rrf"]

RRF_K = 60


def fuse(
    rankings: Mapping[str, tuple[Sequence[Hit], float]],
    *,
    method: FusionMethod,
    normalisation: NormalisationMethod = "min_max",
    rrf_k: int = RRF_K,
    limit: int | None = None,
) -> list[Hit]:
    """The chunks of the rankings, each given as (hits, weight), by (-fused score, chunk.id).

    "weighted" adds normalised scores (the convex combination of Bruch, Gai and Ingber, "An Analysis of
    Fusion Functions for Hybrid Retrieval", TOIS 2023). "rrf" adds 1 / (k + rank) (Cormack, Clarke and
    Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods", SIGIR
    2009). Both times the weight; a chunk that a ranking lacks gets nothing from it. At most `limit` are
    returned.
    """
    totals: dict[str, float] = {}
    found: dict[str, list[Hit]] = {}
    for stage, (hits, weight) in rankings.items():
        if method == "rrf":
            points = [1.0 / (rrf_k + rank) for rank in range(1, len(hits) + 1)]
        else:
            points = normalised(hits, stage=stage, method=normalisation)
        for hit, value in zip(hits, points, strict=True):
            found.setdefault(hit.chunk.id, []).append(hit)
            totals[hit.chunk.id] = totals.get(hit.chunk.id, 0.0) + weight * value
    order = sorted(totals, key=lambda chunk_id: (-totals[chunk_id], chunk_id))[:limit]
    return [_fused(found[chunk_id], rank, totals[chunk_id]) for rank, chunk_id in enumerate(order, start=1)]


def _fused(hits: Sequence[Hit], rank: int, score: float) -> Hit:
    """One chunk, with what each ranking gave to it: the best rank, where several have the same stage."""
    given = [item for hit in hits for item in hit.stages.items()]
    stages = dict(sorted(given, key=lambda item: -item[1].rank))
    stages["fused"] = StageScore(rank=rank, score=score)
    return Hit(chunk=hits[0].chunk, score=score, stages=stages)
