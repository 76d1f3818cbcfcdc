"""Sentences of a document that address the assistant or give it orders, in English and Chinese.

They are told by signs that add up: one alone ("ignore the lamp", "print the version", "the assistant")
stands in honest text too. What stands beside an order is taken for a part of it more easily.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.language.order_signs import SIGNS, Sign
from ragkit.language.sentences import sentence_spans
from ragkit.language.unseen import concealment, unmasked

_ENOUGH = 1.0
_ENOUGH_BESIDE = 0.4  # for a sentence beside an order in the same paragraph
_ENOUGH_NEAR = 0.9  # for one beside it in another paragraph
_FOR_REPEATING = 0.4
_REPEATED = 3  # times that a sentence with two signs stands in a passage
_GOES_ON = (";", "\uff1b", ":", "\uff1a", ",", "\uff0c")
_MARKS = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
_ROLE_NAME = 12  # letters
_WINDOW = 300  # characters of a long sentence in which signs add up


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence: how much it looks like an order, and what belongs to it if it is one."""

    score: float
    opens: bool  # a made-up turn, so that the rest of the paragraph, or the next, is a part of it
    goes_on: bool  # to the next, which is a part of it
    ends_paragraph: bool


def orders(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences that address the assistant or give it orders, in order."""
    spans = sentence_spans(text)
    plain = [unmasked(text[start:end]) for start, end in spans]
    concealed = concealment(text)
    signs = _signs_in("\n".join(plain), least=_ENOUGH - _FOR_REPEATING - concealed)
    if not signs and concealed < _ENOUGH:
        return []
    read = [
        _read(sentence, text[start:end], signs, plain)
        for sentence, (start, end) in zip(plain, spans, strict=True)
    ]
    return [span for span, order in zip(spans, _orders(read), strict=True) if order]


def order_score(sentence: str) -> float:
    """How much one sentence looks like an order to the assistant; from 1 on it is taken for one."""
    return _read(unmasked(sentence), sentence, SIGNS, ()).score


def _signs_in(passage: str, *, least: float) -> list[Sign]:
    """The signs in a passage of one sentence a line; none where they do not add up to `least`."""
    found = [sign for sign in SIGNS if sign.found.search(passage)]
    return found if sum(sign.weight for sign in found) >= least else []


def _read(sentence: str, written: str, signs: Sequence[Sign], among: Sequence[str]) -> _Read:
    seen = [sign for sign in signs if sign.found.search(sentence)]
    score = max(_sum(seen, part) for part in _parts(sentence)) + concealment(written)
    if len(seen) > 1 and among.count(sentence) >= _REPEATED:
        score += _FOR_REPEATING
    ends = written[len(written.rstrip()) :].count("\n") > 1
    opens = any(sign.opens for sign in seen) and not (ends and _says_something(sentence))
    return _Read(round(score, 3), opens, written.rstrip().endswith(_GOES_ON), ends)


def _says_something(sentence: str) -> bool:
    """Whether it holds more than marks and the name of a role."""
    return sum(char.isalnum() for char in _MARKS.sub("", sentence)) > _ROLE_NAME


def _parts(sentence: str) -> list[str]:
    """The sentence, or overlapping parts of a long one, in which signs do not meet by chance."""
    if len(sentence) <= _WINDOW:
        return [sentence]
    return [sentence[start : start + _WINDOW] for start in range(0, len(sentence), _WINDOW // 2)]


def _sum(signs: Sequence[Sign], text: str) -> float:
    return sum(sign.weight for sign in signs if sign.found.search(text))


def _orders(read: Sequence[_Read]) -> list[bool]:
    """Which sentences are orders, or belong to one beside them."""
    found = [one.score >= _ENOUGH for one in read]
    inside = False
    for place in range(1, len(read)):
        before = read[place - 1]
        inside = (inside and not before.ends_paragraph) or (found[place - 1] and before.opens)
        found[place] |= (
            inside
            or (found[place - 1] and before.goes_on)
            or (found[place - 1] and read[place].score >= _beside(before))
        )
    for place in range(len(read) - 2, -1, -1):
        found[place] |= found[place + 1] and read[place].score >= _beside(read[place])
    return found


def _beside(first: _Read) -> float:
    """How much a sentence must look like an order, beside one from which `first` parts it."""
    return _ENOUGH_NEAR if first.ends_paragraph else _ENOUGH_BESIDE
