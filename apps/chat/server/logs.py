"""Structured logs, one JSON object a line, without questions, names of files, texts or query strings."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from time import gmtime, perf_counter, strftime
from typing import TextIO

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apps.chat.errors import AppError
from apps.chat.telling import place

_REQUESTS = logging.getLogger("ragkit.app.requests")
_LOGGERS = ("ragkit.app", "apps.chat", "uvicorn")
_QUIET = ("uvicorn.access",)
STDERR = Path("-")


class JsonLines(logging.Formatter):
    """Formats a record as JSON; of an error only kind and place, for its words may be a document's."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        entry: dict[str, object] = {
            "time": strftime("%Y-%m-%dT%H:%M:%S", gmtime(record.created)) + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        entry |= getattr(record, "request", None) or {"message": record.getMessage()}
        if record.exc_info and record.exc_info[1]:
            entry |= {"message": "an error that nobody expected", "error": place(record.exc_info[1])}
        return json.dumps(entry, ensure_ascii=False)


def start_logging(file: Path | None) -> None:
    """Sends the app's and the server's records to a file, or to stderr for "-"; without one, only warnings.

    Raises `AppError`.
    """
    handler = logging.StreamHandler(_opened(file) if file and file != STDERR else sys.stderr)
    handler.setFormatter(JsonLines())
    handler.setLevel(logging.INFO if file else logging.WARNING)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).disabled = True


def _opened(file: Path) -> TextIO:
    try:
        return file.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise AppError("log_unwritable", file=file, reason=error.strerror) from error


class RequestLog:
    """Logs each request when it is over: route, status, milliseconds, the person's id, the client."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes every request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 0

        async def with_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, with_status)
        finally:
            _REQUESTS.info("", extra={"request": _entry(scope, status, perf_counter() - began)})


def _entry(scope: Scope, status: int, seconds: float) -> dict[str, object]:
    person = scope.get("state", {}).get("person")
    template = getattr(scope.get("route"), "path", "")
    return {
        "method": scope["method"],
        "route": scope.get("root_path", "") + template if template else "-",
        "status": status,
        "ms": round(seconds * 1000, 1),
        "person": person.id if person else None,
        "client": str((scope.get("client") or ("unknown", 0))[0]),
    }
