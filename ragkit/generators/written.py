"""Answers written by a language model, wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from pydantic import Field

from ragkit.generators.attribution import attributed
from ragkit.generators.packing import Order, pack
from ragkit.generators.passages import Numbered, as_data
from ragkit.generators.prompt import PromptConfig
from ragkit.stages import StageConfig, Writer, Writing
from ragkit.types import Draft, Hit, Message, Turn


class WrittenConfig(StageConfig):
    """What every generator with a language model is told.

    The model reads at most `passages` passages of `context_tokens` together for a question, and writes at
    most `most_tokens`. `order` is how the passages stand in the prompt. In a talk it reads the latest turns
    again, of `history_tokens` together. `prompt` is what it is asked.
    """

    passages: int = Field(default=4, ge=1)
    context_tokens: int = Field(default=1200, ge=16)
    history_tokens: int = Field(default=3000, ge=0)
    most_tokens: int = Field(default=160, ge=1)
    order: Order = "best_first"
    prompt: PromptConfig = PromptConfig()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The turns for a model, and every passage that stands in them."""

    messages: list[Message]
    passages: list[Numbered]


class WrittenGenerator:
    """Asks a language model about numbered passages; every sentence is looked up in them.

    In a talk the passages are numbered on, and one that was shown is not shown again: what a model has read
    so far stays as it was, so that it need not be read anew.
    """

    def __init__(self, config: WrittenConfig, writer: Writer) -> None:
        self._config = config
        self._writer = writer

    def generate(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> Writing:
        """The model's words as they are written; a draft with a citation for all that the passages say."""
        if not self._writer.reads(query):
            reason = f"{self._writer.name} does not read the script of the question. Use a model that does."
            return _abstained(reason)
        asked = self._asked(query, hits, history)
        text = ""
        with closing(self._writer.stream(asked.messages, most_tokens=self._config.most_tokens)) as writing:
            while True:
                try:
                    piece = next(writing)
                except StopIteration as end:
                    finish = end.value
                    break
                text += piece
                yield piece
        text = as_data(text)  # it goes to terminals and pages
        draft = attributed(text, asked.passages) if text.strip() else self._nothing()
        cut = (f"cut off after {self._config.most_tokens} tokens (most_tokens)",) if finish.cut else ()
        return replace(draft, usage=finish.usage, trace=finish.trace, notices=finish.notices + cut)

    def prompt(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> list[Message]:
        """What the model is asked, before its chat template."""
        return self._asked(query, hits, history).messages

    def _nothing(self) -> Draft:
        return _abstained(f"{self._writer.name} wrote nothing.")

    def _asked(self, query: str, hits: Sequence[Hit], history: Sequence[Turn]) -> _Asked:
        recent = self._recent(history)
        first = recent[0].question if recent else query
        asked = _Asked([self._config.prompt.opening(first)], [])
        for turn in recent:
            self._add(asked, turn.question, turn.hits)
            asked.messages.append(Message("assistant", turn.answer))
        self._add(asked, query, hits)
        return asked

    def _add(self, asked: _Asked, question: str, hits: Sequence[Hit]) -> None:
        """Adds a question with those of its passages that the talk has not shown yet."""
        shown = {passage.hit.chunk.id for passage in asked.passages}
        new = [hit for hit in hits[: self._config.passages] if hit.chunk.id not in shown]
        packed = pack(
            new,
            tokens=self._config.context_tokens,
            count=self._writer.tokens,
            order=self._config.order,
            first=len(asked.passages) + 1,
        )
        asked.passages.extend(packed)
        asked.messages.append(self._config.prompt.question_about(question, packed))

    def _recent(self, history: Sequence[Turn]) -> list[Turn]:
        """The latest turns that fit, the earliest first; they are counted as if each showed its passages."""
        return list(_fitting(history, tokens=self._config.history_tokens, cost=self._cost))[::-1]

    def _cost(self, turn: Turn) -> int:
        texts = (turn.question, turn.answer, *(h.chunk.text for h in turn.hits[: self._config.passages]))
        return sum(map(self._writer.tokens, texts))


def _fitting(history: Sequence[Turn], *, tokens: int, cost: Callable[[Turn], int]) -> Iterator[Turn]:
    """Turns from the latest on, as long as they fit."""
    for turn in reversed(history):
        tokens -= cost(turn)
        if tokens < 0:
            return
        yield turn


def _abstained(reason: str) -> Draft:
    return Draft(text="", sentences=(), abstained=True, reason=reason)
