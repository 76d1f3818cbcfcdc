"""Where in a text the words of a question stand."""

from __future__ import annotations

from ragkit.language.analyzer import UnicodeAnalyzer
from ragkit.language.graphemes import is_boundary
from ragkit.language.stems import text_languages
from ragkit.language.tokens import TOKEN, folded

Span = tuple[int, int]


def term_spans(text: str, query: str, *, analyzer: UnicodeAnalyzer) -> list[Span]:
    """(start, end) in `text` of each word that answers to a word of `query`, in order, never overlapping.

    The words are those of lexical search with `analyzer`, without stopwords and words that only ask.
    In Chinese and other scripts without spaces the matching pairs of characters are marked, joined where
    they touch; single characters only where the question has a single one.
    """
    wanted = analyzer.sought_terms(query)
    normal, origins = _traced(text)
    found = list(TOKEN.finditer(normal))
    languages = text_languages([token.group() for token in found])
    spans: list[Span] = []
    for token in found:
        for start, end in analyzer.matches(token.group(), wanted, languages):
            first, last = origins[token.start() + start], origins[token.start() + end - 1]
            _add(spans, first[0], last[1])
    return spans


def _add(spans: list[Span], start: int, end: int) -> None:
    """Adds a span, or widens the last one where they share a character, such as the ½ of "1" and "2"."""
    if spans and start < spans[-1][1]:
        spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
    else:
        spans.append((start, end))


def _traced(text: str) -> tuple[str, list[Span]]:
    """The folded text, and for each of its characters the span in `text` that it comes from."""
    if text.isascii():
        return text.lower(), [(place, place + 1) for place in range(len(text))]
    parts: list[str] = []
    origins: list[Span] = []
    start = 0
    for end in range(1, len(text) + 1):
        if is_boundary(text, end):
            part = folded(text[start:end])
            parts.append(part)
            origins += [(start, end)] * len(part)
            start = end
    return "".join(parts), origins
