"""What the trained network is given: tokens of a statement and its evidence, and which both have."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ragkit.language.chinese import simplified
from ragkit.models.scripts import whole

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

WINDOW = 320  # tokens of both together
_STATEMENT = 96  # tokens of the statement at most
MATCHES = 4
"""A token is not in the other text; is in it; with one of its neighbours; with both."""

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Encoded:
    """[CLS] statement [SEP] evidence [SEP]: ids, kinds (0 statement, 1 evidence), matches, each (tokens,).

    `said` tokens of the statement stand behind the first mark.
    """

    ids: Ids
    kinds: Ids
    matches: Ids
    said: int


def encode(tokenizer: Tokenizer, statement: str, evidence: str, *, window: int = WINDOW) -> Encoded:
    """The input for one statement; what is longer than the window is cut."""
    said = _Tokens.of(tokenizer, statement, _STATEMENT)
    held = _Tokens.of(tokenizer, evidence, window - 3 - len(said.ids))
    begin, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    ids = [begin, *said.ids, end, *held.ids, end]
    kinds = [0] * (len(said.ids) + 2) + [1] * (len(held.ids) + 1)
    matches = [0, *_matches(said.marks, held.marks), 0, *_matches(held.marks, said.marks), 0]
    first, second, third = (np.array(row, dtype=np.int64) for row in (ids, kinds, matches))
    return Encoded(ids=first, kinds=second, matches=third, said=len(said.ids))


def one_form(text: str) -> str:
    """One form of characters that differ in width alone, or are traditional; half characters are none."""
    return simplified(unicodedata.normalize("NFKC", whole(text)))


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The tokens that the vocabulary has, and what stands there in the text for those that it has not."""

    ids: Sequence[int]
    marks: Sequence[str]

    @classmethod
    def of(cls, tokenizer: Tokenizer, text: str, most: int) -> _Tokens:
        text = one_form(text)
        encoded: Encoding = tokenizer.encode(text, add_special_tokens=False)
        unknown = tokenizer.token_to_id("[UNK]")
        marks = [
            text[start:end] if id_ == unknown else token
            for id_, token, (start, end) in zip(encoded.ids, encoded.tokens, encoded.offsets, strict=True)
        ]
        return cls(encoded.ids[:most], marks[:most])


def _matches(marks: Sequence[str], others: Sequence[str]) -> list[int]:
    held, pairs = set(others), set(pairwise(others))
    found = []
    for place, mark in enumerate(marks):
        before = place > 0 and (marks[place - 1], mark) in pairs
        after = place + 1 < len(marks) and (mark, marks[place + 1]) in pairs
        found.append((mark in held) + before + after)
    return found
