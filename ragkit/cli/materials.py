"""What is learnt from: passages of judged sets, and of an index with golden questions about it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.options import open_to_read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.evaluation import Question
    from ragkit.index import LocalIndex
    from ragkit.tuning.pairs.sources import Asked, Material
    from ragkit.types import Chunk


SetsArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="SET...", help="Folders with corpus.jsonl, queries.jsonl and qrels.tsv."),
]
GoldenQuestions = Annotated[
    Path | None,
    typer.Option("--golden", metavar="FILE", help="Golden questions about an index.", show_default=False),
]


def read_materials(
    sources: Sequence[Path], golden: Path | None, *, chain: str | None, index: str | None
) -> tuple[list[Material], list[str]]:
    """The passages with their questions, and the names of what they were read from. Raises `ConfigError`."""
    from ragkit.tuning.pairs.sources import read_set

    if not sources and golden is None:
        raise typer.BadParameter("name a folder of a judged set, or golden questions with --golden")
    found = [one for source in sources for one in read_set(source)]
    if golden is not None:
        with open_to_read(chain, index) as opened:
            found += materials_of(golden, opened)
    return found, [str(one) for one in (*sources, golden) if one is not None]


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
