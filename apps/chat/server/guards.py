"""What every request passes before it is answered: who sends it, how often, and how much."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apps.chat.rates import Rates
from apps.chat.server.identity import Identity
from apps.chat.server.replies import refused
from apps.chat.storage import Person

_OPEN = re.compile(r"/(login|logout|health|favicon\.ico|static/.*)|/(en|zh)/(assets|static)/.*")
"""Paths that tell nothing about anybody: the login, the health, and the files of the interface."""
_UNCOUNTED = re.compile(r"/health|/static/.*|/(en|zh)/(assets|static)/.*")
UPLOAD = re.compile(r"/api/collections/[^/]+/files")
"""The only path whose requests may be large; the upload counts for itself."""
LARGEST = 2 * 1024**2
"""Bytes of any other request."""


class KnownPeopleOnly:
    """Puts the person into the request's state as `person`; others get the login, or 401."""

    def __init__(self, app: ASGIApp, *, identity: Identity, rates: Rates, per_minute: int) -> None:
        self._app = app
        self._identity = identity
        self._rates = rates
        self._per_minute = per_minute

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what a known person sends, or what is open to everybody."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        person = None
        if not (is_open := bool(_OPEN.fullmatch(scope["path"]))):
            person = await run_in_threadpool(self._identity.person, HTTPConnection(scope))
            scope.setdefault("state", {})["person"] = person
        refusal = self._refusal(scope, person, is_open=is_open)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope, person: Person | None, *, is_open: bool) -> Response | None:
        request = HTTPConnection(scope)
        if not _UNCOUNTED.fullmatch(scope["path"]):
            key = f"person:{person.id}" if person else f"address:{address(scope)}"
            if wait := self._rates.wait(key, self._per_minute):
                return refused(request, 429, "too_many_requests", wait=wait, count=self._per_minute)
        if person or is_open:
            return None
        if "text/html" in Headers(scope=scope).get("accept", "") and scope["method"] == "GET":
            return RedirectResponse("/login", status_code=303)
        return refused(request, 401, "log_in_first")


class SmallRequestsOnly:
    """Ends requests that are larger than anything but an upload needs to be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on while its body is small enough."""
        if scope["type"] != "http" or UPLOAD.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > LARGEST:
            await _too_large(scope)(scope, receive, send)
            return
        try:
            await self._app(scope, _counted(receive), send)
        except _TooLarge:
            await _too_large(scope)(scope, receive, send)


def _too_large(scope: Scope) -> Response:
    return refused(HTTPConnection(scope), 413, "too_large", most=f"{LARGEST:,}")


class _TooLarge(Exception):  # it never leaves this module
    """A body grew larger than it was announced to be."""


def _counted(receive: Receive) -> Receive:
    read = 0

    async def receive_counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > LARGEST:
            raise _TooLarge
        return message

    return receive_counted


def address(scope: Scope) -> str:
    """Where a request comes from."""
    return str((scope.get("client") or ("unknown", 0))[0])
