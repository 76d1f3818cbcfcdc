"""Runs golden questions through a chain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.chain import Chain
from ragkit.evaluation.golden import Question
from ragkit.stages import Progress
from ragkit.types import Answer, Chunk, Hit

_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) | (?=[\u3000-\u9fff\uff00-\uffef])")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionResult:
    """What a chain made of one question. `rank` is that of the first hit on a right page, 0 for none."""

    question: Question
    rank: int
    abstained: bool
    answered: bool
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageScores:
    """Shares (0 to 1) over the questions of one language.

    `page_recall` maps k to the share of answerable questions with a right page among the first k hits;
    `answered` is the share whose answer text holds an accepted answer, `abstained_wrongly` the share
    refused; `abstained_rightly` is the share of unanswerable questions that were refused.
    """

    language: str
    answerable: int
    unanswerable: int
    page_recall: dict[int, float]
    answered: float
    abstained_wrongly: float
    abstained_rightly: float


def evaluate(
    chain: Chain, questions: Sequence[Question], *, depth: int = 10, progress: Progress | None = None
) -> list[QuestionResult]:
    """One result for each question, from its first `depth` hits and its answer."""
    results = []
    for done, question in enumerate(questions, start=1):
        hits = chain.search(question.question, limit=depth)
        results.append(_result(chain, question, hits, chain.ask(question.question)))
        if progress:
            progress(done, len(questions))
    return results


def _result(chain: Chain, question: Question, hits: Sequence[Hit], answer: Answer) -> QuestionResult:
    ranks = (rank for rank, hit in enumerate(hits, start=1) if _is_right(chain, question, hit))
    return QuestionResult(
        question=question,
        rank=next(ranks, 0),
        abstained=answer.abstained,
        answered=any(says(answer.text, accepted) for accepted in question.answers),
        sources=tuple(chain.documents.place(h.chunk.document_id, h.chunk.start).source for h in hits),
    )


def _is_right(chain: Chain, question: Question, hit: Hit) -> bool:
    """Whether the hit, or a passage left out because it says the same, is of a page that answers."""
    return any(_answers(chain, question, chunk) for chunk in (hit.chunk, *hit.alike))


def _answers(chain: Chain, question: Question, chunk: Chunk) -> bool:
    """Whether the chunk holds characters of a page that answers."""
    first = chain.documents.place(chunk.document_id, chunk.start)
    last = chain.documents.place(chunk.document_id, max(chunk.start, chunk.end - 1))
    return any(
        first.source.endswith(f"/{evidence.source}")
        and first.page_index <= evidence.page - 1 <= last.page_index
        for evidence in question.evidence
    )


def says(text: str, accepted: str) -> bool:
    """Whether `text` holds the accepted answer, whole words of it, whatever the case and line breaks.

    White space does not count between Chinese characters.
    """
    text, accepted = (_GAP.sub("", " ".join(part.lower().split())) for part in (text, accepted))
    first, last = (r"(?<![a-z0-9])" if accepted[:1].isascii() else ""), ""
    if accepted[-1:].isascii():
        last = r"(?![a-z0-9])"
    return bool(accepted) and re.search(first + re.escape(accepted) + last, text) is not None


def summarise(
    results: Sequence[QuestionResult], cutoffs: Sequence[int] = (1, 3, 5, 10)
) -> list[LanguageScores]:
    """The scores of each language, in alphabetical order."""
    languages = sorted({result.question.language for result in results})
    return [
        _scores(language, [r for r in results if r.question.language == language], cutoffs)
        for language in languages
    ]


def _scores(language: str, results: Sequence[QuestionResult], cutoffs: Sequence[int]) -> LanguageScores:
    known = [r for r in results if r.question.evidence]
    unknown = [r for r in results if not r.question.evidence]
    return LanguageScores(
        language=language,
        answerable=len(known),
        unanswerable=len(unknown),
        page_recall={k: _share([0 < r.rank <= k for r in known]) for k in cutoffs},
        answered=_share([r.answered for r in known]),
        abstained_wrongly=_share([r.abstained for r in known]),
        abstained_rightly=_share([r.abstained for r in unknown]),
    )


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
