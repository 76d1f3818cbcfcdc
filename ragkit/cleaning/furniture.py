"""Running headers, footers and page numbers leave the text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from pydantic import Field

from ragkit.cleaning.edits import Edit, apply_edits
from ragkit.cleaning.pages import is_paged
from ragkit.stages import StageConfig
from ragkit.types import Document, Page

_LINE = re.compile(r"[^\n]*\S[^\n]*")
_YEAR = r"(?:19|20)\d\d"
_DIGITS = re.compile(rf"\b(?!{_YEAR}\b)\d+|(?<=\D)\d+|\b[ivxlc]+$", re.I)
_PAGE_NUMBER = re.compile(
    r"[-–—|\s]*(?:(?:page|seite|pág(?:ina)?\.?|p\.)\s*)?第?\s*(?P<number>\d{1,4}|[ivxlc]{1,7})\s*页?頁?"
    r"(?:\s*(?:of|/|von|de|sur|共)\s*\d{1,4}\s*页?頁?)?[-–—|\s]*",
    re.I,
)
_CAPTION = re.compile(
    r"(?:table|figure|fig|chart|chapter|section|part|appendix|annex|exhibit|schedule|item|note|kapitel|tabelle"
    r"|abbildung)\b|[表图圖第附]",
    re.I,
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_LONGEST = 150
_ALIKE = 0.85
_NEAR_PAGES = 2
# A line that stands elsewhere so often belongs to the text, and only happens to end a page.
_AT_EDGE = 0.6


class FurnitureConfig(StageConfig):
    """`pages`: on so many pages a line must return; `depth`: so many lines from the edge are looked at."""

    type: Literal["furniture"] = "furniture"
    pages: int = Field(default=3, ge=2)
    depth: int = Field(default=3, ge=1)

    def build(self) -> FurnitureCleaner:
        """The cleaner."""
        return FurnitureCleaner(pages=self.pages, depth=self.depth)


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line near the top or bottom of a page; `depth` 0 is the outermost."""

    page: int
    top: bool
    depth: int
    start: int
    end: int
    text: str


class FurnitureCleaner:
    """Removes lines that return at the edge of pages, but for the first of each, and page numbers.

    A page of nothing else keeps it. The number of lines removed is in the metadata as `furniture_lines`.
    """

    def __init__(self, *, pages: int = 3, depth: int = 3) -> None:
        self.pages = pages
        self.depth = depth

    def clean(self, document: Document) -> Document:
        """The same document without its furniture; only PDFs change."""
        if not is_paged(document) or len(document.pages) < self.pages:
            return document
        stacks = [stack for page in document.pages for stack in _edges(document.text, page, self.depth)]
        edges = [edge for stack in stacks for edge in stack]
        numbers = self._numbers(edges)
        recurring = self._recurring(edges, document.text)
        removed = _sparing(list(_peel(stacks, numbers, recurring)), document)
        if not removed:
            return document
        cleaned = apply_edits(document, _deletions(document.text, removed))
        return replace(cleaned, metadata={**document.metadata, "furniture_lines": str(len(removed))})

    def _numbers(self, edges: Sequence[_Edge]) -> set[_Edge]:
        """Lines that hold only a number which counts along with the pages."""
        offsets: defaultdict[int, list[_Edge]] = defaultdict(list)
        for edge in edges:
            if match := _PAGE_NUMBER.fullmatch(edge.text):
                offsets[_value(match["number"]) - edge.page].append(edge)
        counted = [found for found in offsets.values() if len({edge.page for edge in found}) >= self.pages]
        return {edge for found in counted for edge in found}

    def _recurring(self, edges: Sequence[_Edge], text: str) -> dict[_Edge, str]:
        """Each line that returns on pages near each other, with the form that all its like share."""
        groups: defaultdict[str, list[_Edge]] = defaultdict(list)
        signs: defaultdict[tuple[str, ...], list[_Edge]] = defaultdict(list)
        for edge in edges:
            if len(edge.text) <= _LONGEST and any(map(str.isalpha, edge.text)):
                form = _masked(edge.text)
                groups[form].append(edge)
                for sign in _signs(edge):
                    signs[form, *sign].append(edge)
        everywhere = Counter(_masked(line) for line in text.split("\n"))
        forms = {
            form
            for (form, *_), found in signs.items()
            if self._returns(found) and len(groups[form]) >= _AT_EDGE * everywhere[form]
        }
        shared = {form: form if form in forms else _like(form, forms) for form in groups}
        return {edge: key for form, found in groups.items() if (key := shared[form]) for edge in found}

    def _returns(self, edges: Sequence[_Edge]) -> bool:
        for top in (True, False):
            pages = sorted({edge.page for edge in edges if edge.top == top})
            near = sum(b - a <= _NEAR_PAGES for a, b in pairwise(pages))
            if near + 1 >= self.pages:
                return True
        return False


