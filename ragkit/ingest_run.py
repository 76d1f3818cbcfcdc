"""One run of an ingest: what is pending, what was stored, and what is told of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from time import monotonic, time_ns

from ragkit.errors import LoadError, RagkitError
from ragkit.index import LocalIndex, StoreWriter
from ragkit.index.records import NEAR_DUPLICATE_OF
from ragkit.ingest_report import FileReport, FileStatus, IngestProgress, IngestStage
from ragkit.loaders import file_id
from ragkit.stages import Embedder
from ragkit.types import Chunk, Document, DocumentSummary, SourceState

_BATCH = 256  # chunks embedded together and the most that a crash can lose
RACY_NS = 2_000_000_000
"""A file changed this shortly before it was read may change again unseen."""
_SYNC_SECONDS = 15.0  # how often readers see what a long run has done so far


class IngestRun:
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
        self._chunks_total = 0
        self._rows_of = ""
        self._synced = monotonic()

    @cached_property
    def _summaries(self) -> dict[str, DocumentSummary]:
        """The documents that were there when the run began."""
        return {summary.id: summary for summary in self._index.documents()}

    def begin(self, path: Path) -> None:
        """Tells that a file is read from now on."""
        self._rows_of = str(path)
        self._show(str(path), "reading")

    def beginning(self, paths: Iterable[Path]) -> Iterator[Path]:
        """The paths, each told when it is taken to be read."""
        for path in paths:
            self.begin(path)
            yield path

    def settle(self, path: Path) -> bool:
        """Reports a file that need not be parsed; False for one that must be."""
        try:
            state = readable(path)
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
        self._chunks_total += len(chunks)
        self._show(state.source, "embedding")
        if sum(len(chunks) for _, chunks, _ in self._pending) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Embeds what is pending and stores it, document by document."""
        self._embed({c.search_text: state.source for _, chunks, state in self._pending for c in chunks})
        self._chunks_done = self._chunks_total  # equal texts have one vector
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

    def embed_rows(self, texts: list[str]) -> None:
        """Stores the vectors of rows of the file that was begun last."""
        self._chunks_total += len(texts)
        self._show(self._rows_of, "embedding")
        self._embed(dict.fromkeys(texts, self._rows_of))
        self._chunks_done = self._chunks_total

    def _embed(self, sources: Mapping[str, str]) -> None:
        """Stores the vectors of new texts as they come, so that an interrupted run resumes with them."""
        missing = self._writer.missing_vectors(list(sources))
        self._chunks_done += len(sources) - len(missing)
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            before = self._chunks_done

            def show(done: int, _: int, batch: Sequence[str] = batch, before: int = before) -> None:
                self._chunks_done = before + done
                self._show(sources[batch[done - 1]], "embedding")

            self._writer.save_vectors(batch, self._embedder.embed_documents(batch, progress=show))
            show(len(batch), len(batch))

    def report(self, report: FileReport) -> None:
        """Takes down what became of a file."""
        self.reports.append(report)
        self._show(report.path, "done")

    def _show(self, current: str, stage: IngestStage) -> None:
        if self._progress:
            self._progress(
                IngestProgress(
                    files_done=len(self.reports),
                    files_total=self._total,
                    chunks_done=self._chunks_done,
                    current=current,
                    stage=stage,
                    chunks_total=self._chunks_total,
                )
            )


def readable(path: Path) -> SourceState:
    """The file as it is now. Raises `LoadError` where its name cannot be stored."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise LoadError("its name is not valid UTF-8: rename it") from error
    info = path.stat()
    return SourceState(source=str(path), size=info.st_size, mtime_ns=info.st_mtime_ns, checked_ns=time_ns())


def _untouched(old: SourceState, new: SourceState) -> bool:
    settled = old.mtime_ns < old.checked_ns - RACY_NS
    return settled and old.size == new.size and old.mtime_ns == new.mtime_ns


def _report_of(document: Document, chunks: list[Chunk], state: SourceState, *, new: bool) -> FileReport:
    collapsed = NEAR_DUPLICATE_OF in document.metadata
    same = document.warnings[-1] if collapsed else "same content as another file of this run"
    return FileReport(
        path=state.source,
        status="indexed" if new and not collapsed else "duplicate",
        reason="" if new and not collapsed else same,
        pages=len(document.pages),
        empty_pages=sum(page.start == page.end for page in document.pages),
        chunks=len(chunks),
        characters=len(document.text),
        warnings=document.warnings,
    )
