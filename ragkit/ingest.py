"""The left half of ragkit: from files to an index."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from time import monotonic, time_ns

from ragkit.errors import LoadError, RagkitError
from ragkit.index import LocalIndex, StoreWriter
from ragkit.index.row_sources import is_row_file
from ragkit.ingest_report import FileReport, FileStatus, IngestProgress, IngestReport
from ragkit.ingest_rows import Prepared, RowIngest
from ragkit.loaders import WorkerPool, file_id, find_files, loader_for, read_document, reread_document
from ragkit.stages import Chunker, Cleaner, Embedder
from ragkit.types import Chunk, Document, DocumentSummary, SourceState

_BATCH = 256  # chunks embedded together and the most that a crash can lose
_RACY_NS = 2_000_000_000  # a file changed this shortly before it was read may change again unseen
_SYNC_SECONDS = 15.0  # how often readers see what a long run has done so far


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
    ) -> None:
        self.index = index
        self._chunker = chunker
        self._embedder = embedder
        self._cleaners = tuple(cleaners)
        self._password = password
        self._limits = limits or ReadLimits()

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
        with self.index.writer() as writer:
            run = _Run(self.index, writer, self._embedder, total=len(files), progress=progress)
            self._read_rows(files, run, writer)
            changed = [path for path in files if not (is_row_file(path) or run.settle(path))]
            for path, result in self._read(changed):
                if isinstance(result, Document):
                    run.accept(result, self._chunker.chunk(result), run.state_of(path))
                else:
                    run.fail(path, result)
            run.flush()
            gone = [source for source in self._below(roots) if not Path(source).exists()]
            pruned = [source for source in gone if prune and writer.remove_source(source)]
        return IngestReport(
            files=tuple(sorted(run.reports, key=lambda report: report.path)),
            pruned=tuple(pruned),
            missing=tuple(source for source in gone if source not in pruned),
            seconds=monotonic() - started,
        )

    def adopt(self, documents: Iterable[tuple[Document, SourceState]]) -> None:
        """Stores documents that were read before, as from another index."""
        with self.index.writer() as writer:
            run = _Run(self.index, writer, self._embedder, total=0, progress=None)
            for document, state in documents:
                run.accept(document, self._chunker.chunk(document), state)
            run.flush()

    def _read_rows(self, files: Sequence[Path], run: _Run, writer: StoreWriter) -> None:
        """Those files whose every row is a document."""
        rows = RowIngest(writer, prepare=self._prepare, embed=run.embed, stored=run.sync_at_times)
        for path in filter(is_row_file, files):
            try:
                run.report(rows.read(path, _readable(path), racy_ns=_RACY_NS))
            except (LoadError, OSError, MemoryError) as error:
                run.fail(path, error)

    def _prepare(self, document: Document) -> Prepared:
        for cleaner in self._cleaners:
            document = cleaner.clean(document)
        return document, self._chunker.chunk(document)

    def _read(self, paths: Sequence[Path]) -> Iterator[tuple[Path, Document | Exception]]:
        """Cheap formats here, all others in workers that may die without harm."""
        read = partial(read_document, cleaners=self._cleaners, password=self._password)
        isolated: list[Path] = []
        for path in paths:
            try:
                if loader_for(path).isolated:
                    isolated.append(path)
                    continue
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
            yield from pool.map(isolated)

    def _below(self, roots: Sequence[Path]) -> list[str]:
        return [s for s in self.index.files() if any(Path(s).is_relative_to(root) for root in roots)]


class _Run:
    """The state of one run: what is pending, and the reports so far."""

    def __init__(
        self,
        index: LocalIndex,
        writer: StoreWriter,
        embedder: Embedder,
        *,
        total: int,
        progress: Callable[[IngestProgress], None] | None,
    ) -> None:
        self.reports: list[FileReport] = []
        self._index = index
        self._writer = writer
        self._embedder = embedder
        self._total = total
        self._progress = progress
        self._pending: list[tuple[Document, list[Chunk], SourceState]] = []
        self._states: dict[Path, SourceState] = {}
        self._chunks_done = 0
        self._synced = monotonic()

    @cached_property
    def _summaries(self) -> dict[str, DocumentSummary]:
        """The documents that were there when the run began."""
        return {summary.id: summary for summary in self._index.documents()}

    def settle(self, path: Path) -> bool:
        """Reports a file that need not be parsed; False for one that must be."""
        try:
            state = _readable(path)
            known = self._index.source(str(path))
            if known and _untouched(known[1], state):
                self._report_known(path, known[0], "unchanged")
                return True
            self._states[path] = state
            document_id = file_id(path)
            if not self._index.has_document(document_id):
                return False
            self._writer.alias(document_id, state)
            same = known is not None and known[0] == document_id
            self._report_known(path, document_id, "unchanged" if same else "duplicate")
        except (LoadError, OSError) as error:
            self.fail(path, error)
        return True

    def _report_known(self, path: Path, document_id: str, status: FileStatus) -> None:
        known = self._summaries[document_id]
        other = next((source for source in known.sources if source != str(path)), "")
        self.report(
            FileReport(
                path=str(path),
                status=status,
                reason=f"same content as {other}" if status == "duplicate" else "",
                pages=known.pages,
                empty_pages=known.empty_pages,
                chunks=known.chunks,
                characters=known.characters,
                warnings=known.warnings,
            )
        )

    def fail(self, path: Path, error: Exception) -> None:
        """Reports a file that could not be read. Errors that are no fault of the file are raised."""
        if not isinstance(error, RagkitError | OSError | MemoryError):
            raise error
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        self.report(FileReport(path=name, status="failed", reason=reason or type(error).__name__))

    def state_of(self, path: Path) -> SourceState:
        """The file as it was before it was read."""
        return self._states[path]

    def accept(self, document: Document, chunks: list[Chunk], state: SourceState) -> None:
        """Takes a parsed document; it is stored with the next batch."""
        self._pending.append((document, chunks, state))
        if sum(len(chunks) for _, chunks, _ in self._pending) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Embeds what is pending and stores it, document by document."""
        self.embed([chunk.search_text for _, chunks, _ in self._pending for chunk in chunks])
        for document, chunks, state in self._pending:
            new = self._writer.add(document, chunks, state)
            self.report(_report_of(document, chunks, state, new=new))
        self._pending.clear()
        self.sync_at_times()

    def sync_at_times(self) -> None:
        """Lets readers see what a long run has done so far."""
        if monotonic() - self._synced > _SYNC_SECONDS:
            self._index.sync()
            self._synced = monotonic()

    def embed(self, texts: list[str]) -> None:
        """Stores the vectors of new texts as they come, so that an interrupted run resumes with them."""
        missing = self._writer.missing_vectors(texts)
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            self._writer.save_vectors(batch, self._embedder.embed_documents(batch))
            self._chunks_done += len(batch)
            self._show("")

    def report(self, report: FileReport) -> None:
        """Takes down what became of a file."""
        self.reports.append(report)
        self._show(report.path)

    def _show(self, current: str) -> None:
        if self._progress:
            self._progress(
                IngestProgress(
                    files_done=len(self.reports),
                    files_total=self._total,
                    chunks_done=self._chunks_done,
                    current=current,
                )
            )


def _absolute(path: Path | str) -> Path:
    return Path(os.path.abspath(path))  # one spelling each; resolve() would follow links


def _readable(path: Path) -> SourceState:
    """The file as it is now. Raises `LoadError` where its name cannot be stored."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise LoadError("its name is not valid UTF-8: rename it") from error
    info = path.stat()
    return SourceState(source=str(path), size=info.st_size, mtime_ns=info.st_mtime_ns, checked_ns=time_ns())


def _untouched(old: SourceState, new: SourceState) -> bool:
    settled = old.mtime_ns < old.checked_ns - _RACY_NS
    return settled and old.size == new.size and old.mtime_ns == new.mtime_ns


def _report_of(document: Document, chunks: list[Chunk], state: SourceState, *, new: bool) -> FileReport:
    return FileReport(
        path=state.source,
        status="indexed" if new else "duplicate",
        reason="" if new else "same content as another file of this run",
        pages=len(document.pages),
        empty_pages=sum(page.start == page.end for page in document.pages),
        chunks=len(chunks),
        characters=len(document.text),
        warnings=document.warnings,
    )
