"""What `search` and `ask` print with --json."""

from __future__ import annotations

from dataclasses import asdict

from ragkit.cli.options import shown
from ragkit.cli.shapes import Shape
from ragkit.stages import Documents
from ragkit.types import Answer, Citation, Hit, Sentence, Verdict


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
