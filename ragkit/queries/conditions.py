"""A filter in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragkit.types import Filter


def in_words(among: Filter) -> str:
    """The conditions of a filter as people write them: `source report.pdf, without "draft"`."""
    return ", ".join(_conditions(among))


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


def _quoted(word: str) -> str:
    return word if word.startswith('"') else f'"{word}"'


def _either(values: Sequence[str]) -> str:
    return " or ".join(values)
