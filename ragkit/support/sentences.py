"""The sentences of retrieved passages, with what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ragkit.language import sentence_spans
from ragkit.support.terms import TermReader, Terms
from ragkit.types import Citation, Hit

_SPACE = re.compile(r"\s+")
_CJK_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s+(?=[\u3000-\u9fff\uff00-\uffef])")
_HEADING = re.compile(r"#{1,6}\s")
_ENDS = re.compile(r"[.!?。！？；;…:：,，][\"'”’»）)\]]*$")
_LONGEST = 600  # characters of one quoted sentence
_LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the hit at `position`: where it stands, its terms and those around it.

    `title` are the terms of the passage's heading and title, `before` and `after` those of its neighbours.
    """

    citation: Citation
    text: str
    position: int
    terms: Terms
    title: Terms
    before: Terms
    after: Terms


def statements(hits: Sequence[Hit], reader: TermReader) -> list[Statement]:
    """Every distinct sentence of the hits that can be quoted, in order."""
    found: dict[str, Statement] = {}
    for position, hit in enumerate(hits):
        for statement in _of_passage(hit, position, reader):
            found.setdefault(statement.text, statement)
    return list(found.values())


def _of_passage(hit: Hit, position: int, reader: TermReader) -> Iterator[Statement]:
    quotes = [quote for span in sentence_spans(hit.chunk.text) if (quote := _citation(hit, *span))]
    texts = [plain(quote.quote) for quote in quotes]
    terms = [reader.terms(text) for text in texts]
    nothing: Terms = frozenset()
    title = reader.terms(hit.chunk.heading) | (terms[0] if texts and is_title(texts[0]) else nothing)
    for place, (quote, text) in enumerate(zip(quotes, texts, strict=True)):
        if len(text) <= _LONGEST and not _HEADING.match(text):
            yield Statement(
                citation=quote,
                text=text,
                position=position,
                terms=terms[place],
                title=title,
                before=terms[place - 1] if place else nothing,
                after=terms[place + 1] if place + 1 < len(terms) else nothing,
            )


def is_title(text: str) -> bool:
    """Whether a text is short and ends without a mark, as titles and fragments do."""
    return len(text) <= _LONGEST_TITLE and not _ENDS.search(text)


def _citation(hit: Hit, start: int, end: int) -> Citation | None:
    text = hit.chunk.text[start:end]
    quote = text.strip()
    if not any(char.isalnum() for char in quote):
        return None
    first = hit.chunk.start + start + len(text) - len(text.lstrip())
    return Citation(document_id=hit.chunk.document_id, start=first, end=first + len(quote), quote=quote)


def plain(quote: str) -> str:
    """The quote on one line."""
    return _SPACE.sub(" ", _CJK_GAP.sub("", quote)).strip()
