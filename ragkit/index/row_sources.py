"""The paths of documents that are rows of a file: `corpus.jsonl#42` is the row 42 of `corpus.jsonl`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ragkit.index.store import Store, in_lists
from ragkit.types import SourceState

ROW_SUFFIXES = (".jsonl", ".ndjson", ".csv", ".tsv")
"""Files of rows; each may be compressed (.gz)."""

_ENDINGS = "|".join(re.escape(suffix) for suffix in ROW_SUFFIXES)
_FILE = re.compile(rf"(?:{_ENDINGS})(?:\.gz)?\Z", re.I)
_ROW = re.compile(rf"(?:{_ENDINGS})(?:\.gz)?(?=#.)", re.I | re.S)
_IN_FILE = "source >= ? AND source < ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTotals:
    """How much of a file of rows is stored."""

    rows: int
    chunks: int
    characters: int


def is_row_file(path: Path) -> bool:
    """Whether a file holds one document a row, by its suffix."""
    return bool(_FILE.search(path.name))


def row_source(path: str, row_id: str) -> str:
    """The path of a row's document."""
    return f"{path}#{row_id}"


def split_row(source: str) -> tuple[str, str] | None:
    """The file and the id of a row, or None for the path of a file, even one that looks like a row's.

    Where a path can be read in several ways, the first file that is there counts.
    """
    ends = [found.end() for found in _ROW.finditer(source)]
    if not ends or _is_file(source):
        return None
    end = next((end for end in ends if _is_file(source[:end])), ends[0]) if len(ends) > 1 else ends[0]
    return source[:end], source[end + 1 :]


def _is_file(path: str) -> bool:
    return os.path.isfile(path)  # noqa: PTH113  # Path raises where an id is too long for a name


def apparent_file(source: str) -> str:
    """The file that a path stands in, or is, by its spelling alone: the disk is not asked."""
    found = _ROW.search(source) if "#" in source else None
    return source[: found.end()] if found else source


def file_of(source: str) -> str:
    """The file that a path stands in, or is."""
    row = split_row(source)
    return row[0] if row else source


def source_files(store: Store) -> list[str]:
    """All paths, in order, the rows of one file as one path."""
    files: list[str] = []
    sql, last = "SELECT min(source) FROM sources WHERE source > ?", ""
    while (source := store.rows(sql, (last,))[0][0]) is not None:
        row = split_row(source)
        files.append(row[0] if row else source)
        sql = f"SELECT min(source) FROM sources WHERE source {'>=' if row else '>'} ?"  # noqa: S608
        last = _after(row[0]) if row else source
    return files


def documents_at(store: Store, paths: Iterable[str]) -> list[str]:
    """The ids of the documents at these paths; that of a file of rows stands for all its rows."""
    distinct = list(dict.fromkeys(paths))
    listed = (json.dumps(distinct),)
    found = store.rows(
        "SELECT document_id FROM sources WHERE source IN (SELECT value FROM json_each(?))", listed
    )
    for path in filter(_FILE.search, distinct):
        found += store.rows(
            f"SELECT document_id FROM sources WHERE {_IN_FILE}",  # noqa: S608  # own clauses
            (row_source(path, ""), _after(path)),
        )
    return list(dict.fromkeys(row[0] for row in found))


def _after(path: str) -> str:
    """The first string behind those of all rows of a file: "$" follows "#"."""
    return f"{path}$"


