"""What an ingest run says of its files, while it goes on and at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

IngestStage = Literal["reading", "embedding", "done"]
FileStatus = Literal["indexed", "unchanged", "duplicate", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCounts:
    """What became of the rows of one file; `failed` ones are named among the file's warnings.

    A `duplicate` has the content of another document; `removed` rows stood there before.
    """

    indexed: int = 0
    unchanged: int = 0
    duplicate: int = 0
    failed: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of one file. `reason` says why it failed or what it duplicates.

    `rows` are counted where each row is a document: each counts as a page, too.
    """

    path: str
    status: FileStatus
    reason: str = ""
    pages: int = 0
    empty_pages: int = 0
    chunks: int = 0
    characters: int = 0
    warnings: tuple[str, ...] = ()
    rows: RowCounts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What became of all files. `pruned` are paths forgotten, `missing` paths gone but kept."""

    files: tuple[FileReport, ...]
    pruned: tuple[str, ...]
    missing: tuple[str, ...]
    seconds: float

    @property
    def pages(self) -> int:
        """Pages of all files."""
        return sum(file.pages for file in self.files)

    @property
    def empty_pages(self) -> int:
        """Pages without text, scanned or blank."""
        return sum(file.empty_pages for file in self.files)

    @property
    def chunks(self) -> int:
        """Passages of all files."""
        return sum(file.chunks for file in self.files)

    @property
    def characters_per_page(self) -> float:
        """Characters of text on a page, on average; 0.0 without pages."""
        return sum(file.characters for file in self.files) / self.pages if self.pages else 0.0

    @property
    def failed_rows(self) -> int:
        """Rows that could not be read, of all files that hold a document a row."""
        return sum(file.rows.failed for file in self.files if file.rows)

    def count(self, status: FileStatus) -> int:
        """How many files have this status."""
        return sum(file.status == status for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestProgress:
    """How far a run is: files done of all, and chunks embedded of those known so far.

    The file `current` is begun to be "reading" (or stands in line for it), is read and has its chunks
    "embedding", or is "done": stored, known before, or failed.
    """

    files_done: int
    files_total: int
    chunks_done: int
    current: str
    stage: IngestStage = "done"
    chunks_total: int = 0
