"""Short replies that say no, in the language of whoever sent the request."""

from __future__ import annotations

import sqlite3

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from apps.chat.errors import AppError, NotAllowed, NotFound, NotReadable, TooMuch
from apps.chat.server.words import language_of, say
from apps.chat.telling import is_full, told
from ragkit import RagkitError

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (TooMuch, 429),
    (NotReadable, 415),
    (AppError, 400),
    (RagkitError, 400),
    (sqlite3.OperationalError, 503),
)
_BUSY_SECONDS = 5


def refusal(status: int, reason: str, *, wait: int = 0) -> Response:
    """What every refused request gets: {"error": reason}; with `wait`, when to come back (seconds)."""
    headers = {"Retry-After": str(wait)} if wait else None
    return JSONResponse({"error": reason}, status_code=status, headers=headers)


def refused(request: HTTPConnection, status: int, key: str, *, wait: int = 0, **values: object) -> Response:
    """A refusal for a request, in its language."""
    return refusal(status, say(language_of(request), key, **values), wait=wait)


def reply_to_error(request: Request, error: Exception) -> Response:
    """The refusal for an error that the app raises on purpose, or that its disk or database does."""
    person = getattr(request.state, "person", None)
    reason = told(error, language_of(request), admin=bool(person and person.admin))
    if is_full(error):
        return refusal(503, reason)
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 500)
    return refusal(status, reason, wait=_BUSY_SECONDS if status == 503 else 0)


ANSWERED: tuple[type[Exception], ...] = (RagkitError, sqlite3.OperationalError, OSError)
"""The errors that `reply_to_error` answers; all others are bugs, which the log shows."""
