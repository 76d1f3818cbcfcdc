"""Golden questions about an index as passages that pairs are made of."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.evaluation import Question
    from ragkit.index import LocalIndex
    from ragkit.tuning.pairs.sources import Asked, Material
    from ragkit.types import Chunk


def materials_of(golden: Path, index: LocalIndex) -> list[Material]:
    """The index's passages with the questions that they answer, and those that they only seem to answer.

    Raises `ConfigError` for a file that is no golden set.
    """
    from ragkit.evaluation import read_golden
    from ragkit.tuning.pairs.sources import Asked, Material

    chunks = [chunk for document in index.documents() for chunk in index.chunks(document.id)]
    asked: dict[str, list[Asked]] = defaultdict(list)
    fooling: dict[str, list[Asked]] = defaultdict(list)
    for question in read_golden(golden):
        if question.evidence:
            for id_ in _holding(question, chunks, index):
                asked[id_].append(Asked(id=question.id, question=question.question, answers=question.answers))
        elif nearest := _nearest(question.question, chunks):
            fooling[nearest].append(Asked(id=question.id, question=question.question))
    return [
        Material(
            id=chunk.id,
            document=chunk.document_id,
            text=chunk.text.strip(),
            asked=tuple(
                one for one in asked[chunk.id] if any(answer in chunk.text for answer in one.answers)
            ),
            fooling=tuple(fooling[chunk.id]),
        )
        for chunk in chunks
    ]


def _holding(question: Question, chunks: list[Chunk], index: LocalIndex) -> list[str]:
    """The passage that holds most of the evidence; none where it does not stand in the documents."""
    from ragkit.evaluation.spans import EvidenceFinder, Span

    spans = [span for one in question.evidence for span in EvidenceFinder(index).find(one)]
    sizes = {
        chunk.id: sum(span.shared(Span(chunk.document_id, chunk.start, chunk.end)) for span in spans)
        for chunk in chunks
    }
    best = max(sizes, key=lambda id_: (sizes[id_], id_), default="")
    return [best] if best and sizes[best] else []


def _nearest(question: str, chunks: list[Chunk]) -> str:
    """The passage that shares most terms with a question; "" where none does."""
    from ragkit.language import UnicodeAnalyzer

    analyzer = UnicodeAnalyzer()
    sought = set(analyzer.content_terms(question))
    shared = {chunk.id: len(sought & set(analyzer.content_terms(chunk.text))) for chunk in chunks}
    best = max(shared, key=lambda id_: (shared[id_], id_), default="")
    return best if best and shared[best] else ""
