"""What every response tells the browser: obey nothing but this app."""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STRICT = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""The policy of all that is not a page of the interface: no script at all."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_DROPPED = ("server", "access-control-allow-origin", "access-control-allow-credentials")


def page_policy(scripts: list[str]) -> str:
    """The policy of a page of the interface, which may run its files and the inline scripts of these hashes.

    Gradio compiles the JavaScript of event handlers and styles its parts inline.
    """
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self' 'unsafe-eval'", *(f"'sha256-{script}'" for script in scripts))),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


_NAMED_BY_CONTENT = re.compile(r"/(en|zh)/assets/.*")
_STATIC = re.compile(r"/static/.*|/(en|zh)/static/.*")


class SecurityHeaders:
    """Adds the headers; a response that has a policy of its own keeps it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes every request on."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(MutableHeaders(scope=message), scope, message["status"])
            await send(message)

        await self._app(scope, receive, with_headers)


def _complete(headers: MutableHeaders, scope: Scope, status: int) -> None:
    for name in _DROPPED:
        del headers[name]
    for name, value in _HEADERS.items():
        headers[name] = value
    headers.setdefault("Content-Security-Policy", STRICT)
    headers.setdefault("Cache-Control", _kept(scope["path"]) if status in {200, 304} else "no-store")
    if scope.get("scheme") == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000"


def _kept(path: str) -> str:
    """For how long a browser may keep an answer; what people see of documents it may not."""
    if _NAMED_BY_CONTENT.fullmatch(path):
        return "public, max-age=31536000, immutable"
    return "public, no-cache" if _STATIC.fullmatch(path) else "no-store"
