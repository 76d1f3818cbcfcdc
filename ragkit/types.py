"""The values that flow through a chain: frozen, slotted, keyword-only, and free of behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["supported", "weak", "unsupported", "unchecked"]
OnUnsupported = Literal["mark", "drop", "abstain"]
"""What is done about sentences that nothing supports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRun:
    """`length` characters of a document's text that are consecutive characters of its PDF page.

    `document.text[start + i]` is the page's character number `char + i`, as pdfium counts them.
    """

    start: int
    length: int
    char: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: `document.text[page.start:page.end]` is its text.

    `index` counts from 0, `label` is what the document prints on the page ("iv", "A-3"; "" if it says
    nothing), `width` and `height` are points (1/72 inch; 0.0 where the format has no pages),
    `runs` maps the text back to the PDF's characters, in ascending order of `start`.
    """

    index: int
    label: str
    start: int
    end: int
    width: float = 0.0
    height: float = 0.0
    runs: tuple[SourceRun, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document's text and pages. `id` depends on the content only, never on the path."""

    id: str
    source: str
    title: str
    text: str
    pages: tuple[Page, ...]
    language: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A passage: `document.text[chunk.start:chunk.end] == chunk.text`, always.

    `heading` is context that is searched and embedded together with the text ("Title > Section").
    `parent` is the span of the larger passage that a generator should read instead, if there is one.
    """

    id: str
    document_id: str
    start: int
    end: int
    text: str
    heading: str = ""
    parent: tuple[int, int] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def search_text(self) -> str:
        """What is embedded and indexed: the heading, a line break, the text without outer space."""
        body = self.text.strip()
        return f"{self.heading}\n{body}" if self.heading else body


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which passages a search may return: every condition that is given must hold.

    Of `sources`, `titles` and each entry of `metadata`, any one must fit: it stands in the value, case
    ignored, or is a pattern with * and ? for all of it. The value of a source is its file name, or its path
    from any folder on where the condition has a "/". `pages` are (first, last) ranges, counted
    from 1, any of which the passage must touch. `since` and `until` (inclusive) are the beginnings of ISO
    dates, compared with the document's metadata "date", else "modified", else "created". Of `phrases`, all
    must stand in the passage, word for word (case, width and spacing ignored); none of `without` may, in no
    form, or as it is written where it has quotation marks.
    """

    sources: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()
    metadata: tuple[tuple[str, tuple[str, ...]], ...] = ()
    since: str = ""
    until: str = ""
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


EVERYTHING = Filter()
"""The filter that every passage passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question as it was understood.

    Passages are ranked by `text` and looked for `among` some of them, by each of the `variants` (by `text`
    alone where there are none). `notices` tell people what was changed.
    """

    text: str
    among: Filter = EVERYTHING
    variants: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StageScore:
    """The place (from 1) and the score that one stage gave to a hit."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A chunk that answers a query, with the scores of every stage that ranked it.

    `alike` are chunks that were found too, and left out because they say the same.
    """

    chunk: Chunk
    score: float
    stages: Mapping[str, StageScore] = field(default_factory=dict)
    alike: tuple[Chunk, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a search found, the best first, and what people should know of it. `timings`: ms per stage."""

    query: Query
    hits: tuple[Hit, ...]
    notices: tuple[str, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a character of a document stands, for people. `page_label` is "" where none is printed."""

    source: str
    title: str
    page_index: int
    page_label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle on a page in points, origin at the page's top left corner."""

    page_index: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Exact characters of a document: `document.text[start:end] == quote`."""

    document_id: str
    start: int
    end: int
    quote: str
    source: str = ""
    page_index: int = 0
    page_label: str = ""
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One statement of an answer, `answer.text[start:end]`, and what supports it (0 to 1)."""

    start: int
    end: int
    citations: tuple[Citation, ...] = ()
    support: float = 0.0
    verdict: Verdict = "unchecked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a generator made, before any of its citations is checked."""

    text: str
    sentences: tuple[Sentence, ...]
    abstained: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a talk with a language model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A checked answer. `timings` are milliseconds per stage, `notices` what people should know of it."""

    text: str
    sentences: tuple[Sentence, ...]
    hits: tuple[Hit, ...]
    abstained: bool = False
    reason: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSummary:
    """What an index knows of a document without its text.

    `sources` are all its paths, the first is shown; `empty_pages` have no text (scanned or blank).
    """

    id: str
    sources: tuple[str, ...]
    title: str
    language: str
    pages: int
    empty_pages: int
    characters: int
    chunks: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """A file as it was when it was last read. Times are nanoseconds since the epoch."""

    source: str
    size: int
    mtime_ns: int
    checked_ns: int
