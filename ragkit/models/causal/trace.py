"""Where written tokens come from: copied from a passage, or written while attending to it most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.models.causal.decoding import Token
from ragkit.types import TracedToken

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from ragkit.models.causal.loading import Reading

_RUN = 3  # tokens in a row that are a copy
_AT_ONCE = 16  # tokens whose attention is looked at together


@dataclass(frozen=True, slots=True)
class Span:
    """The tokens of a passage in a prompt, from `start` up to `end`."""

    start: int
    end: int


def passage_spans(tokenizer: PreTrainedTokenizerBase, prompt: str, passages: Sequence[str]) -> list[Span]:
    """The passages among the prompt's tokens; empty for one that the template changed."""
    encoded = tokenizer(prompt, add_special_tokens=False, return_offsets_mapping=True)
    starts = [start for start, _ in encoded["offset_mapping"]]
    spans, place = [], 0
    for text in passages:
        found = prompt.find(text, place)
        if found < 0:
            spans.append(Span(0, 0))
            continue
        place = found + len(text)
        inside = [number for number, start in enumerate(starts) if found <= start < place]
        spans.append(Span(inside[0], inside[-1] + 1) if inside else Span(0, 0))
    return spans


def traced(
    tokenizer: PreTrainedTokenizerBase,
    reading: Reading,
    asked: Sequence[int],
    tokens: Sequence[Token],
    spans: Sequence[Span],
) -> tuple[TracedToken, ...]:
    """Each token with its passage, counted from 1. Reads the tokens again for their attention."""
    ids = [token.id for token in tokens]
    copied = copies(ids, [asked[span.start : span.end] for span in spans])
    attended = _attended(reading, asked, ids, spans)
    texts = _texts(tokenizer, ids)
    return tuple(
        TracedToken(text=text, probability=token.probability, passage=copy or most, copied=copy > 0)
        for token, text, copy, most in zip(tokens, texts, copied, attended, strict=True)
    )


def copies(ids: Sequence[int], passages: Sequence[Sequence[int]]) -> list[int]:
    """For each token the passage that holds the longest run of three tokens or more around it; 0 for none."""
    longest, found = [0] * len(ids), [0] * len(ids)
    for number, passage in enumerate(passages, start=1):
        for start, length in _runs(ids, passage):
            for place in range(start, start + length):
                if length > longest[place]:
                    longest[place], found[place] = length, number
    return found


def _runs(ids: Sequence[int], passage: Sequence[int]) -> list[tuple[int, int]]:
    """(start, length) of the longest run in the passage from each token on, at least three tokens."""
    runs = []
    before = [0] * (len(passage) + 1)
    for start in range(len(ids) - 1, -1, -1):
        now = [0] * (len(passage) + 1)
        for place in range(len(passage) - 1, -1, -1):
            if passage[place] == ids[start]:
                now[place] = before[place + 1] + 1
        if max(now) >= _RUN:
            runs.append((start, max(now)))
        before = now
    return runs


def _attended(reading: Reading, asked: Sequence[int], ids: Sequence[int], spans: Sequence[Span]) -> list[int]:
    """The passage that each token attended to most, in all layers and heads; 0 where there is none."""
    if not any(span.end for span in spans):
        return [0] * len(ids)
    reading = reading.back_to(asked[:-1])
    writers = [asked[-1], *ids[:-1]]  # the token at which each one was chosen
    found: list[int] = []
    for first in range(0, len(writers), _AT_ONCE):
        weights = reading.attentions(writers[first : first + _AT_ONCE])  # (tokens, all so far)
        sums = [weights[:, span.start : span.end].sum(dim=1).tolist() for span in spans]
        found += [1 + max(range(len(spans)), key=row.__getitem__) for row in zip(*sums, strict=True)]
    return found


def _texts(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> list[str]:
    """What each token adds to the text."""
    options = {"skip_special_tokens": True, "clean_up_tokenization_spaces": False}
    texts, shown = [], ""
    for end in range(1, len(ids) + 1):
        text = str(tokenizer.decode(list(ids[:end]), **options))
        whole = text.rstrip("\ufffd") if end < len(ids) else text
        texts.append(whole[len(shown) :])
        shown = whole if len(whole) > len(shown) else shown
    return texts
