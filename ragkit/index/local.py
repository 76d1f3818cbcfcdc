"""The index on one machine: a SQLite store and the two views derived from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import RLock
from types import TracebackType

from ragkit.errors import ConfigError, IndexLocked, StorageError
from ragkit.index import records
from ragkit.index.dense import DenseView
from ragkit.index.dense_base import DenseKind
from ragkit.index.dense_recall import measure_recall
from ragkit.index.lexical import LexicalView
from ragkit.index.lock import WriteLock
from ragkit.index.row_sources import source_files
from ragkit.index.selection import Numbers, select
from ragkit.index.settings import SCHEMA_VERSION, IndexSettings, require_match
from ragkit.index.statistics import IndexStatistics, read_statistics
from ragkit.index.store import Store
from ragkit.index.writer import StoreWriter
from ragkit.stages import Analyzer, Progress, Vectors, WeightedTerms
from ragkit.types import EVERYTHING, Chunk, Document, DocumentSummary, Filter, Place, SourceState

STORE_FILE = "store.sqlite"
_OWN = {"lexical", "dense.faiss", "write.lock", "rebuild"}
_MOST_FILTERS = 16  # whose passages are remembered
_MOST_KEPT = 4_096  # chunks in memory, about 8 MB


class LocalIndex:
    """Hybrid index in one folder: many readers, one writer, every change one transaction.

    Readers see the last state that all parts have; they take in what a writer has finished at their
    next search. Safe to share between threads.
    """

    def __init__(
        self,
        path: Path,
        *,
        analyzer: Analyzer,
        settings: IndexSettings | None = None,
        create: bool = False,
        dense_kind: DenseKind = "auto",
    ) -> None:
        """Opens the index at `path`; with `create` it is made, of these `settings`, where there is none.

        Raises `IndexNotFound`, `IndexDamaged`, `ConfigError` for a folder of other files, `StorageError`
        for one that cannot be made, or `IndexMismatch` when it was built with other settings.
        """
        if create:
            _make_folder(path)
        self.path = path
        self.analyzer = analyzer
        self._store = Store(path / STORE_FILE, create=settings if create else None)
        try:
            self._open(settings, dense_kind)
        except BaseException:
            self._store.close()
            raise

    def _open(self, settings: IndexSettings | None, dense_kind: DenseKind) -> None:
        stored, path = self._store.settings, self.path
        require_match(path, stored, settings or replace(stored, schema=SCHEMA_VERSION))
        self._lexical = LexicalView(path / "lexical", self._store)
        self._dense = DenseView(path / "dense.faiss", self._store, kind=dense_kind)
        self._write_lock = WriteLock(path)
        self._lock = RLock()
        self._seen = -1
        self._kept: dict[int, Chunk] = {}
        self._kept_at = -1
        self._selected: dict[Filter, Numbers] = {}
        self._selected_at = -1
        self._open_views()

    def __enter__(self) -> LocalIndex:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the store; further calls raise."""
        self._store.close()

    @property
    def settings(self) -> IndexSettings:
        """What the index was built with."""
        return self._store.settings

    @property
    def dense_kind(self) -> DenseKind:
        """How vectors are found: "flat" is exact, "ivf" and "hnsw" are not quite."""
        return self._dense.kind

    # -- reading

    def document(self, document_id: str) -> Document:
        """The whole document. Raises `KeyError` when it is not there."""
        return records.read_document(self._store, document_id, sequence=self._lexical.sequence)

    def documents(self) -> list[DocumentSummary]:
        """All documents without their texts, by path."""
        return records.read_summaries(self._store)

    def chunks(self, document_id: str) -> list[Chunk]:
        """The chunks of a document, in order."""
        return records.chunks_of_document(self._store, document_id)

    def place(self, document_id: str, offset: int) -> Place:
        """Source, title and page of the character at `offset`. Raises `KeyError`."""
        return records.read_place(self._store, document_id, offset, sequence=self._lexical.sequence)

    def source(self, source: str) -> tuple[str, SourceState] | None:
        """The document id at a path and the state of its file when last read."""
        return records.read_source(self._store, source)

    def document_at(self, source: str) -> str | None:
        """The id of the document at a path; None where there is none."""
        known = self.source(source)
        return known[0] if known else None

    def sources(self) -> list[str]:
        """All paths, in order."""
        return [row[0] for row in self._store.rows("SELECT source FROM sources ORDER BY source")]

    def files(self) -> list[str]:
        """All paths, in order; that of a file of rows once."""
        return source_files(self._store)

    def sources_of(self, document_id: str) -> list[str]:
        """All paths of the document, in order; none for one that is not there."""
        sql = "SELECT source FROM sources WHERE document_id = ? ORDER BY source"
        return [row[0] for row in self._store.rows(sql, (document_id,))]

    def near_duplicates(self) -> dict[str, str]:
        """The documents that are not searched, each with the id of the one that nearly says the same."""
        return records.read_near_duplicates(self._store)

    def has_document(self, document_id: str) -> bool:
        """Whether the content is stored under any path."""
        sql = "SELECT 1 FROM documents WHERE id = ? AND removed IS NULL"
        return bool(self._store.rows(sql, (document_id,)))

    def passes(self, chunk: Chunk, among: Filter) -> bool:
        """Whether a chunk is there and passes the filter."""
        with self._lock:
            self._refresh()
            number = records.chunk_number(self._store, chunk, sequence=self._lexical.sequence)
            passing = self._within(among)
            return number is not None and (passing is None or number in passing)

    def search_lexical(
        self, terms: WeightedTerms, *, limit: int, among: Filter = EVERYTHING
    ) -> list[tuple[Chunk, float]]:
        """The best chunks for analysed terms with their BM25 scores, by (-score, id)."""
        with self._lock:
            self._refresh()
            return self._resolve(self._lexical.search(terms, limit, self._within(among)), limit)

    def search_dense(
        self, vector: Vectors, *, limit: int, among: Filter = EVERYTHING
    ) -> list[tuple[Chunk, float]]:
        """The chunks nearest to a unit vector (dimension,) with their cosines, by (-score, id)."""
        with self._lock:
            self._refresh()
            return self._resolve(self._dense.search(vector, limit, self._within(among)), limit)

    def frequency(self, term: str) -> int:
        """How many chunks hold an analysed term."""
        with self._lock:
            self._refresh()
            return self._lexical.frequency(term)

    def recall(self, *, sample: int = 100, limit: int = 10, progress: Progress | None = None) -> float:
        """The share of the exact `limit` nearest vectors that the dense search finds (1.0 for "flat").

        Measured over `sample` stored vectors as questions; reads every vector once.
        """
        with self._lock:
            self._refresh()
            return measure_recall(self._dense, self._store, sample=sample, limit=limit, progress=progress)

    def _within(self, among: Filter) -> Numbers | None:
        """The chunks that pass a filter, remembered until the index changes; None for all."""
        if among == EVERYTHING:
            return None
        if self._selected_at != self._lexical.sequence or len(self._selected) > _MOST_FILTERS:
            self._selected, self._selected_at = {}, self._lexical.sequence
        if among not in self._selected:
            self._selected[among] = select(
                self._store,
                among,
                analyzer=self.analyzer,
                holders=self._lexical.holders,
                sequence=self._lexical.sequence,
            )
        return self._selected[among]

    def statistics(self) -> IndexStatistics:
        """Counts and sizes."""
        return read_statistics(self._store, lexical=self.path / "lexical", dense=self.path / "dense.faiss")

    def _resolve(self, found: list[tuple[int, float]], limit: int) -> list[tuple[Chunk, float]]:
        if not found:
            return []
        chunks = self._live_chunks([number for number, _ in found])
        hits = [(chunks[number], score) for number, score in found if number in chunks]
        hits.sort(key=lambda hit: (-hit[1], hit[0].id))
        return hits[:limit]

    def _live_chunks(self, numbers: Sequence[int]) -> dict[int, Chunk]:
        """Chunks by number, from those read lately or the store; the dead are left out."""
        sequence = self._lexical.sequence
        if self._kept_at != sequence or len(self._kept) > _MOST_KEPT:
            self._kept, self._kept_at = {}, sequence
        missing = [number for number in numbers if number not in self._kept]
        if missing:
            self._kept |= records.read_chunks(self._store, missing, sequence=sequence)
        return self._kept

    # -- writing

    @contextmanager
    def writer(self) -> Iterator[StoreWriter]:
        """The one writer. Both views have caught up when the block ends, also when it raises.

        Raises `IndexLocked` at once when another process, or another thread, is writing.
        """
        with self._write_lock.held():
            self.sync()
            writer = StoreWriter(self._store, self.analyzer)
            writer.purge(before=min(self._lexical.sequence, self._dense.saved_sequence))
            try:
                yield writer
            finally:
                self.sync()

    def sync(self) -> None:
        """Brings both views up to the store; call it inside `writer()` to show progress to readers."""
        with self._lock:
            self._lexical.sync()
            self._dense.sync()

    def compact(self) -> None:
        """Rebuilds both views, drops unused vectors and returns free space. Raises `IndexLocked`."""
        with self._write_lock.held(), self._lock:
            writer = StoreWriter(self._store, self.analyzer)
            writer.purge(before=self._store.number("sequence"))
            writer.purge_vectors()
            self._lexical.rebuild()
            self._dense.rebuild()
            self._store.vacuum()

    # -- views

    def _open_views(self) -> None:
        with ThreadPoolExecutor(1) as thread:  # both read and check whole files
            opening = thread.submit(self._dense.open)
            lexical, dense = self._lexical.open(), opening.result()
        if not (dense and lexical and self._lexical.sequence == self._store.number("sequence")):
            self._mend_views()
        self._refresh()

    def _mend_views(self) -> None:
        """Replays what a crash left out, unless a writer is at work, which does the same."""
        try:
            with self._write_lock.held():
                self.sync()
        except IndexLocked:
            self._lexical.open()

    def _refresh(self) -> None:
        """Takes in what a writer has committed. Until its lexical part follows, every search looks again."""
        version = self._store.data_version()
        if version == self._seen and 0 <= self._lexical.sequence <= self._dense.sequence:
            return
        last = self._store.number("sequence")
        self._lexical.refresh()
        if self._lexical.sequence < 0:
            raise IndexLocked(
                f"The lexical part of the index {self.path} is being rebuilt by another process. Try again."
            )
        self._dense.catch_up(max(self._lexical.sequence, self._dense.sequence))
        self._seen = version if self._lexical.sequence >= last else -1


def _make_folder(path: Path) -> None:
    """Makes the folder, and refuses one that holds other files than an index."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        names = {entry.name for entry in path.iterdir()}
    except OSError as error:
        raise StorageError(
            f"The index folder {path} cannot be made or read ({error.strerror or error}). Mend the "
            "permissions of the folder above it, or name another place with --index, or `index:` in the YAML."
        ) from error
    foreign = sorted(names - _OWN)
    if foreign and STORE_FILE not in names:
        raise ConfigError(
            f"The folder {path} holds other files ({', '.join(foreign[:3])}): an index needs a folder of its "
            "own. Name one that is empty or not there yet with --index, or `index:` in the YAML."
        )
