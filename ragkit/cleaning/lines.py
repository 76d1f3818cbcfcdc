"""Lines that a PDF breaks for want of room become whole sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ragkit.cleaning.edits import Edit, apply_edits
from ragkit.cleaning.pages import is_paged
from ragkit.stages import StageConfig
from ragkit.types import Document

_BREAK = re.compile(r"[ \t]*\n\s*")
_SPACES = re.compile(r"[ \t]{2,}|\t")
_LEADER = re.compile(r"\.{5,}|(?:\. ){4,}\.?")
_SENTENCE_END = re.compile(r"""[.!?:;。！？：；…]["'”’」』）)\]]*\Z""")
_GOES_ON = re.compile(
    r"\w{2}[,，、]\Z|\s(?:and|or|of|the|an?|in|to|for|by|with|on|at|from|und|oder|der|die|das|von|et|de|la|le)\Z"
)
_ITEM = re.compile(
    r"[•·▪◦●○■□◆➢►✓☐☑☒*–—-]\s|[$#>{}|+]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]\s|\d+(?:\.\d+)+\.?\s"
    r"|(?:Item|Part|Note|Chapter|Section|Table|Figure|Exhibit|Appendix)\s+(?:\d|[A-Z]\b|[IVX]+\b)"
    r"|[（(]?[一二三四五六七八九十]{1,3}[）)、.．]|第.{1,6}[章节節条條]|[（(]\d{1,2}[）)]"
)
_LABEL = re.compile(r"[A-Z][^:.!?]{0,45}: ?|[^\s：，。]{1,12}：")
_CODE_END = re.compile(r"(?:[{}\\]|\);)\Z")
_PATH_END = re.compile(r"(?:^|\s)\S*/\S+/\Z")
_NUMBER = re.compile(r"[($€£¥-]*\d[\d,.:/%-]*[)%]*\Z|[—–-]\Z|[$€£¥]\Z")
_OPENING = "\"'“‘(（「『《["
# Lines narrower than this are cells, labels or addresses; only a lower-case start joins them.
_NARROW = 30
_WIDE = 60
_NEIGHBOURS = 4
_FULL = 0.93
# Proportional type makes columns a rough measure; a wide line may be this much short.
_NEARLY_FULL = 0.85
_NO_SPACE = ("W", "F")


class LinesConfig(StageConfig):
    """Line breaks inside sentences."""

    type: Literal["lines"] = "lines"

    def build(self) -> LinesCleaner:
        """The cleaner."""
        return LinesCleaner()


class LinesCleaner:
    """Turns soft line breaks into spaces (into nothing between Chinese or Japanese characters).

    A break is soft if the next line goes on in lower case, or if its first word had no room in the
    line above. Blank lines, lists, tables, labels, code and lines of a table of contents stay.
    """

    def clean(self, document: Document) -> Document:
        """The same document with whole sentences; only PDFs change."""
        if not is_paged(document):
            return document
        document = apply_edits(document, [*_tidy(document.text)])
        ends = {page.end for page in document.pages[:-1]}
        return apply_edits(document, [*_joins(document.text, ends)])


def _tidy(text: str) -> Iterator[Edit]:
    """One space for several, three dots for a row of them, no space at a line's end."""
    for match in re.finditer(rf"[ \t]+(?=\n)|{_LEADER.pattern}|{_SPACES.pattern}", text):
        start, end = match.span()
        if not match.group().isspace():
            yield from _shorten(text, start, end)
        else:
            yield Edit(start, end, "" if text[end : end + 1] == "\n" else " ")


