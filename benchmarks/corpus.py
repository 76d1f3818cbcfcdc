"""The nq-oracle-en corpus as files, and its index, made once in each run of the benchmarks."""

from __future__ import annotations

import atexit
import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data import RetrievalSet, read_set, write_texts
from benchmarks.timing import seconds
from ragkit.config import Config

SET = "nq-oracle-en"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedCorpus:
    """Files, the default chain over their index, and how long the first ingest took."""

    folder: Path
    config: Config
    first_seconds: float


@functools.cache
def nq() -> RetrievalSet:
    """The set, read once."""
    return read_set(SET)


@functools.cache
def scratch() -> Path:
    """A folder that is gone when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="ragkit-bench-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


@functools.cache
def indexed_corpus() -> IndexedCorpus:
    """All documents indexed with the default configuration, the model loaded before timing."""
    folder = write_texts(scratch() / "nq", list(nq().documents.items()))
    config = Config(index=scratch() / "nq-index")
    config.embedder.build().embed_documents(["warm"])
    first = seconds(lambda: ingest(config, folder))
    return IndexedCorpus(folder=folder, config=config, first_seconds=first)


def ingest(config: Config, folder: Path) -> None:
    """What `ragkit index` does within its process."""
    report = config.build_ingest().run([folder])
    failed = [file for file in report.files if file.status == "failed"]
    if failed or not report.files:
        raise RuntimeError(f"{len(failed)} of {len(report.files)} files failed: {failed[:1]}")
