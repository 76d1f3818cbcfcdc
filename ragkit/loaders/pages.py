"""Pages become one text, and remember where they stand in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ragkit.language import detect_language
from ragkit.types import Document, Page, SourceRun

PARAGRAPH = "\n\n"
LINE = "\n"
_PARAGRAPH_END = re.compile(r"""[.!?:;。！？：；…]["'”’»」』）)\]]*\s*\Z""")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """One page before it is joined: the runs count from the page's own start."""

    text: str
    label: str = ""
    width: float = 0.0
    height: float = 0.0
    runs: tuple[SourceRun, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileText:
    """What a parser finds in a file. `format` is "markdown" where "# Line" is a heading, else "plain".

    `hidden` characters are left out, because no reader sees them.
    """

    pages: tuple[PageText, ...]
    format: str = "plain"
    title: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    hidden: int = 0

    @property
    def has_text(self) -> bool:
        """Whether any page holds more than white space."""
        return any(page.text.strip() for page in self.pages)


def make_document(content: FileText, *, document_id: str, path: Path) -> Document:
    """Join the pages: a blank line after a page that ends a sentence, else one line break."""
    text, pages = _join(content.pages)
    return Document(
        id=document_id,
        source=str(path),
        title=content.title,
        text=text,
        pages=pages,
        language=detect_language(text),
        metadata={**content.metadata, "format": content.format},
        warnings=content.warnings,
    )


def _join(parts: Sequence[PageText]) -> tuple[str, tuple[Page, ...]]:
    pieces: list[str] = []
    pages: list[Page] = []
    start = 0
    for index, part in enumerate(parts):
        end = start + len(part.text)
        pages.append(
            Page(
                index=index,
                label=part.label,
                start=start,
                end=end,
                width=part.width,
                height=part.height,
                runs=tuple(
                    SourceRun(start=run.start + start, length=run.length, char=run.char) for run in part.runs
                ),
            )
        )
        separator = "" if index == len(parts) - 1 else separator_after(part.text)
        pieces += (part.text, separator)
        start = end + len(separator)
    return "".join(pieces), tuple(pages)


def separator_after(text: str) -> str:
    """What stands between a page and the next, so that a sentence over two pages is not cut."""
    return PARAGRAPH if not text.strip() or _PARAGRAPH_END.search(text) else LINE


def named_pages(indexes: Sequence[int]) -> str:
    """Pages for people: "page 3", "pages 3, 5-7"."""
    return f"page{'s' if len(indexes) > 1 else ''} {page_ranges(indexes)}"


def page_ranges(indexes: Sequence[int]) -> str:
    """Page numbers for people, from 1: [2, 4, 5, 6] is "3, 5-7"."""
    ranges: list[list[int]] = []
    for index in indexes:
        if ranges and index == ranges[-1][1] + 1:
            ranges[-1][1] = index
        else:
            ranges.append([index, index])
    return ", ".join(f"{a + 1}-{b + 1}" if b > a else f"{a + 1}" for a, b in ranges)
