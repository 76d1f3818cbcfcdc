"""Whether titles, paths and metadata are what a filter asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from ragkit.index.row_sources import apparent_file
from ragkit.types import Filter

Fits = Callable[[str], bool]

_DATES = ("date", "modified", "created")
_DATE = re.compile(
    r"\s*(?P<year>\d{4})"
    r"(?:(?P<sign>[-/.])(?P<month>\d\d?)(?:(?P=sign)(?P<day>\d\d?)(?!\d)(?P<time>.*)|\s*\Z)"
    r"|(?P<month2>\d\d)(?P<day2>\d\d)(?:[T\s].*|\d{4}|\d{6})?\Z"
    r"|\s*年(?:\s*(?P<month3>\d\d?)\s*月(?:\s*(?P<day3>\d\d?)\s*[日号].*)?)?\s*\Z"
    r"|\s*\Z)",
    re.S,
)


def any_fits(patterns: Iterable[str]) -> Fits:
    """What says whether a pattern stands in a value, or, with * and ?, is all of it; case is ignored."""
    folded = dict.fromkeys(pattern.casefold() for pattern in patterns)
    parts = [pattern for pattern in folded if not _is_wild(pattern)]
    wild = [_glob(pattern) for pattern in folded if _is_wild(pattern)]
    whole = re.compile("|".join(wild), re.S) if wild else None

    def fits(value: str) -> bool:
        value = value.casefold()
        return any(map(value.__contains__, parts)) or (whole is not None and bool(whole.fullmatch(value)))

    return fits


def any_source_fits(patterns: Sequence[str]) -> Fits:
    """What says whether a path fits one of the patterns.

    A pattern without "/" is one of the file's name, a row's with or without its "#id"; one with "/" is of
    the path from any folder on, and without * and ? stands for the whole folder or the beginning of a name.
    """
    names = [pattern for pattern in patterns if "/" not in pattern]
    paths = dict.fromkeys(pattern.casefold() for pattern in patterns if "/" in pattern)
    stands = any_fits(pattern for pattern in names if not _is_wild(pattern))
    is_all = any_fits(filter(_is_wild, names))
    path = re.compile(rf"(?:\A|/)(?:{'|'.join(map(_path, paths))})\Z", re.S) if paths else None

    def fits(source: str) -> bool:
        file = apparent_file(source)
        name = file.rfind("/") + 1
        return stands(source[name:]) or any(
            is_all(whole[name:]) or (path is not None and bool(path.search(whole.casefold())))
            for whole in {file, source}
        )

    return fits


def document_fits(among: Filter) -> Callable[[str, Mapping[str, str]], bool]:
    """What says whether a document's title and metadata are what the filter asks for."""
    title_fits = any_fits(among.titles) if among.titles else None
    wanted = [(key.casefold(), any_fits(values)) for key, values in among.metadata]

    def fits(title: str, metadata: Mapping[str, str]) -> bool:
        if title_fits and not title_fits(title):
            return False
        if not _in_time(among, metadata):
            return False
        return not wanted or _all_stand(wanted, metadata)

    return fits


def iso_date(text: str) -> str:
    """A date in ISO 8601, year first, or "" if the text is none.

    Besides ISO dates, which may stop at the year or the month and may have a time, these are read:
    2021/5/3, 2021.5.3, 20210503, 2021年5月3日.
    """
    match = _DATE.match(text)
    if not match:
        return ""
    found = match.groupdict()
    month = found["month"] or found["month2"] or found["month3"]
    day = found["day"] or found["day2"] or found["day3"]
    try:
        known = date(int(found["year"]), int(month or 1), int(day or 1))
    except ValueError:
        return ""
    length = 10 if day else 7 if month else 4
    return known.isoformat()[:length] + (found["time"] or "").rstrip()


def _in_time(among: Filter, metadata: Mapping[str, str]) -> bool:
    if not (among.since or among.until):
        return True
    dated = _dated(metadata)
    if not dated or dated < among.since:
        return False
    return not among.until or dated[: len(among.until)] <= among.until


def _dated(metadata: Mapping[str, str]) -> str:
    """The first of the document's dates that is one."""
    dates: dict[str, str] = {}
    for key, value in metadata.items():
        if (name := key.casefold()) in _DATES and name not in dates and (found := iso_date(str(value))):
            dates[name] = found
    return next((dates[name] for name in _DATES if name in dates), "")


def _all_stand(wanted: Iterable[tuple[str, Fits]], metadata: Mapping[str, str]) -> bool:
    folded: dict[str, list[str]] = {}
    for key, value in metadata.items():
        folded.setdefault(key.casefold(), []).append(str(value))
    return all(any(map(fits, folded.get(key, ()))) for key, fits in wanted)


def _is_wild(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _path(pattern: str) -> str:
    start = pattern.lstrip("/")
    if not _is_wild(start):
        return re.escape(start) + (".*" if pattern.endswith("/") else "(?:/.*|[^/]*)")
    return _glob(start + "*" * start.endswith("/"))


def _glob(pattern: str) -> str:
    """A regular expression for a whole value; nothing that matched once is tried again."""
    first, *rest = ["".join("." if c == "?" else re.escape(c) for c in p) for p in pattern.split("*")]
    if not rest:
        return first
    *middle, last = rest
    return f"{first}{''.join(f'(?>.*?{part})' for part in middle if part)}.*{last}"
