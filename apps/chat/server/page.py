"""Gradio's page as this app sends it: in its language, with the app's style, with nothing from elsewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apps.chat.server.headers import page_policy
from apps.chat.server.words import language_cookie
from apps.chat.ui import HEAD
from apps.chat.ui.words import Language

_TAGS: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}
_ELSEWHERE = re.compile(
    r"<(?:meta|link)\b[^>]*(?:https?:)?//[^>]*>\s*|<link\s+rel=\"manifest\"[^>]*>\s*", re.I
)
_ADVERTISING = re.compile(r"<meta\s+(?:property=\"og:|name=\"twitter:)[^>]*>\s*", re.I)
_INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.I | re.S)
_ICON = '<link rel="icon" href="/favicon.ico">'


def own_page(app: ASGIApp, language: Language) -> ASGIApp:
    """`app`, whose page is changed on its way."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        parts: list[bytes] = []
        start: Message = {}

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    await _send_page(start, b"".join(parts), language, send)

        scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await app(scope, receive, collect)

    return changed


async def _send_page(start: Message, body: bytes, language: Language, send: Send) -> None:
    text = rewritten(body.decode("utf-8"), language)
    encoded = text.encode()
    headers = MutableHeaders(scope=start)
    headers["Content-Length"] = str(len(encoded))
    headers["Content-Language"] = _TAGS[language]
    headers["Content-Security-Policy"] = page_policy(script_hashes(text))
    headers.append("Set-Cookie", language_cookie(language))
    await send(start)
    await send({"type": "http.response.body", "body": encoded})


def rewritten(html: str, language: Language) -> str:
    """The page without links to other sites, with its language and the app's own files."""
    head, closing, rest = html.partition("</head>")
    # what stands within the scripts is JSON of the interface, which holds no such tag unescaped
    kept = _ADVERTISING.sub("", _ELSEWHERE.sub("", head))
    named = re.sub(r"(<html\b[^>]*?\blang=)\"[^\"]*\"", rf'\1"{_TAGS[language]}"', kept, count=1, flags=re.S)
    return named + HEAD + _ICON + closing + rest


def script_hashes(html: str) -> list[str]:
    """The SHA-256 of every inline script, in base64."""
    return [b64encode(sha256(script.encode()).digest()).decode() for script in _INLINE.findall(html)]
