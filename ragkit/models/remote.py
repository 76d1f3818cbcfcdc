"""Writes text with a language model behind an OpenAI-compatible server."""

from __future__ import annotations

import importlib.util
import random
import re
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from ragkit.errors import GenerationError, MissingDependency, RagkitError
from ragkit.models.offline import is_offline, require_loopback
from ragkit.models.remote_call import CachedCount, Line, Piece, TokenCount, line_to
from ragkit.models.remote_failures import BrokenStreamError, Failure, Failures
from ragkit.models.remote_settings import RemoteSettings, Server
from ragkit.models.scripts import whole
from ragkit.models.spending import SpendingLedger, no_ceiling
from ragkit.stages import Written
from ragkit.types import Finish, Message, Usage

_LONGEST_WAIT = 8.0  # seconds between two tries, where the server does not say
_WIDEST_TOKEN = 16  # characters on average: a server that writes more does not keep to most_tokens
_AROUND_MESSAGE = 16  # tokens, at most, that a chat template adds to a message
_HELD_BACK = "content_filter"
_LIMITS = ("max_tokens", "max_completion_tokens")
_OPENAI = "api.openai.com"
_THOUGHT, _THOUGHT_ENDS = "<think>", "</think>"
_SPECIAL = re.compile(r"<\|[^|<>]*\|>")
_NONE_CACHED = CachedCount()
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


@dataclass(slots=True)
class _Shown:
    """The text that was passed on; what is written anew after a fault must go on from it."""

    host: str
    model: str
    text: str = ""

    def beyond(self, written: str) -> str:
        """What of `written` is new. Raises `GenerationError` where it is another text."""
        if self.text.startswith(written):
            return ""
        if not written.startswith(self.text):
            raise self._another()
        new = written[len(self.text) :]
        self.text = written
        return new

    def end(self, written: str) -> None:
        """Raises `GenerationError` where more was passed on than `written` in the end."""
        if written != self.text:
            raise self._another()

    def _another(self) -> GenerationError:
        return GenerationError(
            f"The stream of {self.host} broke off, and asked again, {self.model} wrote something else. "
            "Ask once more."
        )


