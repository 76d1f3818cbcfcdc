"""What a question says beyond words to look for: phrases, exclusions and filters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from ragkit.errors import QueryError
from ragkit.queries.conditions import in_words
from ragkit.types import EVERYTHING, Filter, Query

Value = TypeVar("Value")

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
_MOST_NAMED = 10  # words in a notice
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
    full-width. The same filter given twice allows either; of date:, after: and before:, which may stand
    together, each may be given once. Raises `QueryError` when no word to look for is left, and where dates
    leave no time between them.
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


def excluded_notice(among: Filter) -> tuple[str, ...]:
    """Tells people which words a question leaves out; nothing where it leaves out none."""
    words = list(dict.fromkeys(word.strip('"') for word in among.without))
    if not words:
        return ()
    named = ", ".join(f"{word!r}" for word in words[:_MOST_NAMED])
    more = f" and {len(words) - _MOST_NAMED:,} more" if len(words) > _MOST_NAMED else ""
    return (f"left out: passages with {named}{more} (--literal takes -words for text)",)


@dataclass(slots=True)
class _Conditions:
    """The conditions found so far."""

    sources: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    pages: list[tuple[int, int]] = field(default_factory=list)
    metadata: dict[str, list[str]] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    phrases: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def filter(self) -> Filter:
        """All of them, each once. Raises `QueryError`."""
        since, until = _span(self.times)
        return Filter(
            sources=_once(self.sources),
            titles=_once(self.titles),
            pages=_once(self.pages),
            metadata=tuple((key, _once(values)) for key, values in self.metadata.items()),
            since=since,
            until=until,
            phrases=_once(self.phrases),
            without=_once(self.without),
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
        single = QUOTED.fullmatch(value) and " " not in word
        self.without.append(f'"{word}"' if single else word)  # without the marks: in any form
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
        if key == "page":
            return self._set_pages(value)
        if key in {"date", "after", "before"}:
            return self._set_time(key, value)
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

    def _set_time(self, key: str, value: str) -> bool:
        """Raises `QueryError` for a second one."""
        match = _DATES.fullmatch(value)
        if not match or (match[2] and key != "date") or not all(map(_day, filter(None, match.groups()))):
            return False
        if self.times.setdefault(key, value) != value:
            raise QueryError(
                f"{key}:{self.times[key]} and {key}:{value} cannot be looked for at once. Ask twice, or for "
                "the time from one to the other: date:2020..2022."
            )
        return True


def _once(values: Iterable[Value]) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(values))


def _span(times: Mapping[str, str]) -> tuple[str, str]:
    """The beginning and the end that dates leave, "" where there is none. Raises `QueryError`."""
    first, _, last = times.get("date", "").partition("..")
    starts = [first, times.get("after", "")]
    ends = [last or first, _day_before(times["before"]) if "before" in times else ""]
    since, until = max(starts), min(filter(None, ends), key=_end, default="")
    if until and since > _end(until):
        written = " ".join(f"{key}:{value}" for key, value in times.items())
        turned = f" Write date:{last}..{first}." if times.keys() == {"date"} else ""
        raise QueryError(f"{written} leaves no time to look in: it ends before it begins.{turned}")
    return since, until


def _end(value: str) -> str:
    """What no date within a year, a month or a day comes after."""
    return f"{value}-99"


def _day_before(value: str) -> str:
    day = _day(value)
    assert day
    return (day - timedelta(days=1)).isoformat()


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
