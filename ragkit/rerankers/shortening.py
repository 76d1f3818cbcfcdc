"""Shortens passages to the part that speaks most of the query."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from ragkit.language import sentence_spans
from ragkit.types import Chunk

TokenSpans = Callable[[str], list[tuple[int, int]]]
Terms = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence's first token, the token behind its last, and how often each query term stands in it."""

    start: int
    end: int
    counts: Mapping[str, int]


def shortened(
    query: str, chunks: Sequence[Chunk], *, room: int, tokens: TokenSpans, terms: Terms
) -> list[str]:
    """The search text of each chunk in at most `room` tokens: its heading and one run of its text.

    The run begins with a sentence and is the one with most weight of query terms, each counted with
    diminishing returns; a term weighs the more, the fewer of the chunks it stands in. The heading gets a
    quarter of the room at most.
    """
    asked = set(terms(query))
    found = [Counter(term for term in terms(chunk.text) if term in asked) for chunk in chunks]
    weights = {term: log(1 + len(chunks) / (0.5 + sum(term in one for one in found))) for term in asked}
    return [_short(chunk, weights, room=room, tokens=tokens, terms=terms) for chunk in chunks]


def _short(chunk: Chunk, weights: Mapping[str, float], *, room: int, tokens: TokenSpans, terms: Terms) -> str:
    if len(chunk.search_text) <= room:
        return chunk.search_text
    heading = _first_tokens(chunk.heading, tokens(chunk.heading), room // 4)
    room -= len(tokens(heading))
    body = chunk.text.strip()
    spans = tokens(body)
    if len(spans) > room:
        start = _best_start(_sentences(body, spans, weights, terms), weights, room, len(spans))
        body = body[spans[start][0] : spans[start + room - 1][1]]
    return f"{heading}\n{body}" if heading else body


def _first_tokens(text: str, spans: Sequence[tuple[int, int]], limit: int) -> str:
    if len(spans) <= limit:
        return text
    return text[: spans[limit - 1][1]] if limit else ""


def _sentences(
    body: str, spans: Sequence[tuple[int, int]], weights: Mapping[str, float], terms: Terms
) -> list[_Sentence]:
    starts = [start for start, _ in spans]
    return [
        _Sentence(
            bisect_left(starts, start),
            bisect_left(starts, end),
            Counter(term for term in terms(body[start:end]) if term in weights),
        )
        for start, end in sentence_spans(body)
    ]


def _best_start(sentences: Sequence[_Sentence], weights: Mapping[str, float], room: int, length: int) -> int:
    """The first token of the best run: a sentence's, or the last from which the run is still full.

    Among equals the middle one, so that there is text on both sides; the beginning if nothing is found.
    """
    starts = sorted({min(sentence.start, length - room) for sentence in sentences})
    values = {start: _value(sentences, weights, start, start + room) for start in starts}
    best = max(values.values())
    equals = [start for start in starts if values[start] == best]
    return equals[len(equals) // 2] if best > 0 else 0


def _value(sentences: Sequence[_Sentence], weights: Mapping[str, float], start: int, end: int) -> float:
    """The weight of the query terms in a run; of a sentence cut by its end, the share that it holds."""
    totals: dict[str, float] = {}
    for sentence in sentences:
        inside = min(sentence.end, end) - max(sentence.start, start)
        if inside > 0:
            share = inside / (sentence.end - sentence.start)
            for term, count in sentence.counts.items():
                totals[term] = totals.get(term, 0.0) + count * share
    return round(sum(weights[term] * total / (total + 1.0) for term, total in totals.items()), 9)
