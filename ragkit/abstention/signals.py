"""What tells whether passages answer a question: a handful of numbers that no corpus size changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from statistics import median

from ragkit.language import is_cjk
from ragkit.language.tokens import folded
from ragkit.support import Candidate, Evidence, share
from ragkit.types import Hit

Signals = Mapping[str, float]

BY_RANKING = ("agree", "lead")
NAMES: Mapping[str, tuple[str, ...]] = {
    "pairs": ("answered", "logit", "margin", "sentence", "context", "lacking", "negated"),
    "terms": ("answered", "sentence", "best", "context", "passage", "covered", "ahead", "lacking"),
}
"""What is weighed for each way of reading, before `BY_RANKING`; `answered` is of the `AnswerReader`."""

_FEWEST = 3  # scores that can be compared
_VALUE_UNIT = 5.0
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_NAME = re.compile(r"[A-Za-z][\w'’.-]*\w")
_NEGATED = re.compile(
    r"\b(?:not|never|neither|nor|without|cannot|except|excluding)\b|n['’]t\b|不|没有|未|除了|除外",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    rf"{_NEGATED.pattern}|\b(?:no|none|nothing|nobody|unable|(?:fail|refus|lack|exclud)\w*)\b|非|无|没",
    re.IGNORECASE,
)


def signals(evidence: Evidence, hits: Sequence[Hit]) -> Signals:
    """The numbers that the gate weighs, most of them 0 to 1; there is a sentence at least.

    `logit` is the best that the cross-encoder gives, a tenth of it. Of the best sentence: `sentence`,
    `context`, `passage` (share of the question's terms in it, around it, in its passage), `margin` (how far
    its value is above the next). `best` and `covered` are the best shares of any sentence and passage,
    `ahead` how far that passage is before the next. `lacking`: its passage lacks a number or name of the
    question; `negated`: only the question is negated.
    """
    best = evidence.ranked[0]
    position, weights = best.statement.position, evidence.weights
    shares = sorted((share(weights, terms) for terms in evidence.passages), reverse=True)
    return {
        "logit": max(candidate.features.get("logit", 0.0) for candidate in evidence.ranked),
        "margin": _margin(evidence.ranked),
        "sentence": best.features["sentence"],
        "best": max(candidate.features["sentence"] for candidate in evidence.ranked),
        "context": best.features["context"],
        "passage": share(weights, evidence.passages[position]),
        "covered": shares[0],
        "ahead": shares[0] - (shares[1] if len(shares) > 1 else 0.0),
        "lacking": float(bool(lacking(evidence.query, hits[position].chunk.search_text))),
        "negated": float(bool(_NEGATED.search(evidence.query)) and not _NEGATIVE.search(best.statement.text)),
        **_by_ranking(hits),
    }


def _by_ranking(hits: Sequence[Hit]) -> Signals:
    """`agree`: the best by words is the best by meaning; `lead`: how far that cosine is above the middle.

    The lead is a share of what is left up to a cosine of 1, as models differ in their range. Nothing where
    too few hits were found in both ways, by words and by meaning.
    """
    words = {hit.chunk.id: hit.stages["bm25"].score for hit in hits if "bm25" in hit.stages}
    meaning = {hit.chunk.id: hit.stages["dense"].score for hit in hits if "dense" in hit.stages}
    if len(meaning) < _FEWEST or not words:
        return {}
    best, middle = max(meaning.values()), median(meaning.values())
    return {
        "agree": float(max(words, key=words.__getitem__) == max(meaning, key=meaning.__getitem__)),
        "lead": (best - middle) / (1.0 - middle) if middle < 1.0 else 0.0,
    }


def _margin(ranked: Sequence[Candidate]) -> float:
    """How far the best value is above the next, up to 1."""
    if len(ranked) == 1:
        return 1.0
    return min(1.0, (ranked[0].value - ranked[1].value) / _VALUE_UNIT)


def lacking(query: str, text: str) -> list[str]:
    """The numbers of a question that a text lacks, and names in Latin letters of a Chinese one.

    (In other scripts a name is known by its capital letter alone, which many questions leave out.)
    """
    said = folded(text)
    asked = [*_NUMBER.findall(query), *(_NAME.findall(query) if any(map(is_cjk, query)) else ())]
    return [word for word in asked if folded(word) not in said]
