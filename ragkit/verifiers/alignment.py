"""Whether each word of a statement has its like in the evidence, in whatever words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import log1p

import numpy as np

from ragkit.entailment.selection import select
from ragkit.models.late import TokenVectors

UNALIGNED = "unaligned"
"""The feature; it speaks against support."""
_ALIKE = 0.8  # cosine; a token that comes as near to one of the evidence is said there
_BUDGET = 90.0  # tokens of the evidence, about: twice as many hardly tell more (benchmarks/LOG.md)
_STATEMENT = 96  # tokens
_REMEMBERED = 512  # statements with their evidence


class Aligner:
    """Compares the vectors of tokens that a late-interaction model gives, each in its context.

    The model is loaded at the first statement that it reads. As in ColBERT's MaxSim, a token of the statement
    counts by its best cosine with any token of the evidence (Khattab and Zaharia, SIGIR 2020).
    """

    def __init__(self, model: str) -> None:
        self._vectors = TokenVectors(model)
        self._unaligned = lru_cache(maxsize=_REMEMBERED)(self._measured)

    def values(self, statement: str, texts: Sequence[str]) -> dict[str, float]:
        """`unaligned`; nothing where the model does not read the script. Raises `ModelNotFound`."""
        if not self._vectors.reads(statement):
            return {}
        evidence = " ".join(select(statement, texts, budget=_BUDGET))
        return {UNALIGNED: self._unaligned(statement, evidence)}

    def _measured(self, statement: str, evidence: str) -> float:
        """log(1 + what the tokens of the statement lack to `_ALIKE`, summed): 0 or more."""
        said = self._vectors.tokens(statement, limit_tokens=_STATEMENT)
        held = self._vectors.passage(evidence, limit_tokens=self._vectors.window)
        nearest = (said @ held.T).max(axis=1)  # (tokens of the statement,)
        return log1p(float(np.maximum(0.0, _ALIKE - nearest).sum()))
