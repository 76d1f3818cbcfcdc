"""Brings the rows of a file, one document each, into an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from time import time_ns

from ragkit.errors import LoadError
from ragkit.index import StoreWriter
from ragkit.index.row_sources import RowSources, RowTotals, row_source
from ragkit.ingest_report import FileReport, RowCounts
from ragkit.loaders.row_lines import RowError
from ragkit.loaders.rows import Row, read_rows, row_document
from ragkit.types import Chunk, Document, SourceState

_ROWS = 256  # stored in one transaction, and the most that a crash can lose
_MOST_WARNINGS = 20  # of one file

Prepared = tuple[Document, list[Chunk]]


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What became of the rows so far."""

    counts: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    nameless: int = 0  # lines so broken that nobody knows which row they are

    def fail(self, error: RowError) -> None:
        self.counts["failed"] += 1
        self.nameless += error.id is None
        if self.counts["failed"] <= _MOST_WARNINGS:
            self.warnings.append(str(error))

    @property
    def good(self) -> int:
        return self.counts.total() - self.counts["failed"]


class RowIngest:
    """Reads files of rows one batch after the other; new texts only are cut and embedded.

    `prepare` cleans and cuts a document, `embed` stores the vectors of texts, `stored` is called after
    each batch. A million rows take no more memory than a batch.
    """

    def __init__(
        self,
        writer: StoreWriter,
        *,
        prepare: Callable[[Document], Prepared],
        embed: Callable[[list[str]], None],
        stored: Callable[[], None],
    ) -> None:
        self._writer = writer
        self._prepare = prepare
        self._embed = embed
        self._stored = stored

    def read(self, path: Path, state: SourceState, *, racy_ns: int) -> FileReport:
        """Makes the index hold the rows of the file as it is now, and reports.

        Rows that cannot be read are named, and the file is read again by the next run. As long as nobody
        knows which rows those are, rows that are gone from the file stay.
        """
        rows = self._writer.rows_of(str(path))
        if rows.untouched(state, racy_ns=racy_ns):
            return _report(path, rows.totals(), _Tally(), "")
        file, tally = _File(path=path, rows=rows, marked=replace(state, checked_ns=-time_ns())), _Tally()
        failure = self._take_all(file, tally)
        if failure or tally.nameless:
            return _report(path, rows.totals(), tally, failure)
        mark = file.marked.checked_ns
        tally.counts["removed"] = sum(map(self._writer.remove_sources, rows.unmarked(mark)))
        if not tally.counts["failed"]:
            rows.settle(mark, state.checked_ns)
        return _report(path, rows.totals(), tally, "")

    def _take_all(self, file: _File, tally: _Tally) -> str:
        """Stores what can be read; returns why nothing could be, or no more."""
        try:
            rows = read_rows(file.path)
            while batch := list(islice(rows, _ROWS)):
                self._take(batch, file, tally)
                self._stored()
        except LoadError as error:
            return str(error)
        if tally.good:
            return ""
        return "none of its rows can be read" if tally.counts["failed"] else "it holds no rows"

    def _take(self, batch: Sequence[Row | RowError], file: _File, tally: _Tally) -> None:
        """Stores what is new in a batch, and marks what is not."""
        known = file.rows.known([file.source(row) for row in batch if isinstance(row, Row)])
        wanted: dict[str, tuple[str, Row]] = {}
        for row in batch:
            if isinstance(row, RowError):
                tally.fail(row)
            elif (source := file.source(row)) in wanted or file.has_seen(known.get(source)):
                tally.fail(RowError(line=row.line, id=row.id, reason=_twice(row.id)))
            else:
                wanted[source] = row.document_id, row
        same = [source for source, (id_, _) in wanted.items() if known.get(source, ("",))[0] == id_]
        broken = [row_source(str(file.path), row.id) for row in batch if isinstance(row, RowError) and row.id]
        file.rows.mark([*same, *broken], file.marked)  # what stood in a broken row before stays
        tally.counts["unchanged"] += len(same)
        for source in same:
            del wanted[source]
        if wanted:
            self._store(wanted, file, tally)

    def _store(self, wanted: Mapping[str, tuple[str, Row]], file: _File, tally: _Tally) -> None:
        by_id = dict(wanted.values())
        live = file.rows.live(list(by_id))
        fresh = [self._prepare(row_document(row, file.path)) for id_, row in by_id.items() if id_ not in live]
        self._embed([chunk.search_text for _, chunks in fresh for chunk in chunks])
        places = [(replace(file.marked, source=source), id_) for source, (id_, _) in wanted.items()]
        self._writer.put(fresh, places)
        tally.counts["indexed"] += len(fresh)
        tally.counts["duplicate"] += len(wanted) - len(fresh)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file, its stored rows, and its state with the mark of this reading."""

    path: Path
    rows: RowSources
    marked: SourceState

    def source(self, row: Row) -> str:
        return row_source(str(self.path), row.id)

    def has_seen(self, known: tuple[str, int] | None) -> bool:
        return known is not None and known[1] == self.marked.checked_ns


def _report(path: Path, totals: RowTotals, tally: _Tally, failure: str) -> FileReport:
    counts = tally.counts or Counter(unchanged=totals.rows)
    changed = counts["indexed"] + counts["duplicate"] + counts["removed"]
    warnings = list(tally.warnings)
    if counts["failed"] > len(warnings):
        warnings.append(f"and {counts['failed'] - len(warnings):,} more rows that cannot be read")
    if tally.nameless and not failure:
        warnings.append("rows that are gone from the file are kept until every line can be read")
    return FileReport(
        path=str(path),
        status="failed" if failure else "indexed" if changed else "unchanged",
        reason=failure,
        pages=totals.rows,
        chunks=totals.chunks,
        characters=totals.characters,
        warnings=tuple(warnings),
        rows=RowCounts(**counts),
    )


def _twice(row_id: str) -> str:
    return f"the id {row_id!r:.60} stands on an earlier line already; that row is kept"
