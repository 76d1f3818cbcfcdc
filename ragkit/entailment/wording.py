"""How far a statement is worded as its evidence is: shared terms, pairs, and where the two differ."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from itertools import pairwise

from ragkit.language import UnicodeAnalyzer
from ragkit.language.numerals import in_digits
from ragkit.language.tokens import is_unspaced, tokens

_NEAR = 4  # terms; a pair is near where its terms stand so close together
_LONGEST = 400  # tokens of a sentence that are aligned; the time grows with their square
_NEGATING = "not never no none neither nor without cannot nobody nothing hardly"
_NOT = frozenset(_NEGATING.split())
_HAN_NOT = {
    "不": "仅但过同少断久只论管光得足锈止料禁",  # what follows it where it does not negate
    "没": "落收",
    "未": "来必",
}
_ANCHOR = 2  # Chinese characters that must be equal beside a swap
_LONG = 12  # tokens; where more differ, nothing stands in the place of anything


@dataclass(frozen=True, slots=True)
class Worded:
    """The content terms of a text in order, its neighbouring pairs, and its folded tokens."""

    terms: tuple[str, ...]
    pairs: tuple[tuple[str, ...], ...]
    near: frozenset[tuple[str, ...]]
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Tokens of a statement that stand where its evidence has others; one of the two may be empty."""

    said: tuple[str, ...]
    held: tuple[str, ...]
    anchored: bool


@lru_cache(maxsize=2048)
def worded(text: str) -> Worded:
    """What a text says, as terms, each number in one spelling. A text of one term has it as its only pair."""
    text = in_digits(_analyzer().folded(text))
    terms = tuple(_analyzer().content_terms(text))
    parts: list[str] = []
    for token in tokens(text):
        parts.extend(token if is_unspaced(token) else [token])
    pairs = tuple(pairwise(terms)) if len(terms) > 1 else tuple((term,) for term in terms)
    near = {
        pair
        for place, first in enumerate(terms)
        for second in terms[place + 1 : place + 1 + _NEAR]
        for pair in ((first, second), (second, first))
    } | {(term,) for term in terms}
    return Worded(terms, pairs, frozenset(near), tuple(parts))


def share(claimed: Sequence[object], held: Container[object]) -> float:
    """The share of what is claimed, as often as it stands there, that is held; 1 for nothing claimed."""
    return sum(one in held for one in claimed) / len(claimed) if claimed else 1.0


def longest_gap(claimed: Sequence[str], held: Container[str]) -> int:
    """The most terms in a row that are not held."""
    most = run = 0
    for term in claimed:
        run = 0 if term in held else run + 1
        most = max(most, run)
    return most


def within(said: Worded, held: Worded) -> bool:
    """Whether the tokens of a statement stand in a text, one behind the other."""
    statement, text = ("\0".join(("", *one.tokens, "")) for one in (said, held))
    return bool(said.tokens) and statement in text


def differences(said: Worded, held: Worded) -> list[Difference]:
    """Where a statement differs from a sentence, in order."""
    first, second = said.tokens[:_LONGEST], held.tokens[:_LONGEST]
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    codes = matcher.get_opcodes()
    found = []
    for place, (tag, a, b, c, d) in enumerate(codes):
        if tag == "equal":
            continue
        around = [codes[n] for n in (place - 1, place + 1) if 0 <= n < len(codes)]
        anchored = all(_is_anchor(said.tokens[first:last]) for _, first, last, _, _ in around)
        short = max(b - a, d - c) <= _LONG
        found.append(Difference(said.tokens[a:b], held.tokens[c:d], anchored and short and bool(around)))
    return found


def negations(tokens: Sequence[str]) -> int:
    """How often a run of tokens negates."""
    return sum(
        token in _NOT
        or token.endswith(("n't", "n\u2019t"))
        or (token in _HAN_NOT and (not next_ or next_ not in _HAN_NOT[token]))
        for token, next_ in zip(tokens, [*tokens[1:], ""], strict=False)
    )


def _is_anchor(equal: Sequence[str]) -> bool:
    return sum(1 if is_unspaced(token) else _ANCHOR for token in equal) >= _ANCHOR


@cache
def _analyzer() -> UnicodeAnalyzer:
    return UnicodeAnalyzer()
