"""From planned passages to chunks: headings, the embedder's window, identity."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ragkit.chunkers.packing import Span, TokenSpans, middle
from ragkit.language.graphemes import snap
from ragkit.types import Chunk, Document

_MARKUP = "# \t\r\n*_=>"
_SEPARATOR = " > "


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a document under one path of headings; () where the document's title is the only one."""

    start: int
    end: int
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A chunk to be: its span, the headings above it and the span of its parent."""

    start: int
    end: int
    path: tuple[str, ...] = ()
    parent: Span | None = None


class Headings:
    """The headings of one document's chunks, none longer than `limit` tokens."""

    def __init__(self, document: Document, tokens: TokenSpans, *, limit: int) -> None:
        self._text = document.text
        self._title = one_line(document.title)
        self._tokens = tokens
        self._limit = limit
        self._short: dict[tuple[str, ...], str] = {}

    def of(self, path: tuple[str, ...]) -> str:
        """The last headings of `path` that fit, joined by " > "; the document's title for ()."""
        parts = path or (self._title,)
        if parts not in self._short:
            self._short[parts] = _shorten([part for part in parts if part], self._tokens, self._limit)
        return self._short[parts]

    def over(self, passage: Passage) -> str:
        """The heading of `passage`: "" where its text begins with the title anyway."""
        if not passage.path and self._title and self._begins_with_title(passage):
            return ""
        return self.of(passage.path)

    def _begins_with_title(self, passage: Passage) -> bool:
        head = self._text[passage.start : min(passage.end, passage.start + 4 * len(self._title) + 1000)]
        return one_line(head).lstrip(_MARKUP).casefold().startswith(self._title.casefold())


def finish(
    document: Document, passages: Sequence[Passage], headings: Headings, *, tokens: TokenSpans, window: int
) -> list[Chunk]:
    """The chunks of `passages`, which cover the document in order.

    Passages of white space only join a neighbour. One whose `search_text` has more than `window` tokens is
    halved until it fits; only a single character is left as it is.
    """
    chunks: list[Chunk] = []
    reached = 0
    for passage in _joined_blanks(document.text, passages):
        for fitting in _fitting(document, passage, headings, tokens, window):
            if fitting.end > reached:
                chunks.append(_chunk(document, fitting, headings.over(fitting)))
                reached = fitting.end
    return chunks


def _joined_blanks(text: str, passages: Iterable[Passage]) -> list[Passage]:
    joined: list[Passage] = []
    pending = None  # the start of blank passages that have none before them
    for passage in passages:
        start = passage.start if pending is None else pending
        if not text[passage.start : passage.end].isspace():
            joined.append(_widened(passage, start, passage.end))
            pending = None
        elif joined:
            joined[-1] = _widened(joined[-1], joined[-1].start, max(joined[-1].end, passage.end))
        else:
            pending = start
    return joined


def _widened(passage: Passage, start: int, end: int) -> Passage:
    parent = passage.parent and (min(passage.parent[0], start), max(passage.parent[1], end))
    return replace(passage, start=start, end=end, parent=parent)


def _fitting(
    document: Document, passage: Passage, headings: Headings, tokens: TokenSpans, window: int
) -> Iterator[Passage]:
    """`passage`, or the parts of it that fit the window; blank parts join the one before."""
    waiting = [passage]
    while waiting:
        part = waiting.pop()
        chunk = _chunk(document, part, headings.over(part))
        start, end = _trimmed(document.text, part)
        if end - start < 2 or len(tokens(chunk.search_text)) <= window:
            yield part
            continue
        position = middle(document.text, start, end)
        waiting += [replace(part, start=position), replace(part, end=position)]


def _trimmed(text: str, passage: Passage) -> Span:
    body = text[passage.start : passage.end]
    return passage.start + len(body) - len(body.lstrip()), passage.start + len(body.rstrip())


def _chunk(document: Document, passage: Passage, heading: str) -> Chunk:
    start, end = passage.start, passage.end
    identity = f"{document.id}\0{start}\0{end}\0{heading}"
    return Chunk(
        id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        document_id=document.id,
        start=start,
        end=end,
        text=document.text[start:end],
        heading=heading,
        parent=passage.parent,
    )


def one_line(text: str) -> str:
    """`text` without line breaks and with single spaces."""
    return " ".join(text.split())


def _shorten(parts: list[str], tokens: TokenSpans, limit: int) -> str:
    while len(parts) > 1 and len(tokens(_SEPARATOR.join(parts))) > limit:
        parts = parts[1:]
    heading = _SEPARATOR.join(parts)
    while len(spans := tokens(heading)) > limit:
        heading = _truncated(heading, spans[limit][0])
    return heading


def _truncated(heading: str, end: int) -> str:
    """`heading` up to `end`, to the end of the word before where there is one; always shorter."""
    end = min(end, len(heading) - 1)
    space = heading.rfind(" ", 0, end + 1)
    return heading[: space if space > 0 else snap(heading, end, 0, end)].rstrip()