@dataclass(slots=True)
class _Heard:
    """All that came of one request."""

    raw: str = ""
    ended: str = ""
    usage: TokenCount | None = None

    @property
    def text(self) -> str:
        """What was written, without what the model thought first, as some servers send it."""
        begun = self.raw.lstrip()
        if not _THOUGHT.startswith(begun[: len(_THOUGHT)]):
            return self.raw
        _, _, said = begun.partition(_THOUGHT_ENDS)
        return said.lstrip()

    def add(self, piece: Piece) -> None:
        self.raw += whole(piece.text)
        self.ended = piece.ended or self.ended
        self.usage = piece.usage or self.usage


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question to a server."""

    server: Server
    line: Line
    failures: Failures
    shown: _Shown
    messages: list[dict[str, str]]
    most_tokens: int
    without: set[str]
    """Options that the server refused, which counts for other questions once it answers without them."""


class RemoteWriter:
    """Answers in a talk by asking a server, again where that helps, until it answers or the time is over."""

    def __init__(self, settings: RemoteSettings) -> None:
        self._settings = settings
        ceiling = settings.spending_ceiling
        self._reserve = no_ceiling if ceiling is None else SpendingLedger(ceiling).reserve
        self._refused: set[str] = set()  # options that the server does not take
        self._untold: list[str] | None = None

    @property
    def name(self) -> str:
        """The model, as people know it."""
        return self._settings.model

    def reads(self, text: str) -> bool:
        """Always: which scripts a model reads is for who chose it."""
        return True

    def tokens(self, text: str) -> int:
        """An estimate, since only the server knows: one for each CJK character and each four others."""
        wide = len(_CJK.findall(text))
        return wide + (len(text) - wide + 3) // 4

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
        """Yields the answer as it is written, at most `most_tokens` of it; closing it ends the request.

        After a broken stream only what goes beyond the text so far is yielded. Raises `GenerationError`
        within the deadline, `OfflineError`, `MissingDependency`.
        """
        _require()
        server = self._settings.server()
        if is_offline():
            require_loopback(server.host)
        key = self._settings.key(server)
        self._will_send_to(server)
        turns = [{"role": m.role, "content": _as_text(m.content)} for m in messages]
        failures = Failures(self._settings, server, key)
        with line_to(server, key, self._settings) as line:
            shown = _Shown(server.host, self.name)
            asked = _Asked(server, line, failures, shown, turns, most_tokens, set())
            tries = 0
            while True:
                result = yield from self._answer(asked)
                if isinstance(result, Finish):
                    return result
                if not self._gives_way(result, asked):
                    tries += 1
                    self._pause(result, asked, tries)

    def _answer(self, asked: _Asked) -> Generator[str, None, Finish | Failure]:
        """One request."""
        settle = self._reserve(self._worst_cost(asked))
        heard = _Heard()
        try:
            yield from self._heard(asked, heard)
        except RagkitError:
            raise
        except Exception as error:  # whatever a server sends must end in words
            failure = asked.failures.of(error)
            if failure.free:
                settle(0.0)
            return failure
        self._keep_refusals(asked)
        usage = self._usage(heard)
        unsettled = settle(usage.cost) if usage is not None and usage.cost is not None else ""
        if heard.ended in ("length", _HELD_BACK) and not heard.text.strip():
            raise GenerationError(_without_text(asked, heard, self.name))
        notices, self._untold = [*(self._untold or ())], []
        if heard.ended == _HELD_BACK:
            notices.append(f"{asked.server.host} held back the rest of the answer ({heard.ended})")
        if unsettled:
            notices.append(unsettled)
        return Finish(usage=usage, cut=heard.ended == "length", notices=tuple(notices))

    def _heard(self, asked: _Asked, heard: _Heard) -> Generator[str, None, None]:
        """Yields what is new of an answer and keeps all of it, until it is whole, or longer than allowed."""
        pieces = asked.line.ask(self.name, asked.messages, self._options(asked))
        with closing(pieces):
            for piece in pieces:
                heard.add(piece)
                if new := asked.shown.beyond(heard.text):
                    yield new
                if len(heard.raw) > _WIDEST_TOKEN * asked.most_tokens:
                    heard.ended = "length"
                    break
        if not heard.ended:
            raise BrokenStreamError
        asked.shown.end(heard.text)

    def _options(self, asked: _Asked) -> dict[str, object]:
        """What the server is told beside the messages, in the words that it takes."""
        settings = self._settings
        options: dict[str, object] = {
            "temperature": settings.temperature,
            "seed": settings.seed,
            "reasoning_effort": settings.reasoning_effort,
            "stream_options": {"include_usage": True},
        }
        names = _LIMITS[::-1] if asked.server.host == _OPENAI else _LIMITS
        refused = self._refused | asked.without
        options[names[names[0] in refused]] = asked.most_tokens
        return {
            name: value
            for name, value in options.items()
            if value is not None and (name in _LIMITS or name not in refused)
        }

    def _gives_way(self, failure: Failure, asked: _Asked) -> bool:
        """Whether the server refused options that it can be asked without; then it is."""
        refused = failure.refused & set(self._options(asked))
        if (self._refused | asked.without) & set(_LIMITS):
            refused -= set(_LIMITS)  # the answer must have a limit
        asked.without.update(refused)
        return bool(refused)

    def _keep_refusals(self, asked: _Asked) -> None:
        """From now on the server is asked without what it refused, since that helped."""
        new = asked.without - self._refused
        self._refused |= new
        told = sorted(new - {*_LIMITS, "stream_options"})
        if told and self._untold is not None:
            self._untold.append(f"{asked.server.host} does not take {', '.join(told)}: asked without")

    def _pause(self, failure: Failure, asked: _Asked, tries: int) -> None:
        """Waits before the next try. Raises `GenerationError` where there is none."""
        reason = failure.reason
        if failure.again and tries <= self._settings.retries:
            backoff = min(self._settings.backoff * 2.0 ** (tries - 1), _LONGEST_WAIT)
            wait = backoff * random.uniform(0.75, 1.0) if failure.wait is None else failure.wait
            if wait < asked.line.left:
                time.sleep(wait)
                return
            reason += f"; the next try in {wait:.0f} s would be after the deadline"
        times = "" if tries == 1 else f" after {tries} tries"
        raise GenerationError(f"{asked.server.host} gave no answer{times}: {reason}.")

    def _will_send_to(self, server: Server) -> None:
        """Prepares to tell, with the first answer, where passages go."""
        if self._untold is None:
            self._untold = [server.notice] if server.notice else []

    def _worst_cost(self, asked: _Asked) -> float:
        """US dollars at most: no token is shorter than a byte."""
        read = sum(len(m["content"].encode()) + _AROUND_MESSAGE for m in asked.messages)
        return self._settings.cost(prompt_tokens=read, completion_tokens=asked.most_tokens)

    def _usage(self, heard: _Heard) -> Usage | None:
        """What the server counted, None where it did not."""
        count = heard.usage
        if count is None or not count.prompt_tokens:
            return None
        read, written = count.prompt_tokens, count.completion_tokens
        cost = self._settings.cost(prompt_tokens=read, completion_tokens=written)
        return Usage(
            model=self.name,
            prompt_tokens=read,
            completion_tokens=written,
            cached_tokens=(count.prompt_tokens_details or _NONE_CACHED).cached_tokens or 0,
            cost=cost if self._settings.priced else None,
        )


def _without_text(asked: _Asked, heard: _Heard, model: str) -> str:
    """Why there is nothing to show, and what to do."""
    if heard.ended == "length":
        return (
            f"{model} used its {asked.most_tokens} tokens (most_tokens) before it wrote a word, as models do "
            "that think first. Raise most_tokens, or lower reasoning_effort."
        )
    return f"{asked.server.host} held back the answer of {model} ({heard.ended})."


def _as_text(content: str) -> str:
    """The content without what a server may take for special tokens, put together ones included."""
    content = whole(content)
    while (left := _SPECIAL.sub("", content)) != content:
        content = left
    return content


def _require() -> None:
    if importlib.util.find_spec("openai") is None:
        raise MissingDependency("Remote models need openai. Install with: pip install 'ragkit[openai]'")
