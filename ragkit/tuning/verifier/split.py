"""What is learnt from, what settings are chosen on, and what is kept aside: whole groups of documents."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from typing import Literal

from ragkit.language.chinese import simplified
from ragkit.language.script import is_cjk

Part = Literal["train", "development", "test"]

DEVELOPMENT = 0.15
_TEST = 0.2
_TEST_OF_SMALL = 0.5  # of groups that hold rows of small sets, which could tell nothing otherwise
_WORDS, _CHARACTERS = 8, 16  # in a row; texts that share so many are one document
_PIECES = re.compile(r"\w+")


def groups(texts: Sequence[str], names: Sequence[Collection[str]]) -> list[int]:
    """The number of each text's group: texts that share a name, or eight words in a row, are in one group.

    (Sixteen characters in Chinese, whichever its forms.)
    """
    parents = list(range(len(texts)))
    first: dict[str | int, int] = {}
    for number, (text, names_) in enumerate(zip(texts, names, strict=True)):
        marks: list[str | int] = [*names_, *_marks(text)]
        for mark in marks:
            other = first.setdefault(mark, number)
            parents[_root(parents, other)] = _root(parents, number)
    return [_root(parents, number) for number in range(len(texts))]


def part_of(key: str, *, small: bool) -> Part:
    """The part of a group, from the hash of its key alone; more is kept aside of groups of `small` sets."""
    share = int(sha256(key.encode()).hexdigest()[:8], 16) / 16**8
    if share >= 1.0 - DEVELOPMENT:
        return "development"
    return "test" if share < (_TEST_OF_SMALL if small else _TEST) else "train"


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _marks(text: str) -> Iterator[int]:
    """Hashes of all runs of words, or of characters."""
    if any(map(is_cjk, text)):
        letters, length = [char for char in simplified(text) if char.isalnum()], _CHARACTERS
    else:
        letters, length = _PIECES.findall(text.lower()), _WORDS
    for start in range(len(letters) - length + 1):
        yield _stable("\0".join(letters[start : start + length]))


def _stable(run: str) -> int:
    return int.from_bytes(sha256(run.encode()).digest()[:8], "little")
