"""A judge on loopback: an OpenAI-compatible server that decides by shared words what its prompts ask.

It reads the schema, the statements and the contexts of a prompt of ragas, and replies with JSON that fits.
Whatever else it is asked it answers with a sentence of the passages. A prompt with a marked word is met by a
fault instead.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

_INPUT = "Now perform the same with the following input\ninput: "
_SENTENCE = re.compile(r"[^.!?。！？]+[.!?。！？]?")
_WORD = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]", re.IGNORECASE)
_PLAIN = frozenset(
    {"a", "an", "the", "is", "was", "were", "in", "of", "on", "to", "and", "的", "了", "是", "在"}
)
ENOUGH = 0.8  # share of words that a context must hold

BRIDGE = "The Humber Bridge was opened in 1981. It spans 2220 metres."
RIVER = "长江全长约六千三百公里。黄河发源于青海省。"

Fault = Callable[["Call"], None]


@dataclass(slots=True)
class JudgeServer:
    """A running server: the bodies that it was sent, and its faults by the word that calls for each."""

    faults: Mapping[str, Fault] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def settings(self) -> str:
        """The generator that asks it, impatiently, as YAML."""
        waits = "timeout: 0.7\ndeadline: 4\nretries: 0"
        return f"type: openai\nbase_url: {self.url}\n{waits}\nkey_env: null\n"

    @property
    def prompts(self) -> list[str]:
        """The first turn of each request."""
        return [str(body["messages"][0]["content"]) for body in self.asked]


class Call(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: _Listener

    def do_POST(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        state = self.server.state
        with state.lock:
            state.asked.append(self.body)
        self.close_connection = True
        prompt = next(str(turn["content"]) for turn in self.body["messages"] if turn["role"] == "user")
        shown = prompt.rpartition(_INPUT)[2]
        faults = [fault for word, fault in state.faults.items() if word in shown]
        with suppress(OSError):
            faults[0](self) if faults else self.reply(
                judged(prompt) if _INPUT in prompt else answered(prompt)
            )

    def reply(self, text: str, *, ended: str = "stop") -> None:
        """A whole stream that says the text."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for delta, finish in ((text, None), ("", ended)):
            choice = {"index": 0, "delta": {"content": delta}, "finish_reason": finish}
            self._event({"id": "a", "object": "chat.completion.chunk", "choices": [choice]})
        self._event({"id": "a", "choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 10}})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, value: object) -> None:
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())

    def log_message(self, *arguments: object) -> None:
        """Silent."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    state: JudgeServer

    def handle_error(self, *arguments: object) -> None:
        """Silent: clients that leave are part of the tests."""


@contextmanager
def judging(**faults: Fault) -> Iterator[JudgeServer]:
    """A server that judges rightly, but for prompts about a word that names a fault."""
    state = JudgeServer(faults)
    with _Listener(("127.0.0.1", 0), Call) as listener:
        listener.state, state.port = state, listener.server_port
        Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield state
        finally:
            listener.shutdown()


def answered(prompt: str) -> str:
    """The sentence of the passages that shares most words with the question after them."""
    passages, _, question = prompt.rpartition("\n\n")
    said = [one for line in passages.splitlines() if line[:1] not in "<#" for one in sentences(line)]
    return max(said, key=lambda one: len(words(one) & words(question)))


def judged(prompt: str) -> str:
    """What a judge who compares words says, as JSON of the shape that the prompt asks for."""
    shape = json.JSONDecoder().raw_decode(prompt, prompt.index('{"', prompt.index("JSON Schema:")))[0]
    return json.dumps(_BY_TITLE[shape["title"]](shown_in(prompt)), ensure_ascii=False)


def shown_in(prompt: str) -> dict[str, Any]:
    """What a prompt of ragas is about."""
    value: dict[str, Any] = json.JSONDecoder().raw_decode(prompt.rpartition(_INPUT)[2])[0]
    return value


def sentences(text: str) -> list[str]:
    return [found for one in _SENTENCE.findall(text) if (found := one.strip())]


def words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)} - _PLAIN


def holds(context: str, statement: str) -> bool:
    """Whether a context has enough of a statement's words."""
    wanted = words(statement)
    return bool(wanted) and len(wanted & words(context)) >= ENOUGH * len(wanted)


def _statements(shown: dict[str, Any]) -> dict[str, Any]:
    return {"statements": sentences(shown["answer"])}


def _verdicts(shown: dict[str, Any]) -> dict[str, Any]:
    return {
        "statements": [
            {"statement": one, "reason": "words", "verdict": int(holds(shown["context"], one))}
            for one in shown["statements"]
        ]
    }


def _question(shown: dict[str, Any]) -> dict[str, Any]:
    return {"question": shown["response"], "noncommittal": int("know" in words(shown["response"]))}


def _useful(shown: dict[str, Any]) -> dict[str, Any]:
    return {"reason": "words", "verdict": int(holds(shown["context"], shown["answer"]))}


def _attributed(shown: dict[str, Any]) -> dict[str, Any]:
    return {
        "classifications": [
            {"statement": one, "reason": "words", "attributed": int(holds(shown["context"], one))}
            for one in sentences(shown["answer"])
        ]
    }


_BY_TITLE: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "StatementGeneratorOutput": _statements,
    "NLIStatementOutput": _verdicts,
    "AnswerRelevanceOutput": _question,
    "ContextPrecisionOutput": _useful,
    "ContextRecallOutput": _attributed,
}


def says(text: str, *, ended: str = "stop") -> Fault:
    """Replies with any text."""
    return lambda call: call.reply(text, ended=ended)


def first_says(text: str, *, then: str = "") -> Fault:
    """Replies with any text, and with another, by default rightly, once told that it cannot be used."""

    def behave(call: Call) -> None:
        turns = call.body["messages"]
        call.reply(text if len(turns) == 1 else then or judged(str(turns[0]["content"])))

    return behave


def has_a_fault(call: Call) -> None:
    """Error 500."""
    call.send_response(500)
    call.send_header("content-length", "0")
    call.end_headers()


def silent(call: Call) -> None:
    """Says nothing for longer than anybody waits."""
    time.sleep(3.0)
