"""The little of Gradio's own routes that the interface needs; everything else of them is not there.

Gradio keeps what a browser page holds under a `session_hash` that the browser chooses. Here it becomes a name
within what the person has, so that nobody can name a session of somebody else.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apps.chat.server.page import own_page
from apps.chat.server.replies import refusal
from apps.chat.server.words import say
from apps.chat.ui.words import Language

if TYPE_CHECKING:
    import gradio as gr

_API = "/gradio_api"
PLAIN = re.compile(r"/(assets|static)/.+|/theme\.css|/gradio_api/(theme\.css|startup-events|app_id)")
"""GET: files of the interface, and the start of its background work."""
PAGE = "/"
DATA, HEARTBEAT = f"{_API}/queue/data", f"{_API}/heartbeat/"
"""GET: what the server sends to a page, and a sign of life."""
JOIN, RUN, CANCEL, RESET = f"{_API}/queue/join", f"{_API}/run/predict", f"{_API}/cancel", f"{_API}/reset"
"""POST: an event, at once or in its turn, and its end."""
_FIELDS = {
    JOIN: ("data", "event_data", "fn_index", "trigger_id"),
    RUN: ("data", "event_data", "fn_index", "trigger_id"),
    CANCEL: ("fn_index", "event_id"),
    RESET: ("event_id",),
}
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NO_SESSION = Response(
    'data: {"msg": "unexpected_error", "event_id": null, "message": "There is no such session.", '
    '"session_not_found": true, "success": false}\n\n',
    media_type="text/event-stream",
)
"""As Gradio says it, which then fails."""
_OVER = JSONResponse({"success": False})
"""To a page that ends an event which is over, or not one of its own: which of the two is not told."""


class Gate:
    """Stands before a mounted Gradio app. `language` is that of its pages."""

    def __init__(self, app: ASGIApp, blocks: gr.Blocks, language: Language) -> None:
        self._app = app
        self._blocks = blocks
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what the interface needs, as the person who sends it."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "GET":
            await self._get(path, scope, receive, send)
        elif scope["method"] == "POST" and path in _FIELDS:
            await self._post(path, scope, receive, send)
        else:
            await self._refusal(404, "no_page")(scope, receive, send)

    async def _get(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        if path == PAGE:
            await own_page(self._app, self._language)(scope, receive, send)
        elif PLAIN.fullmatch(path):
            await self._app(scope, receive, send)
        elif path == DATA or path.startswith(HEARTBEAT):
            await self._listen(path, scope, receive, send)
        else:
            await self._refusal(404, "no_page")(scope, receive, send)

    async def _listen(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        sent = query.get("session_hash", [""])[0] if path == DATA else path.removeprefix(HEARTBEAT)
        if not (session := _session(scope, sent)):
            await self._refusal(400, "not_understood")(scope, receive, send)
            return
        if path == DATA and session not in self._blocks._queue.pending_messages_per_session:
            await _NO_SESSION(scope, receive, send)
            return
        if path == DATA:
            scope["query_string"] = urlencode({"session_hash": session}).encode()
        else:
            full = f"{scope.get('root_path', '')}{HEARTBEAT}{session}"
            scope.update(path=full, raw_path=full.encode())
        await self._app(scope, receive, send)

    async def _post(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        body = _event(path, await Request(scope, receive).body(), scope)
        if body is None and path == RESET:  # what the interface sends after a cancel names no session
            await _OVER(scope, receive, send)
            return
        if body is None:
            await self._refusal(400, "not_understood")(scope, receive, send)
            return
        if path in (CANCEL, RESET) and not self._runs(body):
            await _OVER(scope, receive, send)
            return
        encoded = json.dumps(body).encode()
        scope["headers"] = _with_length(scope["headers"], len(encoded))
        await self._app(scope, _once(encoded, receive), self._in_words(path, send))

    def _runs(self, body: dict[str, object]) -> bool:
        """Whether an event that is to be ended is one of the same session."""
        of_session = self._blocks._queue.pending_event_ids_session.get(str(body["session_hash"]), set())
        event = body.get("event_id")
        return isinstance(event, str) and event in of_session

    def _refusal(self, status: int, key: str) -> Response:
        return refusal(status, say(self._language, key))

    def _in_words(self, path: str, send: Send) -> Send:
        """Says in the language of the page that too many events wait; for 503 Gradio has its own."""
        if path != JOIN:
            return send
        detail = json.dumps({"detail": say(self._language, "queue_full")}).encode()
        full = False

        async def send_in_words(message: Message) -> None:
            nonlocal full
            if message["type"] == "http.response.start" and message["status"] == 503:
                full = True
                headers = [(b"content-type", b"application/json"), (b"retry-after", b"5")]
                message = {"type": "http.response.start", "status": 429, "headers": headers}
            elif full and message["type"] == "http.response.body":
                body = b"" if message.get("more_body") else detail
                message["body"] = body
            await send(message)

        return send_in_words


def _session(scope: Scope, sent: object) -> str:
    """The session of this person that the browser calls `sent`; "" for what cannot be one."""
    if not isinstance(sent, str) or not _SESSION.fullmatch(sent):
        return ""
    return f"{scope['state']['person'].id}-{sent}"


def _event(path: str, body: bytes, scope: Scope) -> dict[str, object] | None:
    """What the interface sends, and no more; None for what it never sends."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(sent, dict) or not (session := _session(scope, sent.get("session_hash"))):
        return None
    event = {field: sent[field] for field in _FIELDS[path] if field in sent}
    return None if _names_a_file(event) else event | {"session_hash": session}


def _names_a_file(value: object) -> bool:
    """Whether Gradio would take a part of this for a file on this machine, or one to fetch."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case {"path": str()}:
                return True
            case dict() as mapping:
                waiting.extend(mapping.values())
            case list() as items:
                waiting.extend(items)
    return False


def _with_length(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    dropped = (b"content-length", b"transfer-encoding", b"content-type")
    kept = [(name, value) for name, value in headers if name not in dropped]
    return [*kept, (b"content-length", str(length).encode()), (b"content-type", b"application/json")]


def _once(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def receive_body() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_body
