"""A filter in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ragkit.types import EVERYTHING, Filter

_MOST_NAMED = 3  # files


def in_words(among: Filter) -> str:
    """The conditions of a filter as people write them: `source report.pdf, without "draft"`."""
    return ", ".join(_conditions(among))


def both(asked: Filter, among: Filter) -> Filter:
    """The filter that passes what both pass."""
    if EVERYTHING in (asked, among):
        return among if asked == EVERYTHING else asked
    within = among if asked.within is None else both(asked.within, among)
    return replace(asked, within=within)


def _conditions(among: Filter) -> Iterator[str]:
    fields = [("source", among.sources), ("title", among.titles), *among.metadata]
    yield from (f"{name} {_either(values)}" for name, values in fields if values)
    if among.pages:
        ranges = [str(first) if first == last else f"{first}-{last}" for first, last in among.pages]
        yield f"page {_either(ranges)}"
    if among.since:
        yield f"from {among.since} on"
    if among.until:
        whole_day = among.until.count("-") == 2
        yield f"until {among.until}" if whole_day else f"until the end of {among.until}"
    yield from (f'with "{phrase}"' for phrase in among.phrases)
    yield from (f"without {_quoted(word)}" for word in among.without)
    if among.paths:
        yield _files(among.paths)
    if among.within:
        yield from _conditions(among.within)


def _files(paths: Sequence[str]) -> str:
    if len(paths) > _MOST_NAMED:
        return f"in one of {len(paths):,} files"
    return f"in {_either([path.rpartition('/')[2] for path in paths])}"


def _quoted(word: str) -> str:
    return word if word.startswith('"') else f'"{word}"'


def _either(values: Sequence[str]) -> str:
    return " or ".join(values)
