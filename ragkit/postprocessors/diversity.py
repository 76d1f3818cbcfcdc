"""Hits that differ from each other first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ragkit.postprocessors.wording import common_words
from ragkit.types import Hit, StageScore


class Diversify:
    """Maximal marginal relevance: each next hit is good and unlike those before it.

    Carbonell and Goldstein, "The Use of MMR" (SIGIR 1998): (1 - diversity) * score - diversity * the
    greatest similarity to a hit before it. Scores are scaled to 0..1; passages are similar by the words
    they share, which needs no vectors.
    """

    def __init__(self, diversity: float) -> None:
        self._diversity = diversity

    def process(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits in the new order; their score is the marginal relevance."""
        if not hits:
            return []
        common = common_words(hits)
        sizes = np.diag(common)
        similar = common / np.maximum(sizes[:, None] + sizes[None, :] - common, 1.0)
        worth = (1.0 - self._diversity) * _scaled(hits)
        nearest = np.zeros(len(hits))
        ordered: list[Hit] = []
        for rank in range(1, len(hits) + 1):
            marginal = worth - self._diversity * nearest
            best = int(np.argmax(marginal))
            ordered.append(_placed(hits[best], rank, float(marginal[best])))
            worth[best] = -np.inf
            nearest = np.maximum(nearest, similar[best])
        return ordered


def _scaled(hits: Sequence[Hit]) -> NDArray[np.float64]:
    scores = np.array([hit.score for hit in hits])
    span = scores.max() - scores.min()
    return (scores - scores.min()) / span if span > 0.0 else np.ones(len(hits))


def _placed(hit: Hit, rank: int, score: float) -> Hit:
    return replace(hit, score=score, stages={**hit.stages, "diverse": StageScore(rank=rank, score=score)})
