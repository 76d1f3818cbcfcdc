"""The BM25 formula, in one place.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the
inverse document frequency of Lucene, ln(1 + (N - n + 0.5) / (n + 0.5)), which is never negative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

K1 = 1.2
B = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusStatistics:
    """Number of chunks and of all their terms."""

    chunks: int
    terms: int

    @property
    def average_length(self) -> float:
        """Terms per chunk; 1.0 for an empty corpus."""
        return self.terms / self.chunks if self.chunks and self.terms else 1.0


def inverse_document_frequency(chunks: int, containing: int) -> float:
    """Weight of a term that stands in `containing` of `chunks` chunks."""
    return log(1.0 + (chunks - containing + 0.5) / (containing + 0.5))


def joined(terms: Sequence[str]) -> str:
    """Terms as a chunk keeps them: each between two spaces of its own (" a  b  a ")."""
    return f" {'  '.join(terms)} " if terms else ""


def score(weights: Mapping[str, float], terms: str, length: int, average_length: float) -> float:
    """BM25 of one chunk.

    `weights` maps each query term, `joined`, to its inverse document frequency times its count in the
    query; `terms` are the chunk's terms, `joined`; `length` is their number.
    """
    saturation = K1 * (1.0 - B + B * length / average_length)
    total = 0.0
    for term, weight in weights.items():
        if frequency := terms.count(term):
            total += weight * frequency * (K1 + 1.0) / (frequency + saturation)
    return total
