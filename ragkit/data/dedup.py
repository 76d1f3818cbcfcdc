"""A file without its copies: one text of each kind is kept, the others are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Literal, Protocol, TextIO

import numpy as np

from ragkit.data.records import Record, TextSource, beginning, json_text
from ragkit.data.writing import Lines, line_file
from ragkit.duplicates import Copies, Digests
from ragkit.loaders.row_lines import RowError
from ragkit.stages import Progress

Method = Literal["exact", "near", "semantic"]
_BATCH = 2048
_EXAMPLES = 5
_SHOWN = 160  # characters of an example

Told = Callable[[str, int, int], None]
"""Called with what is done ("reading", "comparing", "writing"), how much of it, and of how much."""


class Finder(Protocol):
    """Finds copies among texts that are added in order."""

    def add(self, texts: Sequence[str]) -> None:
        """Adds texts at the end."""
        ...

    def copies(self, progress: Progress | None = None) -> Copies:
        """Compares all that was added."""
        ...


class ExactFinder:
    """Texts that are the same but for white space; 16 bytes a text."""

    def __init__(self) -> None:
        self._digests = Digests()

    def add(self, texts: Sequence[str]) -> None:
        """Adds texts at the end."""
        for text in texts:
            self._digests.append(text)

    def copies(self, progress: Progress | None = None) -> Copies:
        """The first of equal texts is kept."""
        return self._digests.copies()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyExample:
    """A copy and what is kept for it: lines, likeness, and the beginning of both texts."""

    line: int
    kept_line: int
    likeness: float
    text: str
    kept_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduplicated:
    """What became of a file: `same` copies are equal but for white space, `alike` ones nearly.

    `clusters` texts are kept that have copies. `cut` counts groups too wide to compare all with all.
    Examples are the copies that are least like what is kept.
    """

    lines: Lines
    same: int
    alike: int
    clusters: int
    cut: int
    examples: tuple[CopyExample, ...]
    seconds: float


def deduplicate(
    source: TextSource,
    finder: Finder,
    *,
    out: Path | None,
    aliases: Path | None = None,
    told: Told | None = None,
) -> Deduplicated:
    """Writes what is kept to `out`, as it was, and a line for each copy to `aliases`.

    The source is read twice; without `out` nothing is written. Raises `LoadError`, also where the source
    changes meanwhile, and `StorageError`.
    """
    started, lines = monotonic(), Lines()
    for batch in _batches(_good(source, lines, told)):
        finder.add([record.text for record in batch])
    copies = finder.copies(_step(told, "comparing"))
    source.require_unchanged()
    examples = _Examples(copies)
    if out and aliases:
        with line_file(out) as kept_file, line_file(aliases) as alias_file:
            _write(source, copies, kept_file, _Aliases(alias_file, copies), examples, told)
    elif out:
        with line_file(out) as kept_file:
            _write(source, copies, kept_file, None, examples, told)
    else:
        _write(source, copies, None, None, examples, told)
    source.require_unchanged()
    copied = ~copies.kept
    lines.written = int(copies.kept.sum())
    return Deduplicated(
        lines=lines,
        same=int((copied & copies.same).sum()),
        alike=int((copied & ~copies.same).sum()),
        clusters=len(np.unique(copies.kept_as[copied])),
        cut=copies.cut,
        examples=examples.found(),
        seconds=monotonic() - started,
    )


def _good(source: TextSource, lines: Lines, told: Told | None) -> Iterator[Record]:
    for record in source.read(_step(told, "reading")):
        if isinstance(record, RowError):
            lines.fail(record)
        else:
            lines.read += 1
            yield record


def _write(
    source: TextSource,
    copies: Copies,
    kept_file: TextIO | None,
    aliases: _Aliases | None,
    examples: _Examples,
    told: Told | None,
) -> None:
    if not kept_file and not examples.wanted:
        return
    for place, record in enumerate(_good(source, Lines(), _renamed(told))):
        if kept_file and copies.kept_as[place] == place:
            kept_file.write(f"{record.line()}\n")
        examples.see(place, record)
        if aliases:
            aliases.see(place, record)


class _Aliases:
    """Writes a line for each copy; the ids of what has copies are remembered until the last of them."""

    def __init__(self, file: TextIO, copies: Copies) -> None:
        self._file = file
        self._copies = copies
        copied = np.flatnonzero(~copies.kept)
        self._last = np.zeros(len(copies.kept_as), np.int64)
        np.maximum.at(self._last, copies.kept_as[copied], copied)
        self._names: dict[int, tuple[int, str]] = {}

    def see(self, place: int, record: Record) -> None:
        if self._last[place]:
            self._names[place] = record.number, record.id
        kept = int(self._copies.kept_as[place])
        if kept == place:
            return
        number, name = self._names[kept]
        alias = {
            "line": record.number,
            "id": record.id,
            "kept_line": number,
            "kept_id": name,
            "kind": "same" if self._copies.same[place] else "alike",
            "likeness": round(float(self._copies.likeness[place]), 4),
        }
        self._file.write(json_text(alias) + "\n")
        if self._last[kept] == place:
            del self._names[kept]


class _Examples:
    """Keeps the beginnings of a few texts."""

    def __init__(self, copies: Copies) -> None:
        copied = np.flatnonzero(~copies.kept & ~copies.same)
        if not len(copied):
            copied = np.flatnonzero(~copies.kept)
        least = copied[np.argsort(copies.likeness[copied], kind="stable")[:_EXAMPLES]].tolist()
        self._copies = copies
        self._pairs = [(int(copies.kept_as[place]), place) for place in least]
        self.wanted = {place for pair in self._pairs for place in pair}
        self._seen: dict[int, tuple[int, str]] = {}

    def see(self, place: int, record: Record) -> None:
        if place in self.wanted:
            self._seen[place] = record.number, beginning(record.text, _SHOWN)

    def found(self) -> tuple[CopyExample, ...]:
        return tuple(
            CopyExample(
                line=self._seen[copy][0],
                kept_line=self._seen[kept][0],
                likeness=float(self._copies.likeness[copy]),
                text=self._seen[copy][1],
                kept_text=self._seen[kept][1],
            )
            for kept, copy in self._pairs
        )


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    rest = iter(records)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _step(told: Told | None, name: str) -> Progress | None:
    return (lambda done, total: told(name, done, total)) if told else None


def _renamed(told: Told | None) -> Told | None:
    return (lambda name, done, total: told("writing", done, total)) if told else None
