"""The passages that stand beside the right one: those that a search would find too."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np

from ragkit.language import UnicodeAnalyzer
from ragkit.tuning.pairs.rows import Shown
from ragkit.tuning.pairs.sources import Material

_FIRST = 0.7  # of the contexts hold the right passage in the first place, as searches do
_NEAR = 8  # passages, of which some are chosen


class Contexts:
    """The nearest passages of one part, by BM25 over its passages alone."""

    def __init__(self, materials: Sequence[Material]) -> None:
        from rank_bm25 import BM25Okapi

        self._materials = list(materials)
        self._analyzer = UnicodeAnalyzer()
        self._scorer = BM25Okapi([self._terms(one.text) for one in materials]) if materials else None
        self._places = {one.id: place for place, one in enumerate(materials)}

    def holding(self, material: Material, *, passages: int, chance: Random) -> list[Shown]:
        """A passage among near ones, best first; mostly it is the first."""
        near = self._near(material)
        chosen = chance.sample(near, min(len(near), passages - 1))
        place = 0 if chance.random() < _FIRST else chance.randint(0, len(chosen))
        return [_shown(one) for one in (*chosen[:place], material, *chosen[place:])]

    def without(self, material: Material, *, passages: int, chance: Random) -> list[Shown]:
        """Near passages that hold no accepted answer of a passage's questions."""
        answers = [answer for asked in material.asked for answer in asked.answers]
        near = [one for one in self._near(material) if not any(answer in one.text for answer in answers)]
        return [_shown(one) for one in chance.sample(near, min(len(near), passages))]

    def _near(self, material: Material) -> list[Material]:
        if self._scorer is None:
            return []
        asked = " ".join(one.question for one in (*material.asked, *material.fooling)) or material.text
        scores = np.asarray(self._scorer.get_scores(self._terms(asked)))
        scores[self._places[material.id]] = -np.inf
        order = np.lexsort((np.arange(len(scores)), -scores))[:_NEAR]
        return [self._materials[place] for place in order if np.isfinite(scores[place])]

    def _terms(self, text: str) -> list[str]:
        return list(self._analyzer.content_terms(text)) or ["-"]


def _shown(material: Material) -> Shown:
    return Shown(id=material.id, document=material.document, text=material.text)
