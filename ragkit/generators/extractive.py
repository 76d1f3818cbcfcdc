"""Answers without a language model: the best supporting sentences, quoted and cited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log
from typing import Literal

from pydantic import Field

from ragkit.generators.shown import as_shown
from ragkit.language import order_score
from ragkit.stages import StageConfig, Writing
from ragkit.support import Candidate, SentenceRanker, plain
from ragkit.support.prose import sentences_first
from ragkit.support.reasons import nothing_found
from ragkit.types import Citation, Draft, Hit, Message, Sentence, Turn

_ALIKE = 0.8  # of all terms of two sentences that both have: they say the same
_SUSPICIOUS = 0.4  # one sentence in 40 looks as much like an order
_NEARLY = 0.7
_BLANK_LINE = 2  # line breaks


class ExtractiveConfig(StageConfig):
    """Quotes the sentences that answer the question.

    `model` is a cross-encoder that reads the question with each sentence; scripts it does not read are
    scored by shared terms. At most `sentences` are quoted from the first `passages`, each at least
    `second_share` times as likely to answer as the best.
    """

    type: Literal["extractive"] = "extractive"
    model: str = "ms-marco-MiniLM-L-12-v2"
    sentences: int = Field(default=2, ge=1)
    passages: int = Field(default=5, ge=1)
    second_share: float = Field(default=0.03, ge=0.0, le=1.0)

    def build(self) -> ExtractiveGenerator:
        """The generator; the model is loaded at the first question that needs it."""
        return ExtractiveGenerator(self)


class ExtractiveGenerator:
    """Chooses the sentences of the first passages that answer best; neighbours are quoted as one."""

    def __init__(self, config: ExtractiveConfig) -> None:
        self._config = config

    @cached_property
    def _ranker(self) -> SentenceRanker:
        return SentenceRanker(self._config.model)

    def generate(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> Writing:
        """Quoted sentences in reading order, all at once; an abstention where there is none to quote."""
        draft = self._draft(query, hits[: self._config.passages])
        if draft.text:
            yield draft.text
        return draft

    def prompt(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> list[Message]:
        """None: no language model is asked."""
        return []

    def _draft(self, query: str, hits: Sequence[Hit]) -> Draft:
        found = self._ranker.evidence(query, hits).ranked if hits else ()
        if not found:
            return Draft(text="", sentences=(), abstained=True, reason=nothing_found(query))
        best = sentences_first(_plain_first(found), hits)
        return _quoted(_joined(_in_reading_order(self._chosen(best), hits), hits))

    def _chosen(self, found: Sequence[Candidate]) -> list[Candidate]:
        """The best, and others that are likely enough and say something else."""
        share = self._config.second_share
        floor = found[0].value + log(share) if share else float("-inf")
        chosen: list[Candidate] = []
        for candidate in found:
            if len(chosen) == self._config.sentences or candidate.value < floor:
                break
            if not any(_alike(candidate, other) for other in chosen):
                chosen.append(candidate)
        return chosen


@dataclass(frozen=True, slots=True)
class _Quote:
    """One span of a document, and the support of the best sentence in it."""

    citation: Citation
    support: float


def _plain_first(found: Sequence[Candidate]) -> Sequence[Candidate]:
    """Those that look little like orders to the assistant, if the best of them answers nearly as well."""
    plain_ones = [c for c in found if order_score(c.citation.quote) < _SUSPICIOUS]
    answers = plain_ones and plain_ones[0].support >= _NEARLY * found[0].support
    return plain_ones if answers else found


def _alike(one: Candidate, other: Candidate) -> bool:
    """Whether two sentences have nearly the same terms."""
    first, second = one.statement.terms, other.statement.terms
    return len(first & second) >= _ALIKE * len(first | second)


def _in_reading_order(chosen: Sequence[Candidate], hits: Sequence[Hit]) -> list[Candidate]:
    """Documents in the order of the hits; within a document as it is written."""
    order = {id_: n for n, id_ in enumerate(dict.fromkeys(hit.chunk.document_id for hit in hits))}
    return sorted(chosen, key=lambda c: (order[c.citation.document_id], c.citation.start))


def _joined(chosen: Sequence[Candidate], hits: Sequence[Hit]) -> list[_Quote]:
    """The quotes, those that follow each other in a passage as one."""
    quotes: list[_Quote] = []
    for candidate in chosen:
        quote = _Quote(candidate.citation, candidate.support)
        whole = _together(quotes[-1].citation, quote.citation, hits) if quotes else None
        if whole is None:
            quotes.append(quote)
        else:
            quotes[-1] = _Quote(whole, max(quotes[-1].support, quote.support))
    return quotes


def _together(first: Citation, second: Citation, hits: Sequence[Hit]) -> Citation | None:
    """Both as one span of a passage, if nothing but space stands between them, and no blank line."""
    if first.document_id != second.document_id:
        return None
    for hit in hits:
        chunk = hit.chunk
        if chunk.document_id == first.document_id and chunk.start <= first.start and second.end <= chunk.end:
            between = chunk.text[first.end - chunk.start : second.start - chunk.start]
            if second.start >= first.end and not between.strip() and between.count("\n") < _BLANK_LINE:
                quote = chunk.text[first.start - chunk.start : second.end - chunk.start]
                return Citation(document_id=first.document_id, start=first.start, end=second.end, quote=quote)
    return None


def _quoted(quotes: Sequence[_Quote]) -> Draft:
    text = ""
    sentences = []
    for quote in quotes:
        text += "\n" if text else ""
        start = len(text)
        text += as_shown(plain(quote.citation.quote))
        sentences.append(
            Sentence(start=start, end=len(text), citations=(quote.citation,), support=quote.support)
        )
    return Draft(text=text, sentences=tuple(sentences))
