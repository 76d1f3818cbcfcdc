"""Builds an index anew with other settings, in place of the old one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from ragkit.errors import IndexMismatch
from ragkit.index.local import STORE_FILE
from ragkit.index.lock import WriteLock
from ragkit.index.records import read_document, read_source
from ragkit.index.row_sources import file_of, source_files
from ragkit.index.settings import SCHEMA_VERSION
from ragkit.index.store import Store
from ragkit.ingest import Ingest
from ragkit.ingest_report import IngestProgress, IngestReport
from ragkit.types import Document, SourceState

_VIEWS = ("lexical", "dense.faiss")


def rebuild(
    path: Path,
    make: Callable[[Path], Ingest],
    paths: Sequence[Path],
    *,
    prune: bool = False,
    progress: Callable[[IngestProgress], None] | None = None,
) -> IngestReport:
    """Indexes all files of the index at `path`, and `paths`, into a new one that then takes its place.

    `make` gives what fills an index at a path. The old index answers until the new one is complete, and
    stays if anything fails. Documents whose file is gone or cannot be read any more are taken over as
    they are stored; with `prune`, those whose file is gone are left out. Raises `IndexNotFound`,
    `IndexLocked`, `IndexDamaged`, and `IndexMismatch` if the old store is of another version and
    documents in it can no longer be read from their files.
    """
    fresh = path / "rebuild"
    with closing(Store(path / STORE_FILE)) as old, WriteLock(path).held():
        shutil.rmtree(fresh, ignore_errors=True)
        known = [row[0] for row in old.rows("SELECT source FROM sources ORDER BY source")]
        there = [Path(file) for file in source_files(old) if Path(file).exists()]
        with (ingest := make(fresh)).index as new:
            report = ingest.run(list(dict.fromkeys([*paths, *there])), progress=progress)
            gone = [file for file in source_files(old) if not Path(file).exists()]
            dropped = {*_complete(report), *(gone if prune else ())}
            kept = [s for s in known if new.source(s) is None and file_of(s) not in dropped]
            _require_readable(path, old, kept)
            ingest.adopt(_stored(old, kept))
        old.checkpoint()
        old.close()
        _swap(path, fresh)
    return replace(report, missing=() if prune else tuple(gone), pruned=tuple(gone) if prune else ())


def _complete(report: IngestReport) -> list[str]:
    """The files of rows that were read to the end: a row that is not in them is gone."""
    return [file.path for file in report.files if file.rows and not (file.reason or file.rows.failed)]


def _require_readable(path: Path, old: Store, kept: list[str]) -> None:
    if kept and old.settings.schema != SCHEMA_VERSION:
        names = "\n".join(f"  {source}" for source in kept)
        raise IndexMismatch(
            f"The index {path} is of version {old.settings.schema}, and these of its documents cannot be "
            f"read from their files any more:\n{names}\nBring the files back, give --password where one is "
            "wanted, or leave out those that are gone with --prune. The index is as it was."
        )


def _stored(old: Store, sources: Sequence[str]) -> Iterator[tuple[Document, SourceState]]:
    for source in sources:
        known = read_source(old, source)
        if known is not None:
            document_id, state = known
            yield read_document(old, document_id, sequence=old.number("sequence")), state


def _swap(path: Path, fresh: Path) -> None:
    """The new store takes the old one's name in one step; without its views an index mends itself."""
    for name in _VIEWS:
        _remove(path / name)
    for ending in ("-wal", "-shm"):
        (path / (STORE_FILE + ending)).unlink(missing_ok=True)
    (fresh / STORE_FILE).replace(path / STORE_FILE)
    for name in _VIEWS:
        if (fresh / name).exists():
            (fresh / name).rename(path / name)
    shutil.rmtree(fresh, ignore_errors=True)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
