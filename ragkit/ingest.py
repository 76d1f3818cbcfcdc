"""The left half of ragkit: from files to an index."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

from ragkit.errors import LoadError
from ragkit.index import LocalIndex, StoreWriter
from ragkit.index.row_sources import is_row_file
from ragkit.ingest_copies import Cutter
from ragkit.ingest_report import IngestProgress, IngestReport
from ragkit.ingest_rows import Prepared, RowIngest
from ragkit.ingest_run import RACY_NS, IngestRun, readable
from ragkit.loaders import WorkerPool, find_files, loader_for, read_document, reread_document
from ragkit.stages import Chunker, Cleaner, Embedder
from ragkit.types import Document, SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """What reading one file may cost, in a worker process of its own; and how many workers there are."""

    seconds: float = 120.0
    memory_bytes: int = 2 * 1024**3
    workers: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))


class Ingest:
    """Reads files, cuts them, embeds what is new, and stores it: one transaction for each document.

    Files whose size and time are unchanged are not opened; those whose content is unchanged are not
    parsed; texts that were embedded once are not embedded again. Rows of .jsonl, .csv and .tsv likewise.
    From the likeness `near_duplicates` on a document is stored, but searched in another one only (`Cutter`).
    """

    def __init__(
        self,
        index: LocalIndex,
        *,
        chunker: Chunker,
        embedder: Embedder,
        cleaners: Sequence[Cleaner],
        password: str | None = None,
        limits: ReadLimits | None = None,
        near_duplicates: float | None = None,
    ) -> None:
        self.index = index
        self._chunker = chunker
        self._embedder = embedder
        self._cleaners = tuple(cleaners)
        self._password = password
        self._limits = limits or ReadLimits()
        self._near_duplicates = near_duplicates

    def run(
        self,
        paths: Sequence[Path | str],
        *,
        prune: bool = False,
        progress: Callable[[IngestProgress], None] | None = None,
    ) -> IngestReport:
        """Indexes files and folders, and reports on every file.

        With `prune`, paths below `paths` that are gone from the disk are forgotten. A file that cannot
        be read is reported and its earlier version kept. Raises `LoadError` for a path that is neither
        there nor in the index, `IndexLocked`, `StorageError`.
        """
        started = monotonic()
        roots = [_absolute(path) for path in paths]
        files = list(find_files([root for root in roots if root.exists() or not self._below([root])]))
        with self.index.writer() as writer, self._cutting() as cutter:
            run = IngestRun(self.index, writer, self._embedder, total=len(files), progress=progress)
            self._read_rows(files, run, writer, cutter)
            changed = [path for path in files if not (is_row_file(path) or run.settle(path))]
            for path, result in self._read(changed, run):
                if isinstance(result, Document):
                    run.accept(*cutter.cut(result), run.state_of(path))
                else:
                    run.fail(path, result)
            run.flush()
            gone = [source for source in self._below(roots) if not Path(source).exists()]
            pruned = [source for source in gone if prune and writer.remove_source(source)]
            cutter.free(writer, run.embed_rows)
        return IngestReport(
            files=tuple(sorted(run.reports, key=lambda report: report.path)),
            pruned=tuple(pruned),
            missing=tuple(source for source in gone if source not in pruned),
            seconds=monotonic() - started,
        )

    def adopt(self, documents: Iterable[tuple[Document, SourceState]]) -> None:
        """Stores documents that were read before, as from another index."""
        with self.index.writer() as writer, self._cutting() as cutter:
            run = IngestRun(self.index, writer, self._embedder, total=0, progress=None)
            for document, state in documents:
                run.accept(*cutter.cut(document), state)
            run.flush()

    def _cutting(self) -> AbstractContextManager[Cutter]:
        return closing(Cutter(self.index, self._chunker, likeness=self._near_duplicates))

    def _read_rows(self, files: Sequence[Path], run: IngestRun, writer: StoreWriter, cutter: Cutter) -> None:
        """Those files whose every row is a document."""
        prepare = partial(self._prepare, cutter=cutter)
        rows = RowIngest(writer, prepare=prepare, embed=run.embed_rows, stored=run.sync_at_times)
        for path in filter(is_row_file, files):
            run.begin(path)
            try:
                run.report(rows.read(path, readable(path), racy_ns=RACY_NS))
            except (LoadError, OSError, MemoryError) as error:
                run.fail(path, error)

    def _prepare(self, document: Document, *, cutter: Cutter) -> Prepared:
        for cleaner in self._cleaners:
            document = cleaner.clean(document)
        return cutter.cut(document)

    def _read(self, paths: Sequence[Path], run: IngestRun) -> Iterator[tuple[Path, Document | Exception]]:
        """Cheap formats here, all others in workers that may die without harm."""
        read = partial(read_document, cleaners=self._cleaners, password=self._password)
        isolated: list[Path] = []
        for path in paths:
            try:
                if loader_for(path).isolated:
                    isolated.append(path)
                    continue
                run.begin(path)
                result: Document | Exception = read(path)
            except (LoadError, MemoryError) as error:
                result = error
            yield path, result
        again = partial(reread_document, cleaners=self._cleaners, password=self._password)
        with WorkerPool(
            read,
            retry=again,
            workers=self._limits.workers,
            timeout_s=self._limits.seconds,
            memory_bytes=self._limits.memory_bytes,
        ) as pool:
            yield from pool.map(run.beginning(isolated))

    def _below(self, roots: Sequence[Path]) -> list[str]:
        return [s for s in self.index.files() if any(Path(s).is_relative_to(root) for root in roots)]


def _absolute(path: Path | str) -> Path:
    return Path(os.path.abspath(path))  # one spelling each; resolve() would follow links
