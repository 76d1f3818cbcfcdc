"""What is measured of a statement beside its evidence, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

from ragkit.entailment.wording import (
    Difference,
    Worded,
    differences,
    longest_gap,
    negations,
    share,
    within,
    worded,
)
from ragkit.language import sentence_spans
from ragkit.language.numerals import numbers
from ragkit.language.tokens import is_unspaced
from ragkit.verifiers.facts import Facts, claimed, evidence

_SHORT = 4  # tokens of the evidence that a statement may leave out with a negation among them
_LONGEST_GAP = 8
_CLOSE = 0.5  # at most this share of a statement's tokens differs where it is a sentence in other words
TERMS = "terms"
HELD = (TERMS, "tokens", "pairs")
"""The features that speak for support; all others speak against it."""
AGAINST = (
    "uncovered", "gap", "numbers", "names", "unquoted", "swapped", "contradicted", "negated",
)  # fmt: skip
_CLOSEST = 3  # sentences of the evidence that models read; more take longer and add nothing
_PAIRS_HELD = 0.1  # of a statement's pairs, or
_TERMS_HELD = 0.4  # of its terms: a quote that holds less says nothing of it


@dataclass(frozen=True, slots=True)
class Checked:
    """The features of a statement by name, and what rules say of it.

    `missing`: a fact that no evidence holds; `contradicted`: another fact stands in its place; `negated`: one
    of the two is negated and the other is not; `verbatim`: a quote holds it word by word. `closest` are the
    sentences of the evidence that share most with it, the closest first.
    """

    values: dict[str, float]
    missing: bool
    contradicted: bool
    negated: bool
    verbatim: bool
    unspaced: bool
    closest: tuple[str, ...]


def bears_on(statement: str, quote: str) -> bool:
    """Whether a quote says anything of a statement at all."""
    said, held = worded(statement), worded(quote)
    if not said.terms or not held.terms:
        return False
    pairs = share(said.pairs, held.near) >= _PAIRS_HELD
    return pairs or share(said.terms, set(held.terms)) >= _TERMS_HELD


def check(statement: str, quotes: Sequence[str], passages: Sequence[str]) -> Checked:
    """Measures a statement beside the quotes that it cites, its facts also beside the passages around."""
    said = worded(statement)
    sentences = [quote[start:end] for quote in quotes for start, end in sentence_spans(quote)]
    ranked = sorted(sentences, key=lambda one: -share(said.terms, set(worded(one).terms)))
    closest = ranked[0] if ranked else ""
    verbatim = any(within(said, worded(quote)) for quote in quotes)
    differ = [] if verbatim else differences(said, worded(closest))
    facts, there = claimed(statement), claimed(closest)
    lacking = evidence("\n".join([*passages, *quotes])).lacks(facts)
    unquoted = evidence("\n".join(quotes)).lacks(facts)
    close = sum(len(one.said) for one in differ) <= _CLOSE * len(said.tokens)
    contradicted = close and any(_contradicts(one, facts, there) for one in differ)
    negated = any(_negates(one) for one in differ)
    values = _coverage(said, [worded(sentence) for sentence in sentences]) | {
        "numbers": log1p(len(lacking.numbers) + len(lacking.months)),
        "names": log1p(len(lacking.names)),
        "unquoted": log1p(len(unquoted)),
        "swapped": log1p(sum(_swaps(one) for one in differ)),
        "contradicted": float(contradicted),
        "negated": float(negated),
    }
    unspaced = 2 * sum(map(is_unspaced, said.tokens)) > len(said.tokens)
    return Checked(
        values,
        missing=bool(len(lacking)),
        contradicted=contradicted,
        negated=negated,
        verbatim=verbatim,
        unspaced=unspaced,
        closest=_readable(ranked),
    )


def _readable(ranked: Sequence[str]) -> tuple[str, ...]:
    distinct = dict.fromkeys(one.strip() for one in ranked if any(map(str.isalnum, one)))
    return tuple(distinct)[:_CLOSEST]


def _coverage(said: Worded, sentences: Sequence[Worded]) -> dict[str, float]:
    terms = {term for one in sentences for term in one.terms}
    return {
        TERMS: share(said.terms, terms),
        "tokens": share(said.tokens, {token for one in sentences for token in one.tokens}),
        "pairs": share(said.pairs, {pair for one in sentences for pair in one.pairs}),
        "uncovered": log1p(sum(term not in terms for term in said.terms)),
        "gap": min(_LONGEST_GAP, longest_gap(said.terms, terms)) / _LONGEST_GAP,
    }


def _swaps(one: Difference) -> bool:
    """Whether other content stands in the same place."""
    return one.anchored and all(worded(_joined(part)).terms for part in (one.said, one.held))


def _contradicts(one: Difference, facts: Facts, there: Facts) -> bool:
    """Whether another number or another name stands in the same place."""
    if not one.anchored:
        return False
    said, held = ({number.value for number in numbers(_joined(part))} for part in (one.said, one.held))
    if said and held and not said & held:
        return True
    name, other = facts.names & set(one.said), there.names & set(one.held)
    return bool(name) and bool(other) and not name & set(one.held)


def _negates(one: Difference) -> bool:
    """Whether a negation stands on one side only."""
    said, held = negations(one.said), negations(one.held)
    return said % 2 != held % 2 and (said > 0 or len(one.held) <= _SHORT)


def _joined(tokens: Sequence[str]) -> str:
    return "".join(token if is_unspaced(token) else f" {token} " for token in tokens).strip()
