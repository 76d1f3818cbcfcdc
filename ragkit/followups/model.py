"""Follow-up questions rewritten by a language model, as a stage."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from typing import Literal

from ragkit.errors import ConfigError
from ragkit.followups.names import FUNCTION, names, words
from ragkit.followups.rule import RuleFollowUps
from ragkit.language import is_cjk
from ragkit.models.causal import CausalSettings, TextWriter
from ragkit.stages import FollowUps, StageConfig, Writer
from ragkit.types import Message, Turn

_SYSTEM = (
    "Rewrite the last question of a talk as one that is understood without the talk: write names instead of "
    "words such as it, he or there. Change nothing else. Write the question only."
)
_SYSTEM_CHINESE = (
    "把对话中最后一个问题改写成不看对话也能理解的问题：用名称代替“它”“他”“那里”等词，其他不变。只写问题。"
)
_SHOWN = (
    Message("user", "Question: When was the Eiffel Tower built?\nLast question: How tall is it?"),
    Message("assistant", "How tall is the Eiffel Tower?"),
    Message("user", "Question: Who is the mayor of Paris?\nLast question: And of Rome?"),
    Message("assistant", "Who is the mayor of Rome?"),
)
_SHOWN_CHINESE = (
    Message("user", "问题：埃菲尔铁塔是什么时候建成的？\n最后的问题：它有多高？"),
    Message("assistant", "埃菲尔铁塔有多高？"),
    Message("user", "问题：巴黎的市长是谁？\n最后的问题：那罗马呢？"),
    Message("assistant", "罗马的市长是谁？"),
)
_TURNS = 3  # that the model reads again
_ANSWER = 200  # characters of each answer
_MOST_TOKENS = 64
_LONGEST = 240  # characters of a question
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class ModelConfig(StageConfig):
    """A language model says a follow-up question in words that stand alone.

    It is the generator's own (null), or `model`, on this machine, as that of the generator `local`. What it
    writes counts only if it keeps the names and numbers of the question and makes up none; else the question
    is completed by the rule.
    """

    type: Literal["model"] = "model"
    model: str | None = None

    def build(self, writer: Writer | None) -> ModelFollowUps:
        """The stage; `writer` is the generator's model. Raises `ConfigError` where there is none."""
        if self.model is not None:
            return ModelFollowUps(TextWriter(CausalSettings(model=self.model)))
        if writer is None:
            raise ConfigError(
                "followups: {type: model} needs a generator with a language model (local, llama_cpp, openai) "
                "or a model of its own: followups: {type: model, model: SmolLM2-135M-Instruct}"
            )
        return ModelFollowUps(writer)


class ModelFollowUps:
    """Asks `writer`; `otherwise` completes what it does not read, or says unacceptably."""

    def __init__(self, writer: Writer, otherwise: FollowUps | None = None) -> None:
        self._writer = writer
        self._otherwise = otherwise or RuleFollowUps()

    def standalone(self, query: str, history: Sequence[Turn]) -> str:
        """The rewritten question. Raises `GenerationError`, `ModelNotFound`."""
        if not history or not query.strip():
            return query
        if self._writer.reads(query):
            written = self._written(query, history)
            if acceptable(written, query, history):
                return written
        return self._otherwise.standalone(query, history)

    def _written(self, query: str, history: Sequence[Turn]) -> str:
        """The first line that the model writes."""
        text = ""
        with closing(self._writer.stream(_asked(query, history), most_tokens=_MOST_TOKENS)) as writing:
            for piece in writing:
                text += piece
                if "\n" in text.strip():
                    break
        return (text.strip().splitlines() or [""])[0].strip().strip("\"'“”「」").strip()


def acceptable(written: str, query: str, history: Sequence[Turn]) -> bool:
    """Whether a rewritten question says what was asked: nothing of it lost, and nothing made up.

    It has words that the question lacks, all of them from the talk. Names and numbers of the question are
    there, and so is half of what it asks beyond the question before it.
    """
    if _content(written) == _content(query):
        return False  # nothing was carried over
    talk = " ".join([query, *(f"{turn.question} {turn.answer}" for turn in history[-_TURNS:])])
    if not written or len(written) > _LONGEST or not _same_script(written, query):
        return False
    kept = [*_NUMBER.findall(query), *(name.text for name in names(query))]
    if any(thing.casefold() not in written.casefold() for thing in kept):
        return False
    made = _content(written) - _content(talk)
    asked = _content(query) - _content(history[-1].question)
    return not made and (not asked or len(asked & _content(written)) * 2 >= len(asked))


def _content(text: str) -> set[str]:
    """Words that carry meaning, shorn of their endings; of Chinese the characters."""
    found = {word.lower.removesuffix("'s").rstrip("s") for word in words(text) if word.lower not in FUNCTION}
    return {word for word in found if not any(map(is_cjk, word))} | set(filter(is_cjk, text))


def _same_script(written: str, query: str) -> bool:
    return any(map(is_cjk, written)) == any(map(is_cjk, query))


def _asked(query: str, history: Sequence[Turn]) -> list[Message]:
    chinese = any(map(is_cjk, query))
    question, answer, last = ("问题：", "回答：", "最后的问题：") if chinese else (
        "Question: ", "Answer: ", "Last question: "
    )  # fmt: skip
    lines = []
    for turn in history[-_TURNS:]:
        lines.append(f"{question}{turn.question}")
        if turn.answer:
            lines.append(f"{answer}{' '.join(turn.answer.split())[:_ANSWER]}")
    lines.append(f"{last}{query.strip()}")
    system = Message("system", _SYSTEM_CHINESE if chinese else _SYSTEM)
    return [system, *(_SHOWN_CHINESE if chinese else _SHOWN), Message("user", "\n".join(lines))]
