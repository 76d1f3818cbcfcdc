"""What an ingest run says of its files, while it goes on and at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FileStatus = Literal["indexed", "unchanged", "duplicate", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of one file. `reason` says why it failed or what it duplicates."""

    path: str
    status: FileStatus
    reason: str = ""
    pages: int = 0
    empty_pages: int = 0
    chunks: int = 0
    characters: int = 0
    warnings: tuple[str, ...] = ()


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

    def count(self, status: FileStatus) -> int:
        """How many files have this status."""
        return sum(file.status == status for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestProgress:
    """How far a run is: files done of all, and chunks embedded so far."""

    files_done: int
    files_total: int
    chunks_done: int
    current: str
