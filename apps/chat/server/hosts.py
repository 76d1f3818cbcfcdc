"""Which names the app answers to, and which pages may call it.

Against other websites in the same browser: neither a name that they point at this machine (DNS rebinding) nor
a request that their pages send (CSRF) gets an answer, also where nobody has to log in.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from apps.chat.server.replies import refused

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SAME = {"same-origin", "none"}


def is_loopback(host: str) -> bool:
    """Whether an address to listen at can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def own_names(host: str, more: tuple[str, ...]) -> frozenset[str]:
    """The names that browsers may call the app by; addresses are always allowed where others can reach it."""
    names = {*_LOOPBACK, host.lower(), *(name.lower() for name in more)}
    return frozenset(names if is_loopback(host) else names | {socket.gethostname().lower()})


class OwnPagesOnly:
    """Refuses requests for other names, and those that pages of other origins send."""

    def __init__(self, app: ASGIApp, *, names: frozenset[str], addresses: bool) -> None:
        self._app = app
        self._names = names
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes what is not refused on."""
        if scope["type"] == "http" and (key := self._refusal(scope)):
            await refused(HTTPConnection(scope), 403, key)(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str:
        """The key of the words that say why not; "" where nothing is refused."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._known(host):
            return "other_name"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return "other_site"
        if headers.get("sec-fetch-site", "none") not in _SAME and not _opens_a_page(scope, headers):
            return "other_site"
        return ""

    def _known(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        return name in self._names or (self._addresses and _is_address(name))


def _opens_a_page(scope: Scope, headers: Headers) -> bool:
    """Whether somebody followed a link, which only shows the page to them."""
    return (
        scope["method"] in {"GET", "HEAD"}
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
