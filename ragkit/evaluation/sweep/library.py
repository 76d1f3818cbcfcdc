"""The documents of a sweep, read and cleaned once for all trials."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ragkit.errors import ConfigError, IndexMismatch
from ragkit.evaluation.golden import Question
from ragkit.evaluation.spans import EvidenceFinder
from ragkit.index import IndexSettings, LocalIndex
from ragkit.index.row_sources import file_of
from ragkit.stages import Analyzer, Progress, Vectors
from ragkit.types import Chunk, Document, SourceState

if TYPE_CHECKING:
    from ragkit.ingest import Ingest
    from ragkit.ingest_report import FileReport, IngestProgress

Reading = Callable[["IngestProgress"], None]


class Library:
    """Documents that are stored, with their paths, as they were when it was opened."""

    def __init__(self, index: LocalIndex, sources: Sequence[str], failed: Sequence[FileReport] = ()) -> None:
        self._index = index
        self.failed = tuple(failed)
        known = ((source, index.document_at(source)) for source in sources)
        self._places = [(source, id_) for source, id_ in known if id_ is not None]
        self._ids = frozenset(id_ for _, id_ in self._places)
        self._finder = EvidenceFinder(index)

    def close(self) -> None:
        """Closes what the documents are read from."""
        self._index.close()

    @property
    def count(self) -> int:
        """How many documents there are."""
        return len(self._ids)

    @property
    def fingerprint(self) -> str:
        """The same for the same texts under the same paths."""
        whole = sha256("\n".join(f"{source} {id_}" for source, id_ in self._places).encode())
        return whole.hexdigest()[:16]

    def documents(self) -> Iterator[tuple[Document, SourceState]]:
        """Every document with each of its paths. Raises `KeyError` for one that left the index meanwhile."""
        for source, id_ in self._places:
            known = self._index.source(source)
            if known is None:
                raise KeyError(source)
            yield self._index.document(id_), known[1]

    def documents_of(self, question: Question) -> set[str]:
        """The documents that a question's evidence stands in; paths, where they are not here."""
        found: set[str] = set()
        for evidence in question.evidence:
            found |= self._ids.intersection(self._finder.documents_of(evidence)) or {evidence.source}
        return found

    def knows(self, question: Question) -> bool:
        """Whether all its evidence stands in the documents."""
        return all(self._finder.find(evidence) for evidence in question.evidence)


def library_of_index(path: Path, analyzer: Analyzer) -> Library:
    """The documents of an index, whatever chain it was built with. Raises `IndexNotFound`."""
    index = LocalIndex(path, analyzer=analyzer)
    return _unless_empty(Library(index, index.sources()), str(path))


def library_of_files(
    folder: Path, paths: Sequence[Path], analyzer: Analyzer, *, progress: Reading | None = None
) -> Library:
    """The documents in files and folders; those that did not change since the last time are not read again.

    They are kept in `folder`. Raises `LoadError` for a path that is not there, `ConfigError` where nothing
    can be read.
    """
    ingest = _reader(folder, analyzer)
    report = ingest.run(paths, progress=progress)
    read = {file.path for file in report.files if file.status != "failed"}
    sources = [source for source in ingest.index.sources() if file_of(source) in read]
    failed = [file for file in report.files if file.status == "failed"]
    return _unless_empty(Library(ingest.index, sources, failed), ", ".join(map(str, paths)))


def _unless_empty(library: Library, name: str) -> Library:
    if library.count:
        return library
    library.close()
    reasons = "".join(f"\n  {file.path}: {file.reason}" for file in library.failed)
    raise ConfigError(f"There are no documents in {name}.{reasons}\nName some with --documents PATH.")


def _reader(folder: Path, analyzer: Analyzer) -> Ingest:
    """What stores documents without passages; those that another version cleaned are read anew."""
    from ragkit.cleaning import CLEANING_VERSION, default_cleaners
    from ragkit.ingest import Ingest

    settings = IndexSettings(
        embedder="none", dimension=1, analyzer="none", chunker=f"none {CLEANING_VERSION}"
    )
    try:
        index = LocalIndex(folder, analyzer=analyzer, settings=settings, create=True)
    except IndexMismatch:
        shutil.rmtree(folder)
        index = LocalIndex(folder, analyzer=analyzer, settings=settings, create=True)
    return Ingest(index, chunker=_Uncut(), embedder=_Unused(), cleaners=default_cleaners())


class _Uncut:
    """Cuts nothing: each trial cuts for itself."""

    name = "none"

    def chunk(self, document: Document) -> list[Chunk]:
        """No passages."""
        return []


class _Unused:
    """What has no passages to embed."""

    name = "none"
    dimension = 1
    window = 1

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """None."""
        return []

    def reads(self, text: str) -> bool:
        """Nothing."""
        return False

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """(0, 1): there are no texts."""
        return np.zeros((len(texts), 1), dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        """(1,)."""
        return np.zeros(1, dtype=np.float32)
