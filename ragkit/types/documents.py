"""What is read and kept: documents, their pages, the passages cut from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