class RowSources:
    """The stored rows of one file. Writes are one transaction each; use them as the one writer.

    Rows read from a file that is not read to the end yet carry a mark, a negative `checked_ns` of this
    run alone, so that a run that dies never makes the next one believe that the file is unchanged.
    """

    def __init__(self, store: Store, path: str) -> None:
        self._store = store
        self._path = path
        self._range = (row_source(path, ""), _after(path))

    def untouched(self, state: SourceState, *, racy_ns: int) -> bool:
        """Whether all rows were read, to the end, from the file as it is now."""
        row = self._store.rows(
            "SELECT count(*), min(size), max(size), min(mtime_ns), max(mtime_ns), min(checked_ns) "  # noqa: S608
            f"FROM sources WHERE {_IN_FILE}",
            self._range,
        )[0]
        if not row[0] or row[1:5] != (state.size, state.size, state.mtime_ns, state.mtime_ns):
            return False
        return bool(state.mtime_ns < row[5] - racy_ns)

    def known(self, sources: Sequence[str]) -> dict[str, tuple[str, int]]:
        """Of these paths, those that are stored: their document's id and `checked_ns`."""
        return {
            row[0]: (row[1], row[2])
            for marks, part in in_lists(sources)
            for row in self._store.rows(
                f"SELECT source, document_id, checked_ns FROM sources WHERE source IN ({marks})",  # noqa: S608
                part,
            )
        }

    def live(self, document_ids: Sequence[str]) -> set[str]:
        """Those of these documents that are stored, under whatever path."""
        return {
            row[0]
            for marks, part in in_lists(document_ids)
            for row in self._store.rows(
                f"SELECT id FROM documents WHERE id IN ({marks}) AND removed IS NULL",  # noqa: S608
                part,
            )
        }

    def mark(self, sources: Sequence[str], state: SourceState) -> None:
        """Rows that stand in the file as they did before; `state` is that of the file, with the mark."""
        values = ((state.size, state.mtime_ns, state.checked_ns, source) for source in sources)
        with self._store.transaction():
            self._store.executemany(
                "UPDATE sources SET size = ?, mtime_ns = ?, checked_ns = ? WHERE source = ?", values
            )

    def unmarked(self, mark: int | None) -> Iterator[list[str]]:
        """The paths of rows without this mark, in lists; each list may be removed before the next.

        A file that only looks like a row is none.
        """
        last = self._range[0]
        sql = f"SELECT source FROM sources WHERE {_IN_FILE} AND checked_ns IS NOT ? ORDER BY source LIMIT 500"  # noqa: S608
        while batch := [row[0] for row in self._store.rows(sql, (last, self._range[1], mark))]:
            yield [source for source in batch if file_of(source) == self._path]
            last = batch[-1] + "\0"

    def all(self) -> Iterator[list[str]]:
        """The paths of all rows, in lists."""
        return self.unmarked(None)

    def settle(self, mark: int, checked_ns: int) -> None:
        """The file was read to the end: its marked rows are as they were at `checked_ns`."""
        with self._store.transaction():
            self._store.execute(
                f"UPDATE sources SET checked_ns = ? WHERE {_IN_FILE} AND checked_ns = ?",  # noqa: S608
                (checked_ns, *self._range, mark),
            )

    def unsettle(self) -> None:
        """Makes the next run read the file again."""
        first = f"SELECT source FROM sources WHERE {_IN_FILE} LIMIT 1"  # noqa: S608  # own clause
        with self._store.transaction():
            self._store.execute(
                f"UPDATE sources SET checked_ns = 0 WHERE source IN ({first})",  # noqa: S608  # own clause
                self._range,
            )

    def totals(self) -> RowTotals:
        """Counts over all rows, equal ones as often as they stand there."""
        documents = (
            f"FROM (SELECT document_id FROM sources WHERE {_IN_FILE}) s "  # noqa: S608  # own clause
            "JOIN documents d ON d.id = s.document_id AND d.removed IS NULL"
        )
        rows, characters = self._store.rows(
            f"SELECT count(*), coalesce(sum(d.characters), 0) {documents}",
            self._range,
        )[0]
        chunks = self._store.rows(
            f"SELECT count(*) {documents} JOIN chunks c ON c.document = d.number AND c.removed IS NULL",
            self._range,
        )[0][0]
        return RowTotals(rows=rows, chunks=chunks, characters=characters)
