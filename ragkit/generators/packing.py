"""Which passages a language model reads, how much of them, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ragkit.generators.passages import Numbered, as_data
from ragkit.language import is_cjk, sentence_spans
from ragkit.types import Hit

Count = Callable[[str], int]
"""How many tokens a text has."""

Order = Literal["best_first", "best_last", "best_at_ends"]
"""How passages stand in a prompt: models read its middle the least (Liu et al. 2023)."""

_LEFT_OUT = " \u2026 "
_TELLING = 20  # letters that a sentence must have to be told only once, of which a Chinese one counts as
_TELLING_CJK = 3


@dataclass(frozen=True, slots=True)
class _Fitting:
    """A passage as it is shown, the hit cut to what was looked at, and whether something did not fit."""

    hit: Hit
    text: str
    cut: bool


def pack(
    hits: Sequence[Hit], *, tokens: int, count: Count, order: Order = "best_first", first: int = 1
) -> list[Numbered]:
    """The best passages that have `tokens` together, in that order, numbered from `first`.

    Of the last one that fits, whole sentences only. A sentence that a better passage says too, to the
    letter, is left out of the others, and a passage that says nothing else altogether: passages that differ
    in one number keep it.
    """
    packed: list[_Fitting] = []
    said: set[str] = set()
    for hit in hits:
        fitting = _fitting(hit, tokens=tokens, count=count, said=said)
        if fitting.text:
            packed.append(fitting)
            tokens -= count(fitting.text)
        if fitting.cut:
            break
    return [Numbered(first + n, f.hit, f.text) for n, f in enumerate(_ordered(packed, order))]


def _fitting(hit: Hit, *, tokens: int, count: Count, said: set[str]) -> _Fitting:
    """What is new in a passage, from its beginning on as far as it fits; notes what it says in `said`."""
    chunk = hit.chunk
    shown, end, gap = "", 0, ""
    for start, sentence_end in sentence_spans(chunk.text):
        sentence = as_data(chunk.text[start:sentence_end])
        letters = _letters(sentence)
        if letters in said:
            gap, end = _LEFT_OUT if shown else "", sentence_end
            continue
        before = shown.rstrip() + gap if gap else shown + as_data(chunk.text[end:start])
        longer = before + sentence
        if count(longer.strip()) > tokens:
            return _Fitting(_cut(hit, end), shown.strip(), cut=True)
        shown, end, gap = longer, sentence_end, ""
        if _is_telling(letters):
            said.add(letters)
    return _Fitting(hit, shown.strip(), cut=False)


def _cut(hit: Hit, end: int) -> Hit:
    chunk = hit.chunk
    return replace(hit, chunk=replace(chunk, end=chunk.start + end, text=chunk.text[:end]))


def _letters(sentence: str) -> str:
    return "".join(char for char in sentence.casefold() if char.isalnum())


def _is_telling(letters: str) -> bool:
    return sum(_TELLING_CJK if is_cjk(char) else 1 for char in letters) >= _TELLING


def _ordered(best_first: Sequence[_Fitting], order: Order) -> Iterator[_Fitting]:
    if order == "best_first":
        yield from best_first
    elif order == "best_last":
        yield from reversed(best_first)
    else:
        yield from best_first[::2]
        yield from reversed(best_first[1::2])
