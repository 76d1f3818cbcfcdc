"""Checks statements against what they cite: wording, facts and negations in any script; meaning in some."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from math import exp
from typing import Literal

from pydantic import Field, model_validator

from ragkit.language import sentence_spans
from ragkit.stages import StageConfig
from ragkit.types import Citation, Draft, Hit, Sentence, Verdict
from ragkit.verifiers.features import Checked, bears_on, check
from ragkit.verifiers.meaning import LOGIT, MeaningReader

STEP = 0.01  # how far below a threshold support is held
_POINTS_BACK = re.compile(
    r"\W*(?:(?:he|she|it|they|his|her|its|their|this|these|that|those)\b|[\u4ed6\u5979\u5b83\u5176\u6b64\u8be5\u8a72\u8fd9\u9019\u90a3])",
    re.IGNORECASE,
)
_ASSENT = re.compile(
    r"\W*(?:yes|no|sure|certainly|of course|indeed|correct|right"
    r"|是的?|不是|对的?|對的?|没有|沒有|不|否|可以|不可以|会|不会|能|不能)\W*",
    re.IGNORECASE,
)
_LEADS = re.compile(r"#{1,6}\s|.*[:\uff1a]\W*$", re.DOTALL)


class LexicalSemanticConfig(StageConfig):
    """Support of a statement is the chance (0 to 1) that what it cites says it.

    At `supported` and above the verdict is "supported", at `weak` and above "weak", below "unsupported". A
    number, date or name that no cited passage holds, or a negation too many, makes a statement at most weak;
    another number or name in its place makes it unsupported. `reranker` is a cross-encoder that reads a
    statement with the closest sentences of its quotes, unless they hold it word by word or the model does not
    read its script; Chinese is judged by words alone. null: everything is.
    """

    type: Literal["lexical_semantic"] = "lexical_semantic"
    supported: float = Field(default=0.6, ge=0.0, le=1.0)
    weak: float = Field(default=0.3, ge=0.0, le=1.0)
    reranker: str | None = "ms-marco-MiniLM-L-12-v2"

    @model_validator(mode="after")
    def _ordered(self) -> LexicalSemanticConfig:
        if self.weak > self.supported:
            raise ValueError(f"weak is {self.weak}: it must not be above supported, {self.supported}")
        return self

    def build(self) -> LexicalSemanticVerifier:
        """The verifier."""
        return LexicalSemanticVerifier(self)


class LexicalSemanticVerifier:
    """A logistic model of what a statement shares with its evidence, under rules for facts.

    Each sentence is judged alone, beside its own citations and the passages that hold them. A citation that
    says nothing of its sentence is taken out, as are all those of an unsupported one: they would look like
    proof. A sentence that only leads to the next one ("Yes.", a heading, "The causes were:") goes with it,
    and is at most weak.
    """

    def __init__(self, config: LexicalSemanticConfig) -> None:
        self._config = config
        self._meaning = MeaningReader(config.reranker)

    def verify(self, draft: Draft, hits: Sequence[Hit]) -> Draft:
        """The draft with support and verdict of each sentence; citations that do not hold are gone."""
        judged: list[Sentence] = []
        for sentence in reversed(draft.sentences):
            following = judged[-1] if judged else None
            judged.append(self._judge(draft.text[sentence.start : sentence.end], sentence, following, hits))
        return replace(draft, sentences=tuple(reversed(judged)))

    def features(self, statement: str, citations: Sequence[Citation], hits: Sequence[Hit]) -> Checked:
        """What is measured of a statement that cites something; what is verbatim is read by no model."""
        checked = self._worded(statement, citations, hits)
        if checked.verbatim or checked.unspaced:
            return checked
        read = self._meaning.values(statement, checked.closest)
        return replace(checked, values=checked.values | read)

    def _worded(self, statement: str, citations: Sequence[Citation], hits: Sequence[Hit]) -> Checked:
        return check(statement, *evidence_of(citations, hits))

    def _judge(
        self, statement: str, sentence: Sentence, following: Sentence | None, hits: Sequence[Hit]
    ) -> Sentence:
        held = tuple(c for c in sentence.citations if bears_on(statement, c.quote))
        if held:
            support = self.support(self.features(statement, held, hits))
        elif sentence.citations and any(map(str.isalnum, statement)):
            checked = self._worded(statement, sentence.citations, hits)
            support = min(self.support(checked), max(0.0, self._config.weak - STEP))
        else:
            support = self._of_lead(statement, following, hits)
        verdict = self._verdict(support)
        proof = () if verdict == "unsupported" else held
        return replace(sentence, citations=proof, support=support, verdict=verdict)

    def support(self, checked: Checked) -> float:
        """The chance that what is cited says it (0 to 1), under the rules for facts."""
        if checked.verbatim:
            return 1.0
        support = self._chance(checked)
        if checked.contradicted:
            return min(support, max(0.0, self._config.weak - STEP))
        if checked.missing or checked.negated:
            return min(support, max(0.0, self._config.supported - STEP))
        return support

    def _chance(self, checked: Checked) -> float:
        """What the features say, before the rules for facts."""
        return _by_words_and_meaning(checked)

    def _of_lead(self, statement: str, following: Sentence | None, hits: Sequence[Hit]) -> float:
        """The support of a sentence that cites nothing: that of the next one where it only leads to it."""
        if following is None or following.verdict == "unsupported":
            return 0.0
        most = min(following.support, max(0.0, self._config.supported - STEP))
        if _ASSENT.fullmatch(statement):
            return most
        if not _LEADS.match(statement) or not following.citations:
            return 0.0
        checked = self._worded(statement, following.citations, hits)
        return 0.0 if checked.missing or checked.contradicted else most

    def _verdict(self, support: float) -> Verdict:
        if support >= self._config.supported:
            return "supported"
        return "weak" if support >= self._config.weak and support > 0.0 else "unsupported"


def _by_words_and_meaning(checked: Checked) -> float:
    """Where a fact or a negation speaks against a statement, its meaning may only lower its support.

    (A cross-encoder scores a statement with another number in it as high as the true one.)
    """
    script = "unspaced" if checked.unspaced else "spaced"
    support = _chance(checked.values, _weights()[script])
    if LOGIT not in checked.values:
        return support
    read = _chance(checked.values, _weights()[f"{script}_{LOGIT}"])
    doubted = checked.contradicted or checked.missing or checked.negated
    return min(support, read) if doubted else read


def _chance(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    total = sum(
        weight * values.get(name, 1.0) for name, weight in weights.items()
    )  # the constant has no value
    return 1.0 / (1.0 + exp(-total))


def evidence_of(citations: Sequence[Citation], hits: Sequence[Hit]) -> tuple[list[str], list[str]]:
    """The quotes, with what their pronouns stand for, and the passages around them."""
    passages = {citation: _passage(citation, hits) for citation in citations}
    quotes = [_with_antecedent(citation, passages[citation]) for citation in citations]
    around = dict.fromkeys(hit.chunk.search_text for hit in passages.values() if hit)
    return quotes, list(around)


def _passage(citation: Citation, hits: Sequence[Hit]) -> Hit | None:
    for hit in hits:
        chunk = hit.chunk
        same = chunk.document_id == citation.document_id
        if same and chunk.start <= citation.start and citation.end <= chunk.end:
            return hit
    return None


def _with_antecedent(citation: Citation, hit: Hit | None) -> str:
    """The quote behind the sentence before it, where it begins with a pronoun."""
    if hit is None or not _POINTS_BACK.match(citation.quote):
        return citation.quote
    before = hit.chunk.text[: citation.start - hit.chunk.start]
    spans = sentence_spans(before)
    return before[spans[-1][0] :] + citation.quote if spans else citation.quote


@cache
def _weights() -> dict[str, dict[str, float]]:
    text = resources.files("ragkit.verifiers").joinpath("lexical_semantic.toml").read_text("utf-8")
    return tomllib.loads(text)
