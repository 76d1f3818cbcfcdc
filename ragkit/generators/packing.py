"""Which passages a language model reads, how much of them, and in which order."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ragkit.generators.passages import Numbered, as_data
from ragkit.language import is_cjk, sentence_spans
from ragkit.types import Hit

Count = Callable[[str], int]
"""How many tokens a text has."""

Order = Literal["best_first", "best_last", "best_at_ends"]
"""How passages stand in a prompt: models read its middle the least (Liu et al. 2023).

SmolLM2 reads best what stands last, right before the question: `python -m benchmarks order`."""

_LEFT_OUT = " \u2026 "
_WORD = re.compile(r"\s*(?:[\u2e80-\u9fff\uf900-\uffef]|[^\s\u2e80-\u9fff\uf900-\uffef]+)")
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

    Of the last one that fits, whole sentences only; one of which no sentence fits makes room for the next.
    Where no sentence of any fits, the beginning of the best one is packed. A sentence that a better passage
    says too, to the letter, is left out of the others, and a passage that says nothing else altogether:
    passages that differ in one number keep it.
    """
    packed = _packed(hits, tokens=tokens, count=count) or _beginning(hits, tokens=tokens, count=count)
    return [Numbered(first + n, f.hit, f.text) for n, f in enumerate(_ordered(packed, order))]


def unshown(hit: Hit, shown: Sequence[Numbered]) -> Hit | None:
    """The part of a passage behind what was shown of it; None where all of it was."""
    chunk = hit.chunk
    end = max((p.hit.chunk.end for p in shown if p.hit.chunk.id == chunk.id), default=chunk.start)
    if end >= chunk.end:
        return None
    rest = replace(chunk, start=end, text=chunk.text[end - chunk.start :])
    return replace(hit, chunk=rest)


def _packed(hits: Sequence[Hit], *, tokens: int, count: Count) -> list[_Fitting]:
    packed: list[_Fitting] = []
    said: set[str] = set()
    for hit in hits:
        fitting = _fitting(hit, tokens=tokens, count=count, said=said)
        if fitting.text:
            packed.append(fitting)
            tokens -= count(fitting.text)
        if fitting.text and fitting.cut:
            break
    return packed


def _beginning(hits: Sequence[Hit], *, tokens: int, count: Count) -> list[_Fitting]:
    """The words that fit of the first passage of which any does."""
    for hit in hits:
        text = hit.chunk.text
        ends = [found.end() for found in _WORD.finditer(text)]
        fitting = bisect_right(ends, tokens, key=lambda end: count(_shortened(text[:end])))
        if fitting and _says_something(text[: ends[fitting - 1]]):
            end = ends[fitting - 1]
            return [_Fitting(_cut(hit, end), _shortened(text[:end]), cut=True)]
    return []


def _shortened(text: str) -> str:
    return as_data(text).strip() + _LEFT_OUT.rstrip()


def _says_something(text: str) -> bool:
    return any(char.isalnum() for char in text)


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
            return _Fitting(_cut(hit, end), _worth_showing(shown), cut=True)
        shown, end, gap = longer, sentence_end, ""
        if _is_telling(letters):
            said.add(letters)
    return _Fitting(hit, _worth_showing(shown), cut=False)


def _worth_showing(text: str) -> str:
    return text.strip() if _says_something(text) else ""


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
