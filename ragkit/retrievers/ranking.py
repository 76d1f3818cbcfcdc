"""Scored chunks as hits."""

from __future__ import annotations

from collections.abc import Sequence

from ragkit.types import Chunk, Hit, StageScore


def ranked_hits(stage: str, scored: Sequence[tuple[Chunk, float]]) -> list[Hit]:
    """Hits in the given order, each with the rank and score of the one stage that found it."""
    return [
        Hit(chunk=chunk, score=score, stages={stage: StageScore(rank=rank, score=score)})
        for rank, (chunk, score) in enumerate(scored, start=1)
    ]
