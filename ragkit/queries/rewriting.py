"""Questions in other words, by a small language model or by rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import Field

from ragkit.models.causal import DEFAULT_WRITER, CausalSettings, TextWriter
from ragkit.stages import StageConfig

_PASSAGE = "Write a short paragraph that answers this question.\nQuestion: {query}\nParagraph:"
_OTHERWISE = (
    "Ask the same question in {count} other ways, one on each line. Do not answer it.\n"
    "Question: How tall is the tower?\n"
    "1. What is the height of the tower?\n"
    "2. How many metres high is the tower?\n\n"
    "Question: {query}\n1."
)
_MARK = re.compile(r"^\s*(?:\d+[.):]|[-*•]|Q(?:uestion)?\s*\d*\s*:)\s*", re.IGNORECASE)
_LINES_TOKENS = 120
_ASKING = r"(?:who|what|when|where|why|how|which|whose)\b"
_AND = re.compile(rf"\s+and\s+(?={_ASKING})|[?？;；]\s*|[，,]?\s*(?:以及|并且)", re.IGNORECASE)
_ASKS = re.compile(rf"\b{_ASKING}|什么|谁|哪|多|几|怎|何|吗", re.IGNORECASE)
_POINTS = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her)\b|[它他她]", re.IGNORECASE)
_SHORTEST = 2  # words or characters that each part of a question needs
_WORD = re.compile(r"[a-z0-9]+|[^\W\da-z_]", re.IGNORECASE)


class Writer(Protocol):
    """Writes text."""

    def reads(self, text: str) -> bool:
        """Whether the writer knows the script of `text`."""
        ...

    def write(self, prompt: str, *, most_tokens: int = 96) -> str:
        """The answer to a prompt."""
        ...


class HydeConfig(StageConfig):
    """Searches also for a passage that a language model writes in answer to the question."""

    type: Literal["hyde"] = "hyde"
    model: str = DEFAULT_WRITER

    def build(self) -> HydeRewriter:
        """The rewriter; the model is loaded at the first question."""
        return HydeRewriter(TextWriter(CausalSettings(model=self.model)))


class HydeRewriter:
    """Hypothetical document embeddings (Gao and others, ACL 2023), beside the question itself.

    What is written may be false: it is only searched for, never shown. A question in a script that the
    writer does not read stays alone.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def rewrite(self, query: str) -> list[str]:
        """The question, and the question followed by the passage."""
        if not self._writer.reads(query):
            return [query]
        passage = " ".join(self._writer.write(_PASSAGE.format(query=query)).split())
        return [query, f"{query} {passage}"] if passage else [query]


class MultiQueryConfig(StageConfig):
    """Searches also for the question as a language model asks it in `count` other ways."""

    type: Literal["multi_query"] = "multi_query"
    model: str = DEFAULT_WRITER
    count: int = Field(default=3, ge=1, le=8)

    def build(self) -> MultiQueryRewriter:
        """The rewriter; the model is loaded at the first question."""
        return MultiQueryRewriter(TextWriter(CausalSettings(model=self.model)), count=self.count)


class MultiQueryRewriter:
    """Several wordings of a question, itself first; alone in a script that the writer does not read."""

    def __init__(self, writer: Writer, *, count: int = 3) -> None:
        self._writer = writer
        self._count = count

    def rewrite(self, query: str) -> list[str]:
        """The question and at most `count` others."""
        if not self._writer.reads(query):
            return [query]
        written = self._writer.write(
            _OTHERWISE.format(query=query, count=self._count), most_tokens=_LINES_TOKENS
        )
        return _distinct([query, *_lines(written)])[: 1 + self._count]


class DecomposeConfig(StageConfig):
    """Searches also for each part of a question that asks for several things; needs no model."""

    type: Literal["decompose"] = "decompose"

    def build(self) -> DecomposeRewriter:
        """The rewriter."""
        return DecomposeRewriter()


class DecomposeRewriter:
    """Parts a question at "and who", "and when" and the like, 以及 and 并且, and after question marks.

    A part that points back ("and who built it") makes no sense alone and is left out.
    """

    def rewrite(self, query: str) -> list[str]:
        """The question, and its parts if there are several."""
        parts = [part.strip() for part in _AND.split(query)]
        parts = [part for part in parts if len(_WORD.findall(part)) >= _SHORTEST]
        if len(parts) < 2 or not all(map(_ASKS.search, parts)):
            return [query]
        return _distinct([query, *(part for part in parts if not _POINTS.search(part))])


def _lines(written: str) -> list[str]:
    lines = (_MARK.sub("", line).strip() for line in written.splitlines())
    return [line for line in lines if any(map(str.isalnum, line)) and line[-1] not in ":.!"]  # questions only


def _distinct(texts: Sequence[str]) -> list[str]:
    return list({" ".join(_WORD.findall(text.casefold())): text for text in reversed(texts)}.values())[::-1]
