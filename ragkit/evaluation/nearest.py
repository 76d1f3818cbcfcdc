"""The place of a text that is most like a quote, where the quote itself does not stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ragkit.language import is_cjk

_GRAM, _GRAM_CJK = 4, 2
_AROUND = 0.25  # of the quote's length, read on both sides of the likeliest place
_LONGEST = 1500  # letters of a quote that are compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Characters from `start` to `end`, and how like the quote they are: 0 to 1, `SequenceMatcher.ratio`."""

    start: int
    end: int
    ratio: float


def most_like(quote: str, text: str) -> Likeness | None:
    """The place with the most runs of letters in common with a quote; None where none is in common.

    Only letters and digits are compared, case ignored. Takes time proportional to the text.
    """
    wanted, _ = _letters(quote)
    wanted = wanted[:_LONGEST]
    kept, places = _letters(text)
    start = _likeliest(wanted, kept)
    if start is None:
        return None
    margin = int(_AROUND * len(wanted))
    first, last = max(0, start - margin), min(len(kept), start + len(wanted) + margin)
    low, high = _trimmed(wanted, kept[first:last])
    ratio = SequenceMatcher(None, wanted, kept[first + low : first + high], autojunk=False).ratio()
    return Likeness(start=places[first + low], end=places[first + high - 1] + 1, ratio=ratio)


def _letters(text: str) -> tuple[str, Sequence[int]]:
    """Letters and digits in lower case, and where each stands."""
    places = [place for place, letter in enumerate(text) if letter.isalnum()]
    return "".join(text[place].lower()[0] for place in places), places


def _gram(wanted: str) -> int:
    """How many letters in a row tell something."""
    return _GRAM_CJK if any(map(is_cjk, wanted)) else _GRAM


def _likeliest(wanted: str, kept: str) -> int | None:
    """Where the window of the quote's length begins that holds most of its runs of letters."""
    size = min(_gram(wanted), len(wanted))
    if not size:
        return None
    grams = {wanted[at : at + size] for at in range(len(wanted) - size + 1)}
    hits = [at for at in range(len(kept) - size + 1) if kept[at : at + size] in grams]
    best, most, last = None, 0, 0
    for number, hit in enumerate(hits):
        while last < len(hits) and hits[last] < hit + len(wanted):
            last += 1
        if last - number > most:
            best, most = hit, last - number
    return best


def _trimmed(wanted: str, window: str) -> tuple[int, int]:
    """The part of a window that stands for the quote: its runs, and as much around as the quote has there."""
    matcher = SequenceMatcher(None, wanted, window, autojunk=False)
    shortest = _gram(wanted)
    blocks = [block for block in matcher.get_matching_blocks() if block.size >= shortest]
    if not blocks:
        return 0, len(window)
    first, last = blocks[0], blocks[-1]
    rest = len(wanted) - last.a - last.size
    return max(0, first.b - first.a), min(len(window), last.b + last.size + rest)
