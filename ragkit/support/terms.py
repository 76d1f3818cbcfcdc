"""What a question and texts have in common, term by term, rare terms weighing more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from math import log

from ragkit.language import UnicodeAnalyzer

Terms = frozenset[str]

_ABSENT = 0.5  # texts that hold a term that stands in none, so that it weighs the most


class TermReader:
    """The terms of questions with their weights, and those of texts."""

    def __init__(self, analyzer: UnicodeAnalyzer | None = None) -> None:
        self._analyzer = analyzer or UnicodeAnalyzer()

    def terms(self, text: str) -> Terms:
        """The different terms of a text."""
        return frozenset(self._analyzer.terms(text))

    def weights(self, query: str, texts: Sequence[Terms]) -> dict[str, float]:
        """The weight of each term of the question: w * ln(1 + n / m), m of the n texts holding it.

        w is what the analyzer gives: less for words that only ask.
        """
        return {
            term: weight * log(1.0 + len(texts) / max(_ABSENT, sum(term in text for text in texts)))
            for term, weight in self._analyzer.query_terms(query).items()
        }


def share(weights: Mapping[str, float], terms: Set[str]) -> float:
    """How much of the weight is that of the terms, 0 to 1."""
    total = sum(weights.values()) or 1.0
    return sum(weight for term, weight in weights.items() if term in terms) / total
