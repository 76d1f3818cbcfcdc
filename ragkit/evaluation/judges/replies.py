"""Replies of a language model in a given shape: JSON, checked, and asked for again where it does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from threading import Condition
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError

from ragkit.errors import GenerationError
from ragkit.stages import Writer
from ragkit.types import Finish, Message, Usage

Kind = Literal["chain", "parse", "empty", "refused", "timeout", "server", "script", "ragas", "stopped"]
"""What went wrong: the chain gave no answer; the judge's reply does not fit, holds nothing to judge, was
refused or held back, came too late, or not at all, or is in a script that the embedder does not read; or
ragas itself failed; or the run was stopped before."""

ATTEMPTS = 3
MOST_TOKENS = 1024
_IN_VAIN = 8  # requests without one reply after which a judge is not asked any more
_PATIENCE = 20.0  # seconds
_SHOWN = 80  # characters of a reply that are quoted
_REFUSALS = ("sorry", "can't", "cannot", "unable", "won't", "抱歉", "对不起", "無法", "无法", "不能")
_AGAIN = (
    "That reply cannot be used: {problem}. Reply anew, with nothing but one JSON object that complies with "
    "the schema above."
)

Shape = TypeVar("Shape", bound=BaseModel)
Check = Callable[[BaseModel], str]
"""What is wrong with a reply that has the right shape, "" if nothing is."""


class JudgeFailure(Exception):  # no RagkitError: it is noted for one answer, and the run goes on
    """Why one answer could not be judged."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind: Kind = kind
        self.reason = reason


@dataclass(slots=True)
class Spent:
    """What a judge was asked and has cost so far; `cost` in US dollars, None where that is not known."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    notices: dict[str, None] = field(default_factory=dict)

    def add(self, finish: Finish) -> None:
        """Counts one reply."""
        usage = finish.usage or Usage(model="", prompt_tokens=0, completion_tokens=0)
        self.prompt_tokens += usage.prompt_tokens
        self.completion_tokens += usage.completion_tokens
        if usage.cost is not None:
            self.cost = (self.cost or 0.0) + usage.cost
        self.notices.update(dict.fromkeys(finish.notices))


class ReplyReader:
    """Asks a language model for JSON; threads may share it.

    What does not fit is asked for again with the reason, `attempts` times in all. A model that never replied
    to its first eight requests is not asked any more.
    """

    def __init__(self, writer: Writer, *, most_tokens: int = MOST_TOKENS, attempts: int = ATTEMPTS) -> None:
        self.spent = Spent()
        self._writer = writer
        self._most_tokens = most_tokens
        self._attempts = attempts
        self._state = Condition()
        self._stopped = False
        self._writing = 0
        self._in_vain: int | None = 0  # None once there was a reply

    @property
    def name(self) -> str:
        """The model."""
        return self._writer.name

    def reads(self, text: str) -> bool:
        """Whether the model was trained on the script of `text`."""
        return self._writer.reads(text)

    def stop(self) -> None:
        """Ends what is being written, with a failure, and writes nothing more; waits some seconds for it.

        A model of this machine must not be at work when the program ends.
        """
        with self._state:
            self._stopped = True
            self._state.wait_for(lambda: not self._writing, timeout=_PATIENCE)

    def ask(self, prompt: str, shape: type[Shape], *, check: Check | None = None) -> Shape:
        """The reply to a prompt. Raises `JudgeFailure`, and what a model that is not there raises."""
        messages = [Message("user", prompt)]
        for _ in range(self._attempts):
            reply, finish = self._write(messages)
            found, problem = _fitting(reply, shape, check)
            if found is not None:
                return found
            if finish.cut:
                problem = f"it was cut off after {self._most_tokens} tokens"
            messages = [
                messages[0],
                Message("assistant", reply),
                Message("user", _AGAIN.format(problem=problem)),
            ]
        raise _unusable(reply, f"{problem}, asked {self._attempts} times", cut=finish.cut)

    def _write(self, messages: Sequence[Message]) -> tuple[str, Finish]:
        self._begin()
        try:
            reply, finish = self._written(messages)
        except GenerationError as error:
            raise self._failed(error) from error
        finally:
            with self._state:
                self._writing -= 1
                self._state.notify_all()
        with self._state:
            self._in_vain = None
            self.spent.add(finish)
        return reply, finish

    def _written(self, messages: Sequence[Message]) -> tuple[str, Finish]:
        reply = ""
        with closing(self._writer.stream(messages, most_tokens=self._most_tokens)) as writing:
            while True:
                try:
                    reply += next(writing)
                except StopIteration as end:
                    return reply, end.value
                if self._stopped:
                    raise _stopped()

    def _begin(self) -> None:
        with self._state:
            if self._stopped:
                raise _stopped()
            if self._in_vain is not None and self._in_vain >= _IN_VAIN:
                raise JudgeFailure("server", f"not asked: {self.name} did not reply {_IN_VAIN} times before")
            self.spent.requests += 1
            self._writing += 1

    def _failed(self, error: GenerationError) -> JudgeFailure:
        with self._state:
            if self._in_vain is not None:
                self._in_vain += 1
        text = str(error)
        late = "(timeout)" in text or "(deadline)" in text
        return JudgeFailure("timeout" if late else "refused" if "held back" in text else "server", text)


def _stopped() -> JudgeFailure:
    return JudgeFailure("stopped", "stopped before it was judged")


def _fitting(reply: str, shape: type[Shape], check: Check | None) -> tuple[Shape | None, str]:
    """The first JSON object of a reply that has the shape and passes the check, else what is wrong."""
    problems = []
    for value in _objects(reply):
        if isinstance(value, ValueError):
            problems.append(f"it is no valid JSON ({value})")
            continue
        try:
            found = shape.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the object"
            problems.append(f"{where}: {first['msg']}")
            continue
        problem = check(found) if check else ""
        if not problem:
            return found, ""
        problems.append(problem)
    return None, problems[0] if problems else "it holds no JSON object"


def _objects(text: str) -> Iterator[object]:
    """The JSON objects in a text, whatever stands around them; an error for one that is not valid."""
    decoder, at = json.JSONDecoder(strict=False), text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
            yield value
        except (ValueError, RecursionError) as error:
            yield error if isinstance(error, ValueError) else ValueError("too deep")
            end = at + 1
        at = text.find("{", end)


def _unusable(reply: str, problem: str, *, cut: bool) -> JudgeFailure:
    shown = " ".join(reply.split())
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    says_no = "{" not in reply and any(word in reply.lower() for word in _REFUSALS)
    if not shown:
        problem = f"{problem} (it is empty)"
    kind: Kind = "refused" if says_no and not cut else "parse"
    return JudgeFailure(kind, f"{problem}; the last reply: {shown}" if shown else problem)
