"""Joins rankings of the same chunks into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ragkit.types import Hit, StageScore

FusionMethod = Literal["weighted", "rrf"]

RRF_K = 60


def reciprocal_ranks(hits: Sequence[Hit], weight: float) -> dict[str, float]:
    """weight / (60 + rank) of each chunk.

    Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank
    Learning Methods" (SIGIR 2009).
    """
    return {hit.chunk.id: weight / (RRF_K + rank) for rank, hit in enumerate(hits, start=1)}


def scaled_scores(hits: Sequence[Hit], weight: float) -> dict[str, float]:
    """weight times the score of each chunk, scaled so that the best is 1 and the last is 0.

    The convex combination of Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
    Retrieval" (TOIS 2023). A list whose scores are all the same is all 1.
    """
    if not hits:
        return {}
    high, low = hits[0].score, hits[-1].score
    span = high - low
    return {hit.chunk.id: weight * ((hit.score - low) / span if span > 0.0 else 1.0) for hit in hits}


def fuse(
    rankings: Mapping[str, tuple[Sequence[Hit], float]], *, method: FusionMethod, limit: int | None = None
) -> list[Hit]:
    """The chunks of the rankings, each given as (hits, weight), by (-fused score, chunk.id).

    A chunk that a ranking lacks gets nothing from it. At most `limit` are returned.
    """
    points = reciprocal_ranks if method == "rrf" else scaled_scores
    totals: dict[str, float] = {}
    found: dict[str, list[Hit]] = {}
    for hits, weight in rankings.values():
        for hit in hits:
            found.setdefault(hit.chunk.id, []).append(hit)
        for chunk_id, value in points(hits, weight).items():
            totals[chunk_id] = totals.get(chunk_id, 0.0) + value
    order = sorted(totals, key=lambda chunk_id: (-totals[chunk_id], chunk_id))[:limit]
    return [_fused(found[chunk_id], rank, totals[chunk_id]) for rank, chunk_id in enumerate(order, start=1)]


def _fused(hits: Sequence[Hit], rank: int, score: float) -> Hit:
    """One chunk, with what each ranking gave to it."""
    stages = {name: stage for hit in hits for name, stage in hit.stages.items()}
    stages["fused"] = StageScore(rank=rank, score=score)
    return Hit(chunk=hits[0].chunk, score=score, stages=stages)
