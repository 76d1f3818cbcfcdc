"""An OpenAI-compatible server on loopback that answers, and misbehaves on demand.

Each request is met by the next behaviour of the script, the last one again and again.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

USAGE = {"prompt_tokens": 812, "completion_tokens": 64, "total_tokens": 876}
CACHED = {**USAGE, "prompt_tokens_details": {"cached_tokens": 512}}
_PATIENCE = 20.0  # seconds after which a test has hung


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client sent."""

    path: str
    headers: Message
    body: Mapping[str, Any]
    at: float


class Call(BaseHTTPRequestHandler):
    """One request, with the means to answer it badly."""

    protocol_version = "HTTP/1.1"
    server: _Listener

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        seen = Request(path=self.path, headers=self.headers, body=asked, at=time.monotonic())
        script, seen_before = self.server.state.script, len(self.server.state.requests)
        self.server.state.requests.append(seen)
        self.close_connection = True
        try:
            script[min(seen_before, len(script) - 1)](self)
        except OSError:
            self.server.state.gone.set()

    def head(
        self, status: int = 200, kind: str = "text/event-stream", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("connection", "close")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def begin(self) -> None:
        """The head of a stream whose end a client can tell from a break."""
        self.head(headers={"transfer-encoding": "chunked"})

    def send(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def event(self, **fields: object) -> None:
        self.send(
            f"data: {json.dumps({'id': 'a', 'object': 'chat.completion.chunk', **fields})}\n\n".encode()
        )

    def write(self, text: str, *, ended: str | None = None) -> None:
        self.event(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": ended}])

    def end(self) -> None:
        self.send(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def wait_until_gone(self) -> None:
        """Sends nothing until the client has closed the connection."""
        readable, _, _ = select.select([self.connection], [], [], _PATIENCE)
        if readable and not self.connection.recv(1, socket.MSG_PEEK):
            self.server.state.gone.set()

    def log_message(self, *arguments: object) -> None:
        """Silent."""


Behaviour = Callable[[Call], None]


@dataclass(slots=True)
class FakeOpenAI:
    """A running server: what it was asked, and whether a client left before the end."""

    script: Sequence[Behaviour]
    requests: list[Request] = field(default_factory=list)
    gone: Event = field(default_factory=Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    state: FakeOpenAI

    def handle_error(self, *arguments: object) -> None:
        """Silent: clients that leave are part of the tests."""


@contextmanager
def serving(*script: Behaviour) -> Iterator[FakeOpenAI]:
    """A server that behaves as the script says."""
    state = FakeOpenAI(script)
    with _Listener(("127.0.0.1", 0), Call) as listener:
        listener.state, state.port = state, listener.server_port
        Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield state
        finally:
            listener.shutdown()


def answer(
    *pieces: str, usage: Mapping[str, object] | None = USAGE, ended: str = "stop", pause: float = 0.0
) -> Behaviour:
    """A whole answer."""

    def behave(call: Call) -> None:
        call.begin()
        call.event(choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}}])
        for piece in pieces:
            call.write(piece)
            time.sleep(pause)
        call.write("", ended=ended)
        if usage is not None:
            call.event(choices=[], usage=usage)
        call.end()

    return behave


def status(code: int, body: object = "", headers: Mapping[str, str] | None = None) -> Behaviour:
    """An error, as JSON or as a page."""

    def behave(call: Call) -> None:
        kind = "text/html" if isinstance(body, str) else "application/json"
        call.head(code, kind, headers)
        call.wfile.write((body if isinstance(body, str) else json.dumps(body)).encode())

    return behave


def error(status_code: int, message: str, **fields: object) -> Behaviour:
    """An error as OpenAI words it."""
    return status(status_code, {"error": {"message": message, **fields}})


def sends(data: bytes, kind: str = "text/event-stream") -> Behaviour:
    """Any bytes."""

    def behave(call: Call) -> None:
        call.head(kind=kind)
        call.wfile.write(data)

    return behave


def breaks_off(*pieces: str) -> Behaviour:
    """Half a stream, cut in the middle of an event."""

    def behave(call: Call) -> None:
        call.begin()
        for piece in pieces:
            call.write(piece)
        call.wfile.write(b'40\r\ndata: {"id')
        call.wfile.flush()
        call.connection.shutdown(socket.SHUT_RDWR)

    return behave


def hangs_up(call: Call) -> None:
    """Not one byte."""
    call.connection.shutdown(socket.SHUT_RDWR)


def silent(call: Call) -> None:
    """Takes the request and says nothing."""
    call.wait_until_gone()


def falls_silent(*pieces: str) -> Behaviour:
    """Half a stream, then nothing."""

    def behave(call: Call) -> None:
        call.begin()
        for piece in pieces:
            call.write(piece)
        call.wait_until_gone()

    return behave


def repeats(data: bytes, pause: float = 0.02, *, head: bool = True) -> Behaviour:
    """The same bytes for ever: neither silent nor ever done."""

    def behave(call: Call) -> None:
        if head:
            call.begin()
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if head:
                call.send(data)
            else:
                call.wfile.write(data)
            time.sleep(pause)

    return behave


def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with suppress(OSError), socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
    raise AssertionError("loopback has no free port")