def _shorten(text: str, start: int, end: int) -> Iterator[Edit]:
    """Leave the first three dots of a leader, without the spaces between."""
    dots = [i for i in range(start, end) if not text[i].isspace()][:3]
    for dot, following in pairwise([*dots, end]):
        yield Edit(dot + 1, following)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line, the break after it, and whether a page or a blank line ends with it."""

    text: str
    width: int
    gap: tuple[int, int]
    page_end: bool
    blank: bool


def _joins(text: str, page_ends: set[int]) -> Iterator[Edit]:
    lines = list(_lines(text, page_ends))
    for i, (above, below) in enumerate(pairwise(lines)):
        start, end = above.gap
        if above.blank and not above.page_end:
            yield Edit(start, end, "\n\n")
        elif _is_soft(lines, i):
            yield Edit(start, end, _joint(above.text, below.text))
        elif above.page_end:
            yield Edit(start, end, "\n\n" if _SENTENCE_END.search(above.text) else "\n")
        else:
            yield Edit(start, end, "\n")


def _lines(text: str, page_ends: set[int]) -> Iterator[_Line]:
    start = 0
    for match in _BREAK.finditer(text):
        line = text[start : match.start()]
        page_end = any(place in page_ends for place in range(match.start(), match.end() + 1))
        blank = match.group().count("\n") > 1
        yield _Line(line, _width(line), match.span(), page_end, blank)
        start = match.end()
    yield _Line(text[start:], _width(text[start:]), (len(text), len(text)), False, True)


def _width(text: str) -> int:
    """Columns on a screen: Chinese and Japanese characters take two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in _NO_SPACE else 1 for c in text)


def _is_soft(lines: Sequence[_Line], i: int) -> bool:
    above, below = lines[i].text, lines[i + 1].text
    if lines[i].width >= _WIDE and _inside_chinese(above, below):
        return True
    if not above or not below or _stands_alone(above, below):
        return False
    if below.lstrip(_OPENING)[:1].islower():
        return not _SENTENCE_END.search(above) or above.endswith((";", ":"))
    ended = bool(_SENTENCE_END.search(above))
    if ended and lines[i].page_end:
        return False
    room = _room(lines, i)
    if _GOES_ON.search(above) and room >= _NARROW:
        return True
    prose = not ended and lines[i].width >= _WIDE
    full = lines[i].width + _first_word(below) >= (_NEARLY_FULL if prose else _FULL) * room
    return full and room >= (_WIDE if ended else _NARROW)


def _inside_chinese(above: str, below: str) -> bool:
    """Chinese breaks a line inside any word, and ends no wide one without a mark."""
    inside = _is_wide(above[-1:]) and _is_wide(below[:1])
    return inside and not _SENTENCE_END.search(above) and not _ITEM.match(below)


def _stands_alone(above: str, below: str) -> bool:
    """Whether either line is of a kind that is never part of running text."""
    return bool(
        _ITEM.match(below)
        or _LABEL.match(below)
        or (len(above) < _WIDE and _LABEL.match(above) and not below[:1].islower())
        or _CODE_END.search(above)
        or "..." in above
        or "..." in below
        or _is_row(above)
        or _is_row(below)
        or min(_letters(above), _letters(below)) < 2
    )


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _is_row(line: str) -> bool:
    """Whether numbers are so many that this is a line of a table."""
    words = line.split()
    numbers = sum(bool(_NUMBER.match(word)) for word in words)
    ends_in_two = len(words) > 2 and all(_NUMBER.match(word) for word in words[-2:])
    return numbers >= 2 and (ends_in_two or numbers >= 0.3 * len(words))


def _room(lines: Sequence[_Line], i: int) -> int:
    """The widest of the lines around, up to the next blank line: so much fits into one."""
    first = i
    while first > max(0, i - _NEIGHBOURS) and (not lines[first - 1].blank or lines[first - 1].page_end):
        first -= 1
    last = i + 1
    while last < min(len(lines) - 1, i + _NEIGHBOURS) and (not lines[last].blank or lines[last].page_end):
        last += 1
    return max(line.width for line in lines[first : last + 1])


def _first_word(line: str) -> int:
    """Columns that the line's beginning needs at least: a word and its space, or a character."""
    if _is_wide(line[:1]):
        return 2
    word = re.match(r"[^\s\u3000-\u9fff]+", line)
    return 1 + _width(word.group()) if word else 1


def _joint(above: str, below: str) -> str:
    """Nothing between Chinese characters or inside an address, else a space."""
    wide = _is_wide(above[-1:]) and _is_wide(below[:1])
    return "" if wide or _PATH_END.search(above) else " "


def _is_wide(character: str) -> bool:
    """Whether it is written without spaces (Korean is wide too, but has them)."""
    return (
        bool(character)
        and unicodedata.east_asian_width(character) in _NO_SPACE
        and not "\uac00" <= character <= "\ud7a3"
    )
