"""What a question says beyond words to look for: phrases, exclusions and filters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from ragkit.errors import QueryError
from ragkit.queries.conditions import in_words
from ragkit.types import EVERYTHING, Filter, Query

_LETTER = r"[^\W\u2e80-\U0003ffff]"  # of scripts that put spaces between words
_QUOTED = (
    rf'(?:(?<!{_LETTER})["＂][^"＂\n]*["＂](?!{_LETTER})'
    r"|[“„][^“”„\n]+[“”]|「[^「」\n]+」|『[^『』\n]+』|«[^«»\n]+»)"
)
QUOTED = re.compile(_QUOTED)
"""Words between quotation marks that belong together: not the mark of inches or a lone one."""

_FIELDS = "source|title|page|pages|author|date|after|before"
_TOKEN = re.compile(
    rf"(?<!\S)(?P<minus>[-－])?(?P<key>(?i:{_FIELDS}|meta\.[\w-]+))[:：](?P<value>{_QUOTED}|[^\s\"＂“「『«]\S*)"
    rf"|(?<!\S)[-－](?P<without>{_QUOTED}|[^\W\d_][^\s:：\"＂“”「」]*+(?![:：\"＂“”「」]))"
    rf"|(?P<phrase>{_QUOTED})"
)  # ignoring case in all of it would make compiling slow
_TAIL = re.compile(r"[?!,.;:？！，。；：、)）\]]+$")
_PAGES = re.compile(r"\d{1,6}(?:-\d{1,6})?(?:,\d{1,6}(?:-\d{1,6})?)*")
_DATE = r"[12]\d{3}(?:-\d\d(?:-\d\d)?)?"
_DATES = re.compile(rf"({_DATE})(?:\.\.({_DATE}))?")
_FORMS = {
    "page": "a page or range such as page:3 or page:3-5",
    "date": "a date or range such as date:2021, date:2021-06 or date:2020..2022",
    "after": "a date such as after:2021 or after:2021-06-30",
    "before": "a date such as before:2021 or before:2021-06-30",
}


def understand(text: str) -> Query:
    """The question without its operators, which become a filter; whatever is no operator stays text.

    "phrase" (also “ ” 「 」 『 』 « »): it must stand in the passage, and remains part of the text.
    -word, -"phrase": it must not. source:report.pdf, title:"annual report", author:smith,
    meta.format:pdf: part of the value or a pattern with * and ?; page:3, page:3-5; date:2021,
    date:2020..2022, after:2021 (from 2021 on), before:2021-06 (until the end of May). The colon may be
    full-width, the same filter given twice allows either. Raises `QueryError` when no word to look for is
    left.
    """
    found = _Conditions()
    rest = " ".join(_TOKEN.sub(found.take, text).split())
    among = found.filter()
    if among != EVERYTHING and not any(map(str.isalnum, rest)):
        raise QueryError(
            f"The question {text!r} says only where to look ({in_words(among)}), not what for. "
            "Add a word to look for."
        )
    return Query(text=rest, among=among, notices=tuple(found.notices))


@dataclass(slots=True)
class _Conditions:
    """The conditions found so far."""

    sources: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    pages: list[tuple[int, int]] = field(default_factory=list)
    metadata: dict[str, list[str]] = field(default_factory=dict)
    since: str = ""
    until: str = ""
    phrases: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def filter(self) -> Filter:
        return Filter(
            sources=tuple(self.sources),
            titles=tuple(self.titles),
            pages=tuple(self.pages),
            metadata=tuple((key, tuple(values)) for key, values in self.metadata.items()),
            since=self.since,
            until=self.until,
            phrases=tuple(self.phrases),
            without=tuple(self.without),
        )

    def take(self, match: re.Match[str]) -> str:
        """Notes one operator; what stays in the text is returned."""
        if match["phrase"]:
            return self._take_phrase(match["phrase"])
        if match["without"]:
            return self._take_without(match[0], match["without"])
        return self._take_field(match[0], match["key"].casefold(), match["value"], match["minus"])

    def _take_phrase(self, quoted: str) -> str:
        phrase = _unquoted(quoted)
        if any(map(str.isalnum, phrase)):
            self.phrases.append(phrase)
        return quoted

    def _take_without(self, whole: str, value: str) -> str:
        word = _unquoted(value)
        if not any(map(str.isalnum, word)) or (len(word) == 1 and word.isascii()):
            return whole
        self.without.append(word)
        return ""

    def _take_field(self, whole: str, key: str, raw: str, minus: str | None) -> str:
        key = "page" if key == "pages" else key
        value = _unquoted(raw)
        if minus:
            self.notices.append(f"{whole!r} is searched as text: only words and phrases can be excluded")
            return whole
        if not value or not self._set(key, value):
            wanted = _FORMS.get(key, f"a value such as {key}:report")
            self.notices.append(f"{whole!r} is searched as text: {key}: takes {wanted}")
            return whole
        return ""

    def _set(self, key: str, value: str) -> bool:
        """Whether the value fits the field."""
        special: dict[str, Callable[[str], bool]] = {
            "page": self._set_pages,
            "date": self._set_dates,
            "after": self._set_since,
            "before": self._set_before,
        }
        if key in special:
            return special[key](value)
        if key in {"source", "title"}:
            (self.sources if key == "source" else self.titles).append(value)
        else:
            self.metadata.setdefault(key.removeprefix("meta."), []).append(value)
        return True

    def _set_pages(self, value: str) -> bool:
        if not _PAGES.fullmatch(value):
            return False
        ends = [part.partition("-") for part in value.split(",")]
        ranges = [(int(first), int(last or first)) for first, _, last in ends]
        if any(first < 1 or last < first for first, last in ranges):
            return False
        self.pages += ranges
        return True

    def _set_dates(self, value: str) -> bool:
        match = _DATES.fullmatch(value)
        if not match or not (_day(match[1]) and _day(match[2] or match[1])):
            return False
        self.since, self.until = match[1], match[2] or match[1]
        return True

    def _set_since(self, value: str) -> bool:
        if not _day(value):
            return False
        self.since = value
        return True

    def _set_before(self, value: str) -> bool:
        day = _day(value)
        if not day:
            return False
        self.until = (day - timedelta(days=1)).isoformat()
        return True


def _unquoted(value: str) -> str:
    if QUOTED.fullmatch(value):
        return " ".join(value[1:-1].split())
    return _TAIL.sub("", value)


def _day(value: str) -> date | None:
    """The first day of a year, a month or a day; None if there is no such day."""
    if not re.fullmatch(_DATE, value):
        return None
    try:
        return date.fromisoformat(value + "-01" * (2 - value.count("-")))
    except ValueError:
        return None
