"""Whether the perplexity of Chinese words tells paragraphs from the same characters in disorder."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np

from benchmarks.data import read_set
from benchmarks.figures import Figure
from ragkit.data.quality import WordPerplexity

_SETS = ("cmrc-trial-zh", "drcd-dev-zh-hant", "xquad-zh")  # the limit was chosen on the first two
_MOST = 2000.0


def measure() -> list[Figure]:
    """The shares of paragraphs above the limit: as they are, and with their characters shuffled."""
    return [figure for name in _SETS for figure in _of(name)]


def _of(name: str) -> list[Figure]:
    texts = list(read_set(name).documents.values())
    chance = Random(0)
    shuffled = ["".join(chance.sample(text, len(text))) for text in texts]
    return [
        Figure(name=f"{name}: paragraphs above {_MOST:g}", value=_above(texts), note=f"{len(texts)}"),
        Figure(name=f"{name}: shuffled, above {_MOST:g}", value=_above(shuffled), better="higher"),
    ]


def _above(texts: Sequence[str]) -> float:
    model = WordPerplexity(most=_MOST)
    return float(np.mean([(model.of(text) or 0.0) > model.most for text in texts]))
