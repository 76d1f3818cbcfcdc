"""Short replies that say no."""

from __future__ import annotations

import errno
import sqlite3

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from apps.chat.errors import AppError, NotAllowed, NotFound, NotReadable, TooMuch
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
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says where the disk is full."""


def refusal(status: int, reason: str, *, wait: int = 0) -> Response:
    """What every refused request gets: {"error": reason}; with `wait`, when to come back (seconds)."""
    headers = {"Retry-After": str(wait)} if wait else None
    return JSONResponse({"error": reason}, status_code=status, headers=headers)


def reply_to_error(request: Request, error: Exception) -> Response:
    """The refusal for an error that the app raises on purpose, or that its disk or database does."""
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 500)
    if isinstance(error, OSError) and error.errno in FULL:
        return refusal(503, "The disk is full. Ask whoever runs this app to make room.")
    if status == 503:
        return refusal(503, "The data cannot be reached at the moment. Try again.", wait=5)
    if status == 500:
        return refusal(500, "Something went wrong. It is in the log.")
    return refusal(status, str(error))


ANSWERED: tuple[type[Exception], ...] = (RagkitError, sqlite3.OperationalError, OSError)
"""The errors that `reply_to_error` answers; all others are bugs, which the log shows."""
