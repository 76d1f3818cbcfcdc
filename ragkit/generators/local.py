"""Answers written by a language model on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from pydantic import Field

from ragkit.generators.attribution import attributed
from ragkit.generators.extractive import ExtractiveConfig, ExtractiveGenerator
from ragkit.generators.passages import Numbered, as_data, pack
from ragkit.generators.prompt import PromptConfig
from ragkit.models.causal import DEFAULT_WRITER, TextWriter
from ragkit.stages import StageConfig, Writing
from ragkit.types import Draft, Hit, Message


class LocalConfig(StageConfig):
    """A language model on this machine writes the answer from the passages.

    `model` is "SmolLM2-135M-Instruct", or a folder or hub id of a chat model in the layout of transformers.
    It reads at most `passages` passages of `context_tokens` together and writes at most `most_tokens`.
    Whether the passages answer at all is decided before it is asked, by the settings in `refusal`, which
    are those of the extractive generator. `prompt` is what it is asked.
    """

    type: Literal["local"] = "local"
    model: str = DEFAULT_WRITER
    passages: int = Field(default=4, ge=1)
    context_tokens: int = Field(default=1200, ge=16)
    most_tokens: int = Field(default=160, ge=1)
    prompt: PromptConfig = PromptConfig()
    refusal: ExtractiveConfig = ExtractiveConfig()

    def build(self) -> LocalGenerator:
        """The generator; the model is loaded at the first question."""
        return LocalGenerator(self)


class LocalGenerator:
    """Writes token by token, each time the likeliest; every sentence is looked up in the passages."""

    def __init__(self, config: LocalConfig, *, writer: TextWriter | None = None) -> None:
        self._config = config
        self._writer = writer or TextWriter(config.model)

    @cached_property
    def _gate(self) -> ExtractiveGenerator:
        return self._config.refusal.build()

    def generate(self, query: str, hits: Sequence[Hit]) -> Writing:
        """The model's words as they are written; a draft with a citation for all that the passages say."""
        if reason := self._unread(query) or self._gate.refusal(query, hits):
            return _abstained(reason)
        passages = self._packed(hits)
        text = ""
        for piece in self._writer.stream(self._asked(query, passages), most_tokens=self._config.most_tokens):
            text += piece
            yield piece
        text = as_data(text)  # it goes to terminals and pages
        if not text.strip():
            return _abstained(f"{self._config.model} wrote nothing.")
        return attributed(text, passages)

    def prompt(self, query: str, hits: Sequence[Hit]) -> list[Message]:
        """What the model is asked, before its chat template."""
        return self._asked(query, self._packed(hits))

    def _asked(self, query: str, passages: Sequence[Numbered]) -> list[Message]:
        return self._config.prompt.messages(query, passages)

    def _packed(self, hits: Sequence[Hit]) -> list[Numbered]:
        chosen = hits[: self._config.passages]
        return pack(chosen, tokens=self._config.context_tokens, count=self._writer.tokens)

    def _unread(self, query: str) -> str:
        if self._writer.reads(query):
            return ""
        return f"{self._config.model} does not read the script of the question. Use a model that does."


def _abstained(reason: str) -> Draft:
    return Draft(text="", sentences=(), abstained=True, reason=reason)