def _sparing(removed: Sequence[_Edge], document: Document) -> list[_Edge]:
    """Those lines whose page holds other text too."""
    gone = Counter[int]()
    for edge in removed:
        gone[edge.page] += sum(not char.isspace() for char in document.text[edge.start : edge.end])
    kept = {
        page.index
        for page in document.pages
        if sum(not char.isspace() for char in document.text[page.start : page.end]) > gone[page.index]
    }
    return [edge for edge in removed if edge.page in kept]


def _edges(text: str, page: Page, depth: int) -> tuple[list[_Edge], list[_Edge]]:
    """The page's first and last lines, from the edge inwards; no line is in both."""
    lines = list(_LINE.finditer(text, page.start, page.end))
    reach = min(depth, (len(lines) + 1) // 2)
    top = lines[:reach]
    bottom = lines[max(reach, len(lines) - depth) :][::-1]
    return (
        [_Edge(page.index, True, i, *m.span(), m.group().strip()) for i, m in enumerate(top)],
        [_Edge(page.index, False, i, *m.span(), m.group().strip()) for i, m in enumerate(bottom)],
    )


def _masked(text: str) -> str:
    return " ".join(_DIGITS.sub("#", text).casefold().split())


def _signs(edge: _Edge) -> Iterator[tuple[str, ...]]:
    """What this line shares with its like: all of its numbers, or all but one that counts the pages."""
    numbers = [match.group().lower() for match in _DIGITS.finditer(edge.text)]
    yield tuple(numbers)
    if _CAPTION.match(edge.text):
        return
    for i, number in enumerate(numbers):
        yield (*numbers[:i], f"page{_value(number) - edge.page:+}", *numbers[i + 1 :])


def _like(form: str, forms: set[str]) -> str:
    """A recurring form that this one resembles, as scanned headers do, or ""."""
    if len(form) < 8:
        return ""
    for other in sorted(forms):
        if abs(len(form) - len(other)) <= 0.2 * len(form):
            matcher = SequenceMatcher(None, form, other, autojunk=False)
            if matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE:
                return other
    return ""


def _peel(
    stacks: Sequence[Sequence[_Edge]], numbers: set[_Edge], recurring: dict[_Edge, str]
) -> Iterator[_Edge]:
    """Lines to remove: from the edge inwards, up to the first that is no furniture."""
    seen: Counter[str] = Counter()
    for stack in stacks:
        for edge in stack:
            if edge in numbers:
                yield edge
            elif edge in recurring:
                seen[recurring[edge]] += 1
                if seen[recurring[edge]] > 1 or _PAGE_NUMBER.fullmatch(edge.text):
                    yield edge
            else:
                break


def _value(number: str) -> int:
    if number.isdigit():
        return int(number)
    values = [_ROMAN[letter] for letter in number.lower()]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def _deletions(text: str, removed: Sequence[_Edge]) -> list[Edit]:
    """Each line goes together with the white space on its inner side."""
    edits: list[Edit] = []
    for edge in sorted(removed, key=lambda edge: edge.start):
        start, end = edge.start, edge.end
        if edge.top:
            while end < len(text) and text[end].isspace():
                end += 1
        else:
            while start > 0 and text[start - 1].isspace():
                start -= 1
        start = max(start, edits[-1].end if edits else 0)
        edits.append(Edit(start, max(start, end)))
    return edits
