"""Answers without a language model: the best supporting sentences, quoted and cited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, log
from typing import Literal, Protocol

from pydantic import Field

from ragkit.language import UnicodeAnalyzer, dominant_script, sentence_spans
from ragkit.models import PairScorer
from ragkit.stages import Analyzer, StageConfig
from ragkit.types import Citation, Draft, Hit, Sentence

_SPACE = re.compile(r"\s+")
_CJK_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s+(?=[\u3000-\u9fff\uff00-\uffef])")
_LONGEST = 600  # characters of one quoted sentence


class ExtractiveConfig(StageConfig):
    """Quotes the sentences that answer the question, and abstains when none does.

    `model` is a cross-encoder that reads the question with each sentence; scripts it does not read are
    scored by shared terms. `threshold` and `lexical_threshold` (0 to 1) are the support below which the
    generator abstains, for either way of scoring.
    """

    type: Literal["extractive"] = "extractive"
    model: str = "ms-marco-MiniLM-L-12-v2"
    sentences: int = Field(default=2, ge=1)
    passages: int = Field(default=5, ge=1)
    threshold: float = Field(default=0.3, ge=0.0, le=1.0)
    lexical_threshold: float = Field(default=0.4, ge=0.0, le=1.0)
    second_share: float = Field(default=0.5, ge=0.0, le=1.0)

    def build(self) -> ExtractiveGenerator:
        """The generator; the model is loaded at the first question that needs it."""
        return ExtractiveGenerator(self)


class SentenceScorer(Protocol):
    """Says how well each text answers a question."""

    def support(self, query: str, texts: Sequence[str]) -> list[float]:
        """One number from 0 to 1 for each text."""
        ...


class TermScorer:
    """Share of the question's terms that stand in a text, rare terms weighing more.

    The weight of a term is ln(1 + n / m), m of the n texts holding it.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer

    def support(self, query: str, texts: Sequence[str]) -> list[float]:
        """One number from 0 to 1 for each text."""
        wanted = set(self._analyzer.terms(query))
        found = [wanted & set(self._analyzer.terms(text)) for text in texts]
        weights = {
            term: log(1.0 + len(texts) / max(1, sum(term in terms for terms in found))) for term in wanted
        }
        total = sum(weights.values()) or 1.0
        return [sum(weights[term] for term in terms) / total for terms in found]


class PairSupport:
    """The logistic function of a cross-encoder's logits."""

    def __init__(self, scorer: PairScorer) -> None:
        self._scorer = scorer

    def support(self, query: str, texts: Sequence[str]) -> list[float]:
        """One number from 0 to 1 for each text."""
        return [1.0 / (1.0 + exp(-logit)) for logit in self._scorer.scores(query, texts).tolist()]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence of a passage: where it stands, and how well it answers."""

    citation: Citation
    support: float


class ExtractiveGenerator:
    """Chooses the best supported sentences among the first passages."""

    def __init__(self, config: ExtractiveConfig) -> None:
        self._config = config

    @cached_property
    def _pairs(self) -> PairSupport:
        return PairSupport(PairScorer(self._config.model))

    @cached_property
    def _terms(self) -> TermScorer:
        return TermScorer(UnicodeAnalyzer())

    def generate(self, query: str, hits: Sequence[Hit]) -> Draft:
        """A draft of quoted sentences in reading order, or an abstention with its reason."""
        latin = dominant_script(query) == "latin"
        scorer: SentenceScorer = self._pairs if latin else self._terms
        limit = self._config.threshold if latin else self._config.lexical_threshold
        candidates = _candidates(query, hits[: self._config.passages], scorer)
        if not candidates:
            return _abstain("The documents hold no passage on this question.")
        best = candidates[0].support
        if best < limit:
            return _abstain(
                f"No sentence of the documents supports an answer: "
                f"the best has a support of {best:.2f}, {limit:.2f} is needed."
            )
        floor = max(limit, best * self._config.second_share)
        chosen = [c for c in candidates[: self._config.sentences] if c.support >= floor]
        return _draft(_in_reading_order(chosen, hits))


def _candidates(query: str, hits: Sequence[Hit], scorer: SentenceScorer) -> list[_Candidate]:
    """Every distinct sentence of the hits, the best supported first."""
    citations: dict[str, Citation] = {}
    for hit in hits:
        for start, end in sentence_spans(hit.chunk.text):
            citation = _citation(hit, start, end)
            if citation is not None:
                citations.setdefault(_plain(citation.quote), citation)
    supports = scorer.support(query, list(citations)) if citations else []
    pairs = zip(citations.values(), supports, strict=True)
    return sorted((_Candidate(c, s) for c, s in pairs), key=lambda candidate: -candidate.support)


def _citation(hit: Hit, start: int, end: int) -> Citation | None:
    text = hit.chunk.text[start:end]
    quote = text.strip()
    if not any(char.isalnum() for char in quote) or len(quote) > _LONGEST:
        return None
    first = hit.chunk.start + start + len(text) - len(text.lstrip())
    return Citation(document_id=hit.chunk.document_id, start=first, end=first + len(quote), quote=quote)


def _in_reading_order(chosen: Sequence[_Candidate], hits: Sequence[Hit]) -> list[_Candidate]:
    """Documents in the order of the hits; within a document as it is written."""
    order = {id_: n for n, id_ in enumerate(dict.fromkeys(hit.chunk.document_id for hit in hits))}
    return sorted(chosen, key=lambda c: (order[c.citation.document_id], c.citation.start))


def _draft(chosen: Sequence[_Candidate]) -> Draft:
    text = ""
    sentences = []
    for candidate in chosen:
        text += "\n" if text else ""
        start = len(text)
        text += _plain(candidate.citation.quote)
        sentences.append(
            Sentence(start=start, end=len(text), citations=(candidate.citation,), support=candidate.support)
        )
    return Draft(text=text, sentences=tuple(sentences))


def _abstain(reason: str) -> Draft:
    return Draft(text="", sentences=(), abstained=True, reason=reason)


def _plain(quote: str) -> str:
    """The quote on one line."""
    return _SPACE.sub(" ", _CJK_GAP.sub("", quote)).strip()
