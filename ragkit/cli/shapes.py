"""The JSON that commands print: stable, documented in docs/json.md, and tested against its schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from ragkit.cli.options import shown
from ragkit.ingest_report import FileStatus, IngestReport
from ragkit.sessions import SessionSummary
from ragkit.types import Chunk, Document, DocumentSummary


class Shape(BaseModel):
    """One JSON object."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RowsShape(Shape):
    indexed: int
    unchanged: int
    duplicate: int
    failed: int
    removed: int


class FileShape(Shape):
    path: str
    status: FileStatus
    reason: str
    pages: int
    empty_pages: int
    chunks: int
    characters: int
    warnings: list[str]
    rows: RowsShape | None


class IndexTotals(Shape):
    files: int
    indexed: int
    unchanged: int
    duplicate: int
    failed: int
    failed_rows: int
    pruned: int
    missing: int
    pages: int
    empty_pages: int
    chunks: int
    characters_per_page: float
    seconds: float


class IndexShape(Shape):
    """What `ragkit index --json` prints."""

    files: list[FileShape]
    totals: IndexTotals


class DocumentShape(Shape):
    id: str
    sources: list[str]
    title: str
    language: str
    pages: int
    characters: int
    chunks: int
    warnings: list[str]


class ListShape(Shape):
    """What `ragkit list --json` prints."""

    documents: list[DocumentShape]


class PageShape(Shape):
    index: int
    label: str
    text: str


class ShowPageShape(Shape):
    """What `ragkit show --page N --json` prints."""

    page: PageShape


class ChunkShape(Shape):
    id: str
    start: int
    end: int
    heading: str
    text: str


class ShowChunksShape(Shape):
    """What `ragkit show --chunks --json` prints."""

    chunks: list[ChunkShape]


class TalkShape(Shape):
    session: str
    turns: int
    used: datetime
    index: str


class TalksShape(Shape):
    """What `ragkit chat --list --json` prints: the saved talks, the last used first."""

    sessions: list[TalkShape]


class ValidShape(Shape):
    """What `ragkit config validate --json` prints."""

    valid: bool
    problems: list[str]


class WeightsShape(Shape):
    model: str
    file: str
    ok: bool
    reason: str


class VerifyShape(Shape):
    """What `ragkit models verify --json` prints."""

    ok: bool
    files: list[WeightsShape]


def index_shape(report: IngestReport) -> IndexShape:
    """The report of a run."""
    files = [
        FileShape(
            path=shown(f.path),
            status=f.status,
            reason=f.reason,
            pages=f.pages,
            empty_pages=f.empty_pages,
            chunks=f.chunks,
            characters=f.characters,
            warnings=list(f.warnings),
            rows=RowsShape(**asdict(f.rows)) if f.rows else None,
        )
        for f in report.files
    ]
    pages = sum(f.pages for f in report.files)
    totals = IndexTotals(
        files=len(files),
        indexed=report.count("indexed"),
        unchanged=report.count("unchanged"),
        duplicate=report.count("duplicate"),
        failed=report.count("failed"),
        failed_rows=report.failed_rows,
        pruned=len(report.pruned),
        missing=len(report.missing),
        pages=pages,
        empty_pages=sum(f.empty_pages for f in report.files),
        chunks=sum(f.chunks for f in report.files),
        characters_per_page=round(sum(f.characters for f in report.files) / pages, 1) if pages else 0.0,
        seconds=round(report.seconds, 3),
    )
    return IndexShape(files=files, totals=totals)


class UserShape(Shape):
    """An account of the app, and what it stores."""

    name: str
    admin: bool
    collections: int
    files: int
    bytes: int


class UsersShape(Shape):
    """What `ragkit users list --json` prints."""

    users: list[UserShape]


def document_shape(document: DocumentSummary) -> DocumentShape:
    """What an index knows of one document."""
    return DocumentShape(
        id=document.id,
        sources=[shown(source) for source in document.sources],
        title=document.title,
        language=document.language,
        pages=document.pages,
        characters=document.characters,
        chunks=document.chunks,
        warnings=list(document.warnings),
    )


def talks_shape(sessions: Sequence[SessionSummary]) -> TalksShape:
    """The saved talks; the time is in whole seconds."""
    talks = [
        TalkShape(
            session=talk.name,
            turns=talk.turns,
            used=datetime.fromtimestamp(int(talk.used), UTC),
            index=shown(talk.place),
        )
        for talk in sessions
    ]
    return TalksShape(sessions=talks)


def page_shape(document: Document, index: int) -> ShowPageShape:
    """One page's text."""
    page = document.pages[index]
    text = document.text[page.start : page.end]
    return ShowPageShape(page=PageShape(index=index, label=page.label, text=text))


def chunks_shape(chunks: Sequence[Chunk]) -> ShowChunksShape:
    """Passages as they are searched."""
    return ShowChunksShape(
        chunks=[ChunkShape(id=c.id, start=c.start, end=c.end, heading=c.heading, text=c.text) for c in chunks]
    )
