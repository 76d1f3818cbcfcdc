"""Answers without a language model: the best supporting sentences, quoted and cited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, log
from typing import Literal, Protocol

from pydantic import Field

from ragkit.language import UnicodeAnalyzer, sentence_spans, without_question_words
from ragkit.models import PairScorer
from ragkit.stages import StageConfig, Writing
from ragkit.types import Citation, Draft, Hit, Message, Sentence

_SPACE = re.compile(r"\s+")
_CJK_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s+(?=[\u3000-\u9fff\uff00-\uffef])")
_HEADING = re.compile(r"#{1,6}\s")
_FIELD = re.compile(r"\b[A-Z][\w/&]*(?: [\w/&()]+){0,3}:\s")
_FORM_FIELDS = 3
_FORM_WORTH = 0.5
_LONGEST = 600  # characters of one quoted sentence
_CLEAR = 0.5  # support above which one sentence alone shows that there is an answer


class ExtractiveConfig(StageConfig):
    """Quotes the sentences that answer the question, and abstains when none does.

    `model` is a cross-encoder that reads the question with each sentence; scripts it does not read are
    scored by shared terms. `threshold` and `lexical_threshold` (0 to 1) are the answerability below which
    the generator abstains, for either way of scoring. At most `sentences` are quoted from the first
    `passages`, each with at least `second_share` of the support of the best.
    """

    type: Literal["extractive"] = "extractive"
    model: str = "ms-marco-MiniLM-L-12-v2"
    sentences: int = Field(default=2, ge=1)
    passages: int = Field(default=5, ge=1)
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    lexical_threshold: float = Field(default=0.42, ge=0.0, le=1.0)
    second_share: float = Field(default=0.7, ge=0.0, le=1.0)

    def build(self) -> ExtractiveGenerator:
        """The generator; the model is loaded at the first question that needs it."""
        return ExtractiveGenerator(self)


class SentenceScorer(Protocol):
    """Says how well each text answers a question.

    `prior` is what the first passage adds to the value of its sentences, the n-th adding prior / n.
    """

    prior: float

    def reads(self, text: str) -> bool:
        """Whether this way of scoring makes sense of the text's script."""
        ...

    def support(self, query: str, texts: Sequence[str]) -> list[float]:
        """One number from 0 to 1 for each text."""
        ...

    def answerability(self, query: str, best: float, passages: Sequence[str]) -> float:
        """Whether the passages answer at all (0 to 1), `best` being the support of their best sentence."""
        ...


class TermScorer:
    """Share of the question's terms that stand in a text, rare terms weighing more.

    The weight of a term is ln(1 + n / m), m of the n texts holding it.
    """

    prior = 0.3  # right first sentences .705 -> .703 and .815 -> .828, two .762 -> .775 and .875 -> .907

    def __init__(self, analyzer: UnicodeAnalyzer) -> None:
        self._analyzer = analyzer

    def reads(self, text: str) -> bool:
        """Any script has terms."""
        return True

    def support(self, query: str, texts: Sequence[str]) -> list[float]:
        """One number from 0 to 1 for each text."""
        wanted = set(self._analyzer.content_terms(without_question_words(query)))
        found = [wanted & set(self._analyzer.content_terms(text)) for text in texts]
        weights = {
            term: log(1.0 + len(texts) / max(1, sum(term in terms for terms in found))) for term in wanted
        }
        total = sum(weights.values()) or 1.0
        return [sum(weights[term] for term in terms) / total for terms in found]

    def answerability(self, query: str, best: float, passages: Sequence[str]) -> float:
        """The mean over the best sentence and the best passage (AUROC .99 against other topics)."""
        return (best + max(self.support(query, passages))) / 2.0


