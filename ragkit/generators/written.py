"""Answers written by a language model, wherever it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from math import exp, inf

from pydantic import Field

from ragkit.errors import ConfigError
from ragkit.generators.attribution import attributed, without_unfinished
from ragkit.generators.packing import Order, pack, unshown
from ragkit.generators.passages import Numbered, as_data
from ragkit.generators.prompt import PromptConfig
from ragkit.stages import StageConfig, Weigher, Writer, Writing, Written
from ragkit.support.reasons import nothing_found
from ragkit.types import Draft, Finish, Hit, Message, Turn

WEIGHS = "Perplexity needs a model that runs here: generator: {type: local}."
_LONGEST_REFUSAL = 300  # characters
_REFUSAL = re.compile(
    r"(?:n['\u2019]t|\bnot|cannot|unable to)\b.{0,40}"
    r"\b(?:answer|mention|contain|provide|specif|state|inform|find)"
    r"|\bno (?:answer|information|mention)\b"
    r"|(?:无法|不能)(?:回答|确定)|(?:没有|没|未|并未)(?:提到|提及|说明|给出|包含|回答)|無法回答|沒有提到",
    re.IGNORECASE,
)


class WrittenConfig(StageConfig):
    """What every generator with a language model is told.

    The model reads at most `passages` passages of `context_tokens` together for a question, and writes at
    most `most_tokens`. `order` is how the passages stand in the prompt. In a talk it reads the latest turns
    again, of `history_tokens` together, and for a further question at most `followup_tokens` of passages that
    it has not read yet. `prompt` is what it is asked.
    """

    passages: int = Field(default=4, ge=1)
    context_tokens: int = Field(default=1200, ge=16)
    history_tokens: int = Field(default=3000, ge=0)
    followup_tokens: int = Field(default=600, ge=16)
    most_tokens: int = Field(default=160, ge=1)
    order: Order = "best_last"
    prompt: PromptConfig = PromptConfig()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The turns for a model, and every passage that stands in them."""

    messages: list[Message]
    passages: list[Numbered]


class _Told:
    """The pieces that a writer writes; `finish` is how it ended, once all are read."""

    def __init__(self, writing: Written) -> None:
        self._writing = writing
        self.finish = Finish()

    def __iter__(self) -> Iterator[str]:
        self.finish = yield from self._writing


class WrittenGenerator:
    """Asks a language model about numbered passages; every sentence is looked up in them.

    In a talk the passages are numbered on, and one that was shown is not shown again: what a model has read
    so far stays as it was, so that it need not be read anew.
    """

    def __init__(self, config: WrittenConfig, writer: Writer) -> None:
        self._config = config
        self._writer = writer

    @property
    def writer(self) -> Writer:
        """The language model, which may be asked other things too."""
        return self._writer

    def generate(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> Writing:
        """The model's words as they are written; a draft with a citation for all that the passages say."""
        if not self._writer.reads(query):
            reason = f"{self._writer.name} does not read the script of the question. Use a model that does."
            return _abstained(reason)
        asked = self._asked(query, hits, history)
        if not asked.passages:
            return _abstained(self._unread(query, hits))
        text = ""
        with closing(self._writer.stream(asked.messages, most_tokens=self._config.most_tokens)) as writing:
            told = _Told(writing)
            for piece in told:
                text += piece
                yield piece
        finish = told.finish
        text = as_data(text)  # it goes to terminals and pages
        draft = attributed(without_unfinished(text) if finish.cut else text, asked.passages)
        if not draft.sentences:
            draft = _abstained(f"{self._writer.name} wrote nothing.")
        elif _is_refusal(draft):
            draft = _abstained(f"{self._writer.name} found no answer in the passages: {draft.text}")
        cut = (f"cut off after {self._config.most_tokens} tokens (most_tokens)",) if finish.cut else ()
        return replace(
            draft,
            prompt=tuple(asked.messages),
            usage=finish.usage,
            trace=finish.trace,
            notices=finish.notices + cut,
        )

    def prompt(self, query: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> list[Message]:
        """What the model is asked, before its chat template."""
        return self._asked(query, hits, history).messages

    def shown(self, query: str, hits: Sequence[Hit]) -> list[Numbered]:
        """The passages as they stand in the prompt of a first question, under their numbers."""
        return self._asked(query, hits, ()).passages

    def perplexities(self, query: str, hits: Sequence[Hit], texts: Sequence[str]) -> list[float]:
        """How surprising each text is as the model's answer: exp of the mean of -ln p of its tokens.

        From 1 up; infinite for a text without tokens. Raises `ConfigError` where the model cannot tell,
        `GenerationError`, `ModelNotFound`.
        """
        if not isinstance(self._writer, Weigher):
            raise ConfigError(f"{self._writer.name} does not tell how probable a text is. {WEIGHS}")
        asked = self.prompt(query, hits)
        weighed = [self._writer.log_probabilities(asked, text) for text in texts]
        return [exp(-sum(one) / len(one)) if one else inf for one in weighed]

    def _unread(self, query: str, hits: Sequence[Hit]) -> str:
        """Why there is no passage to read."""
        if any(char.isalnum() for hit in hits for char in hit.chunk.text):
            return f"no passage fits into context_tokens={self._config.context_tokens}. Allow for more."
        return nothing_found(query)

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
        """Adds a question with what the talk has not shown of its passages yet."""
        rest = (unshown(hit, asked.passages) for hit in hits[: self._config.passages])
        packed = pack(
            [hit for hit in rest if hit],
            tokens=self._config.followup_tokens if asked.passages else self._config.context_tokens,
            count=self._writer.tokens,
            order=self._config.order,
            first=len(asked.passages) + 1,
        )
        asked.passages.extend(packed)
        asked.messages.append(self._config.prompt.question_about(question, packed))

    def _recent(self, history: Sequence[Turn]) -> list[Turn]:
        """The latest turns, as many as fit. When they no longer do, the earliest go until half is free.

        The latest stays where it fits at all. So the prompt of most turns begins with that of the turn
        before. Turns are counted as if each showed its passages.
        """
        budget, recent = self._config.history_tokens, list[tuple[Turn, int]]()
        for turn in history:
            recent.append((turn, self._cost(turn, first=not recent)))
            if _tokens(recent) > budget:
                while len(recent) > 1 and _tokens(recent) > budget // 2:
                    del recent[0]
                    recent[0] = recent[0][0], self._cost(recent[0][0], first=True)
            if _tokens(recent) > budget:
                recent.clear()
        return [turn for turn, _ in recent]

    def _cost(self, turn: Turn, *, first: bool) -> int:
        most = self._config.context_tokens if first else self._config.followup_tokens
        passages = sum(self._writer.tokens(h.chunk.text) for h in turn.hits[: self._config.passages])
        return min(most, passages) + self._writer.tokens(turn.question) + self._writer.tokens(turn.answer)


def _tokens(turns: Sequence[tuple[Turn, int]]) -> int:
    return sum(tokens for _, tokens in turns)


def _is_refusal(draft: Draft) -> bool:
    """Whether a model says that the passages do not answer, and nothing that they say."""
    cited = any(sentence.citations for sentence in draft.sentences)
    return not cited and len(draft.text) <= _LONGEST_REFUSAL and bool(_REFUSAL.search(draft.text))


def _abstained(reason: str) -> Draft:
    return Draft(text="", sentences=(), abstained=True, reason=reason)
