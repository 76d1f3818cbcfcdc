"""What a chain found for a question, held against its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ragkit.evaluation.golden import Evidence, Question
from ragkit.evaluation.spans import EvidenceFinder, Span
from ragkit.stages import Documents
from ragkit.types import Chunk, Hit

Unit = Literal["evidence", "page", "document"]
"""What is ranked: pieces of evidence, pages with evidence, or documents with evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One passage: its characters, the numbers of the evidence that it holds, and its page and document.

    Pages and documents that are right have the names that the evidence gives them.
    """

    span: Span
    holds: tuple[int, ...]
    pages: tuple[str, ...]
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The passages of one question, the best first, and the answer (None where none was asked for).

    `right` are the characters of the evidence, those of each piece once for each document that holds it.
    `perplexity` is the least of any accepted answer, where that was asked for.
    """

    question: Question
    looked: tuple[Looked, ...]
    right: tuple[tuple[Span, ...], ...]
    answer: str | None = None
    abstained: bool | None = None
    perplexity: float | None = None

    def ranking(self, unit: Unit) -> list[str]:
        """Names of the units in their order, each once."""
        if unit == "page":
            named = [page for one in self.looked for page in one.pages]
        elif unit == "document":
            named = [one.document for one in self.looked]
        else:
            named = list(self._pieces())
        return list(dict.fromkeys(named))

    def grades(self, unit: Unit) -> dict[str, int]:
        """How relevant the right units are; the best of several pieces counts."""
        grades: dict[str, int] = {}
        for number, one in enumerate(self.question.evidence):
            name = {"page": _page_name(one), "document": one.source, "evidence": f"evidence {number}"}[unit]
            grades[name] = max(one.grade, grades.get(name, 0))
        return grades

    def _pieces(self) -> Iterable[str]:
        """A passage that holds two pieces takes two places; one that holds none stands for itself.

        Where all evidence is whole documents it stands for its document, as collections are judged.
        """
        whole = all(not one.quote and one.page is None for one in self.question.evidence)
        for place, one in enumerate(self.looked):
            yield from (f"evidence {number}" for number in one.holds)
            if not one.holds:
                yield one.document if whole else f"passage {place}"


class Judge:
    """Holds hits against evidence by the characters of the documents, never by chunks."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._finder = EvidenceFinder(documents)
        self._find = lru_cache(None)(self._finder.find)

    def judge(
        self,
        question: Question,
        hits: Sequence[Hit],
        *,
        answer: str | None = None,
        abstained: bool | None = None,
    ) -> Judged:
        """What each hit holds; one that was left out because it says the same counts for the hit."""
        right = tuple(tuple(self._find(one)) for one in question.evidence)
        return Judged(
            question=question,
            looked=tuple(self._looked(question, hit, right) for hit in hits),
            right=right,
            answer=answer,
            abstained=abstained,
        )

    def missing(self, question: Question) -> list[Evidence]:
        """The evidence that does not stand in the documents."""
        return [one for one in question.evidence if not self._find(one)]

    def _looked(self, question: Question, hit: Hit, right: Sequence[Sequence[Span]]) -> Looked:
        chunks = [hit.chunk, *hit.alike]
        held = [(chunk, _held(_span(chunk), right)) for chunk in chunks]
        best, _ = max(held, key=lambda pair: len(pair[1]))
        return Looked(
            span=_span(best),
            holds=tuple(sorted({number for _, numbers in held for number in numbers})),
            pages=tuple(page for chunk in chunks for page in self._pages(question, chunk)),
            document=self._document(question, best),
        )

    def _pages(self, question: Question, chunk: Chunk) -> Iterable[str]:
        """The pages that a passage touches."""
        first, last = (
            self._documents.place(chunk.document_id, at).page_index + 1
            for at in (chunk.start, max(chunk.start, chunk.end - 1))
        )
        for page in range(first, last + 1):
            right = [one for one in self._of(question, chunk) if one.page in (None, page)]
            yield _page_name(right[0]) if right else f"{chunk.document_id} {page}"

    def _document(self, question: Question, chunk: Chunk) -> str:
        right = self._of(question, chunk)
        return right[0].source if right else chunk.document_id

    def _of(self, question: Question, chunk: Chunk) -> list[Evidence]:
        """The evidence of the same document."""
        return [one for one in question.evidence if chunk.document_id in self._finder.documents_of(one)]


def _page_name(evidence: Evidence) -> str:
    return f"{evidence.source} {evidence.page or ''}"


def _span(chunk: Chunk) -> Span:
    return Span(chunk.document_id, chunk.start, chunk.end)


def _held(span: Span, right: Sequence[Sequence[Span]]) -> set[int]:
    """The pieces of which a passage has half the characters, or which fill half the passage."""
    return {
        number
        for number, spans in enumerate(right)
        if any(2 * span.shared(one) >= min(len(span), len(one)) > 0 for one in spans)
    }
