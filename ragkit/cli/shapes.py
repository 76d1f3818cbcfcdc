"""The JSON that commands print: stable, documented in docs/json.md, and tested against its schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from pydantic import BaseModel, ConfigDict

from ragkit.cli.options import shown
from ragkit.ingest_report import FileStatus, IngestReport
from ragkit.stages import Documents
from ragkit.types import Answer, Chunk, Citation, Document, DocumentSummary, Hit, Sentence, Verdict


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


class StageShape(Shape):
    rank: int
    score: float


class HitShape(Shape):
    source: str
    title: str
    page_index: int
    page_label: str
    start: int
    end: int
    text: str
    score: float
    alike: int
    stages: dict[str, StageShape]


class SearchShape(Shape):
    """What `ragkit search --json` prints."""

    hits: list[HitShape]
    notices: list[str]


class BoxShape(Shape):
    page_index: int
    left: float
    top: float
    right: float
    bottom: float


class CitationShape(Shape):
    source: str
    page_index: int
    page_label: str
    start: int
    end: int
    quote: str
    boxes: list[BoxShape]


class SentenceShape(Shape):
    text: str
    verdict: Verdict
    support: float
    citations: list[CitationShape]


class UsageShape(Shape):
    model: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    cost: float | None


class TokenShape(Shape):
    text: str
    probability: float
    passage: int
    copied: bool


class AskShape(Shape):
    """What `ragkit ask --json` prints."""

    answer: str
    abstained: bool
    reason: str
    sentences: list[SentenceShape]
    hits: list[HitShape]
    dropped: int
    usage: UsageShape | None
    trace: list[TokenShape]
    notices: list[str]
    timings: dict[str, float]


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


def hit_shape(hit: Hit, documents: Documents) -> HitShape:
    """A hit with its place."""
    place = documents.place(hit.chunk.document_id, hit.chunk.start)
    return HitShape(
        source=shown(place.source),
        title=place.title,
        page_index=place.page_index,
        page_label=place.page_label,
        start=hit.chunk.start,
        end=hit.chunk.end,
        text=hit.chunk.text,
        score=hit.score,
        alike=len(hit.alike),
        stages={name: StageShape(rank=s.rank, score=s.score) for name, s in hit.stages.items()},
    )


def ask_shape(answer: Answer, documents: Documents) -> AskShape:
    """An answer with the places of its citations and hits."""
    return AskShape(
        answer=answer.text,
        abstained=answer.abstained,
        reason=answer.reason,
        sentences=[_sentence_shape(answer.text, sentence) for sentence in answer.sentences],
        hits=[hit_shape(hit, documents) for hit in answer.hits],
        dropped=answer.dropped,
        usage=UsageShape(**asdict(answer.usage)) if answer.usage else None,
        trace=[TokenShape(**asdict(token)) for token in answer.trace],
        notices=list(answer.notices),
        timings={stage: round(ms, 2) for stage, ms in answer.timings.items()},
    )


def _sentence_shape(text: str, sentence: Sentence) -> SentenceShape:
    return SentenceShape(
        text=text[sentence.start : sentence.end],
        verdict=sentence.verdict,
        support=round(sentence.support, 4),
        citations=[_citation_shape(citation) for citation in sentence.citations],
    )


def _citation_shape(citation: Citation) -> CitationShape:
    return CitationShape(
        source=shown(citation.source),
        page_index=citation.page_index,
        page_label=citation.page_label,
        start=citation.start,
        end=citation.end,
        quote=citation.quote,
        boxes=[
            BoxShape(page_index=b.page_index, left=b.left, top=b.top, right=b.right, bottom=b.bottom)
            for b in citation.boxes
        ],
    )


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