class PairSupport:
    """The logistic function of a cross-encoder's logits."""

    prior = 0.0

    def __init__(self, scorer: PairScorer) -> None:
        self._scorer = scorer

    def reads(self, text: str) -> bool:
        """Whether the model reads the text's script."""
        return self._scorer.reads(text)

    def support(self, query: str, texts: Sequence[str]) -> list[float]:
        """One number from 0 to 1 for each text."""
        return [1.0 / (1.0 + exp(-logit)) for logit in self._scorer.scores(query, texts).tolist()]

    def answerability(self, query: str, best: float, passages: Sequence[str]) -> float:
        """The better of the best sentence and the first three passages (AUROC .995 against other topics)."""
        return best if best > _CLEAR else max(best, *self.support(query, passages[:3]))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence of a passage: where it stands, how well it answers, and its value with the prior."""

    citation: Citation
    support: float
    value: float


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

    def generate(self, query: str, hits: Sequence[Hit]) -> Writing:
        """Quoted sentences in reading order, all at once, or an abstention with its reason."""
        draft = self._draft(query, hits)
        if draft.text:
            yield draft.text
        return draft

    def prompt(self, query: str, hits: Sequence[Hit]) -> list[Message]:
        """None: no language model is asked."""
        return []

    def refusal(self, query: str, hits: Sequence[Hit]) -> str:
        """Why the passages do not answer; "" where they do."""
        return self._weighed(query, hits)[1]

    def _draft(self, query: str, hits: Sequence[Hit]) -> Draft:
        candidates, reason = self._weighed(query, hits)
        if reason:
            return Draft(text="", sentences=(), abstained=True, reason=reason)
        floor = candidates[0].value * self._config.second_share
        chosen = [c for c in candidates[: self._config.sentences] if c.value >= floor]
        return _draft(_in_reading_order(chosen, hits))

    def _weighed(self, query: str, hits: Sequence[Hit]) -> tuple[list[_Candidate], str]:
        """The sentences of the passages, the best first, and why they do not answer (or "")."""
        if not any(char.isalnum() for char in query):
            return [], "The question holds no words."
        readable = self._pairs.reads(query)
        scorer: SentenceScorer = self._pairs if readable else self._terms
        limit = self._config.threshold if readable else self._config.lexical_threshold
        passages = hits[: self._config.passages]
        candidates = _candidates(query, passages, scorer)
        if not candidates:
            return [], "The documents hold no passage on this question."
        best = max(candidate.support for candidate in candidates)
        answerable = scorer.answerability(query, best, [hit.chunk.search_text for hit in passages])
        if answerable < limit:
            return candidates, (
                "The passages found do not answer the question: "
                f"their answerability is {answerable:.2f}, {limit:.2f} is needed."
            )
        return candidates, ""


def _candidates(query: str, hits: Sequence[Hit], scorer: SentenceScorer) -> list[_Candidate]:
    """Every distinct sentence of the hits, the best value first."""
    found: dict[str, tuple[Citation, int]] = {}
    for rank, hit in enumerate(hits, start=1):
        for start, end in sentence_spans(hit.chunk.text):
            citation = _citation(hit, start, end)
            if citation is not None and scorer.reads(citation.quote):
                found.setdefault(_plain(citation.quote), (citation, rank))
    supports = scorer.support(query, list(found)) if found else []
    pairs = zip(found.values(), supports, strict=True)
    candidates = [_Candidate(c, s, _worth(c.quote) * s + scorer.prior / rank) for (c, rank), s in pairs]
    return sorted(candidates, key=lambda candidate: -candidate.value)


def _worth(quote: str) -> float:
    """A row of form fields ("Location: Soledad, CA Registration: N6024M") says less than a sentence."""
    return _FORM_WORTH if len(_FIELD.findall(quote)) >= _FORM_FIELDS else 1.0


def _citation(hit: Hit, start: int, end: int) -> Citation | None:
    text = hit.chunk.text[start:end]
    quote = text.strip()
    if not any(char.isalnum() for char in quote) or len(quote) > _LONGEST or _HEADING.match(quote):
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


def _plain(quote: str) -> str:
    """The quote on one line."""
    return _SPACE.sub(" ", _CJK_GAP.sub("", quote)).strip()
