"""Whether golden questions fit an index: every quote in its source, on its page, and every question once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ragkit.counting import counted
from ragkit.evaluation.golden import Evidence, Question
from ragkit.evaluation.places import Nearest, PlaceFinder
from ragkit.evaluation.spans import EvidenceFinder, Span
from ragkit.stages import Index, Progress

MissingKind = Literal["no_source", "no_page", "other_page", "no_quote"]
"""Why a piece of evidence cannot be found."""
NoteKind = Literal["ambiguous", "answer", "no_evidence", "twice"]
"""What may be meant so, and often is not."""

_MISSING: frozenset[str] = frozenset({"no_source", "no_page", "other_page", "no_quote"})
_REMEMBERED = 64  # texts whose terms are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenProblem:
    """One thing that is wrong with a question, in words; `nearest` are the places that may be meant.

    `evidence` is the number of the piece, from 0; None where it is about the question.
    """

    question: str
    kind: MissingKind | NoteKind
    said: str
    evidence: int | None = None
    nearest: tuple[Nearest, ...] = ()

    @property
    def is_missing(self) -> bool:
        """Whether evidence cannot be found, so that no chain could be right."""
        return self.kind in _MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedGolden:
    """How many questions and pieces of evidence were looked at, and what is wrong with them."""

    questions: int
    evidence: int
    problems: tuple[GoldenProblem, ...]

    @property
    def missing(self) -> tuple[GoldenProblem, ...]:
        """The evidence that cannot be found."""
        return tuple(problem for problem in self.problems if problem.is_missing)


def check_golden(
    index: Index, questions: Sequence[Question], *, progress: Progress | None = None
) -> CheckedGolden:
    """Looks every quote up in the index, page by page, and finds the nearest thing to those that are missing.

    Nothing is searched for by a chain, and no model is read.
    """
    checker = _Checker(index)
    problems = list(_repeated(questions))
    for done, question in enumerate(questions, start=1):
        problems += checker.problems(question)
        if progress:
            progress(done, len(questions))
    order = {question.id: number for number, question in enumerate(questions)}
    return CheckedGolden(
        questions=len(questions),
        evidence=sum(len(question.evidence) for question in questions),
        problems=tuple(sorted(problems, key=lambda one: order[one.question])),
    )


def same_words(question: str) -> str:
    """The letters and digits of a question in lower case: two that share them are one question."""
    return "".join(letter for letter in question.casefold() if letter.isalnum())


def _repeated(questions: Iterable[Question]) -> Iterator[GoldenProblem]:
    asked: dict[str, list[str]] = defaultdict(list)
    for question in questions:
        asked[same_words(question.question)].append(question.id)
    for first, *others in asked.values():
        for other in others:
            yield GoldenProblem(question=other, kind="twice", said=f"asks the same as {first}")


class _Checker:
    def __init__(self, index: Index) -> None:
        self._index = index
        self._finder = EvidenceFinder(index)
        self._places = PlaceFinder(index, self._finder)
        self._terms = lru_cache(_REMEMBERED)(lambda text: frozenset(index.analyzer.terms(text)))

    def problems(self, question: Question) -> Iterator[GoldenProblem]:
        found = []
        for number, evidence in enumerate(question.evidence):
            spans = self._finder.find(evidence)
            found += spans
            problem = self._several(evidence, spans) if spans else self._missing(evidence)
            if problem:
                kind, said, nearest = problem
                yield GoldenProblem(
                    question=question.id, kind=kind, said=said, evidence=number, nearest=nearest
                )
        if question.answers and not question.evidence:
            said = "has accepted answers, but no evidence: what is found for it is not scored"
            yield GoldenProblem(question=question.id, kind="no_evidence", said=said)
        elif found and (lost := self._lost_answers(question, found)):
            said = f"{_listed(lost)} stand{'s' if len(lost) == 1 else ''} neither in a quote nor on its page"
            yield GoldenProblem(question=question.id, kind="answer", said=said)

    def _missing(self, evidence: Evidence) -> tuple[MissingKind, str, tuple[Nearest, ...]]:
        documents = self._finder.documents_of(evidence)
        if not documents:
            said = f"no document of the index is {evidence.source!r}, by its path or the end of it"
            return "no_source", said, self._places.similar_names(evidence) or self._places.elsewhere(evidence)
        pages = max(len(self._index.document(id_).pages) for id_ in documents)
        if evidence.page is not None and evidence.page > pages:
            said = f"{evidence.source} has {counted(pages, 'page')}, and no page {evidence.page}"
            return "no_page", said, self._places.other_pages(evidence)
        if other := self._places.other_pages(evidence):
            named = ", ".join(str(one.page) for one in other)
            return "other_page", f"the quote stands on page {named}, not on {evidence.page}", other
        where = f"on page {evidence.page} of {evidence.source}" if evidence.page else f"in {evidence.source}"
        return "no_quote", f"the quote does not stand {where}", self._places.nearest(evidence, documents)

    def _several(
        self, evidence: Evidence, spans: Sequence[Span]
    ) -> tuple[NoteKind, str, tuple[Nearest, ...]] | None:
        """Documents that a short path may mean just as well; copies of one text are one document."""
        if len(spans) == 1:
            return None
        names = ", ".join(self._index.sources_of(span.document_id)[0] for span in spans[:3])
        said = f"{evidence.source} is the end of {len(spans)} paths that hold it ({names}); give more of it"
        return "ambiguous", said, ()

    def _lost_answers(self, question: Question, spans: Sequence[Span]) -> list[str]:
        """The answers that stand nowhere near the evidence; none where one of them does, word for word.

        The answers of a question are wordings of one fact, and a person's own words need not be the page's.
        """
        texts = [one.quote for one in question.evidence if one.quote]
        texts += dict.fromkeys(self._around(span) for span in spans)
        lost = [answer for answer in question.answers if not self._stands(answer, texts)]
        return lost if len(lost) == len(question.answers) else []

    def _around(self, span: Span) -> str:
        """The page that a span begins on."""
        document = self._index.document(span.document_id)
        page = document.pages[self._index.place(span.document_id, span.start).page_index]
        return document.text[page.start : max(page.end, span.end)]

    def _stands(self, answer: str, texts: Sequence[str]) -> bool:
        """Whether its letters stand there in a row, or all its terms in any order."""
        wanted, terms = same_words(answer), self._terms(answer)
        return any(wanted in same_words(text) or terms <= self._terms(text) for text in texts)


def _listed(answers: Sequence[str]) -> str:
    return ", ".join(f"{answer!r}" for answer in answers[:3]) + (", ..." if len(answers) > 3 else "")
