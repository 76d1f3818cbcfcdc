"""Texts of one file that stand in another, whole or in part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragkit.data.records import Record
from ragkit.duplicates import Shingler
from ragkit.duplicates.pieces import Hashes
from ragkit.language.chinese import simplified
from ragkit.language.tokens import PIECE, folded, is_unspaced

_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRun:
    """A run of words that two files share: its lines in both."""

    one_line: int
    other_line: int
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """How many texts of one file, and of the other, hold a long run that both have; the first of them."""

    one: int
    other: int
    examples: tuple[SharedRun, ...]

    def turned(self) -> Shared:
        """The same with the files in the other order."""
        examples = tuple(
            replace(example, one_line=example.other_line, other_line=example.one_line)
            for example in self.examples
        )
        return Shared(one=self.other, other=self.one, examples=examples)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """What two files share: how many texts of each are the same, alike, or hold a long run of the other."""

    one: Path
    other: Path
    same: tuple[int, int]
    alike: tuple[int, int]
    runs: Shared

    @property
    def is_there(self) -> bool:
        """Whether they share anything."""
        return bool(sum(self.same) + sum(self.alike) + self.runs.one + self.runs.other)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Runs of a file with the texts that hold them; the distinct ones in order, with the first such text."""

    all_runs: Hashes
    all_owners: NDArray[np.int32]
    runs: Hashes
    owners: NDArray[np.int32]
    hit: NDArray[np.bool_]


class RunFinder:
    """Knows the runs of one file, some 30 bytes each, and finds them in another."""

    def __init__(self, shingler: Shingler, run_words: int) -> None:
        self._shingler = shingler
        self._run_words = run_words
        self._values: list[Hashes] = []
        self._texts: list[NDArray[np.int32]] = []
        self._lines: list[int] = []
        self._other = 0
        self._examples: list[SharedRun] = []

    def know(self, records: Sequence[Record]) -> None:
        """Adds texts of the first file."""
        shingles = self._shingler.shingle([record.text for record in records])
        texts = np.repeat(np.arange(len(records)) + len(self._lines), np.diff(shingles.starts))
        self._values.append(shingles.values)
        self._texts.append(texts.astype(np.int32))
        self._lines += [record.number for record in records]

    def look(self, records: Sequence[Record]) -> None:
        """Looks for known runs in texts of the second file."""
        known = self._known
        shingles = self._shingler.shingle([record.text for record in records])
        if not len(known.runs):
            return
        place = np.minimum(np.searchsorted(known.runs, shingles.values), len(known.runs) - 1)
        hits = np.flatnonzero(known.runs[place] == shingles.values)
        known.hit[place[hits]] = True
        texts = np.repeat(np.arange(len(records)), np.diff(shingles.starts))
        found, first = np.unique(texts[hits], return_index=True)
        self._other += len(found)
        room = _EXAMPLES - len(self._examples)
        for text, shingle in list(zip(found.tolist(), hits[first].tolist(), strict=True))[:room]:
            run = self._run(records[text].text, int(shingles.values[shingle]))
            line = self._lines[known.owners[place[shingle]]]
            self._examples.append(SharedRun(one_line=line, other_line=records[text].number, run=run))

    def shared(self) -> Shared:
        """What was found."""
        known = self._known
        holds = np.isin(known.all_runs, known.runs[known.hit])
        return Shared(
            one=len(np.unique(known.all_owners[holds])),
            other=self._other,
            examples=tuple(self._examples),
        )

    @cached_property
    def _known(self) -> _Known:
        """The runs in order, once all were added."""
        runs = np.concatenate([*self._values, np.zeros(0, np.uint64)])
        owners = np.concatenate([*self._texts, np.zeros(0, np.int32)])
        self._values.clear()
        self._texts.clear()
        distinct, first = np.unique(runs, return_index=True)
        return _Known(
            all_runs=runs,
            all_owners=owners,
            runs=distinct,
            owners=owners[first],
            hit=np.zeros(len(distinct), bool),
        )

    def _run(self, text: str, wanted: int) -> str:
        """The words whose run has this hash."""
        pieces = PIECE.findall(simplified(folded(text)))
        runs = []
        for start, piece in enumerate(pieces):
            width = (2 if is_unspaced(piece) else 1) * self._run_words
            runs.append(_joined(pieces[start : start + width]))
        values = self._shingler.shingle(runs)
        for run, begin, end in zip(runs, values.starts[:-1], values.starts[1:], strict=True):
            if begin < end and int(values.values[begin]) == wanted:
                return run
        return ""


def _joined(pieces: Sequence[str]) -> str:
    return (
        "".join(piece if is_unspaced(piece) else f" {piece} " for piece in pieces).replace("  ", " ").strip()
    )
