"""What the server itself says, in English and Chinese."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from apps.chat import words
from apps.chat.words import LANGUAGES, Language

COOKIE = "language"
_REMEMBERED = 365 * 24 * 3600


def say(language: Language, key: str, **values: object) -> str:
    """The words for `key` with their values. Raises `KeyError` for words that are not there."""
    return words.say(language, key, values, package="apps.chat.server")


def language_of(request: HTTPConnection) -> Language:
    """The language that somebody chose before, else the first of their browser's that there is."""
    chosen = request.query_params.get(COOKIE) or request.cookies.get(COOKIE, "")
    wanted = request.headers.get("accept-language", "").lower().split(",")
    ranked = sorted(wanted, key=_weight, reverse=True)
    known = [chosen, *(tag.strip()[:2] for tag in ranked)]
    return next((language for tag in known for language in LANGUAGES if language == tag), "en")


def language_cookie(language: Language) -> str:
    """The header by which a browser remembers the language of the page that it showed last."""
    return f"{COOKIE}={language}; Max-Age={_REMEMBERED}; Path=/; SameSite=Lax"


def _weight(tag: str) -> float:
    try:
        return float(tag.partition(";q=")[2] or 1)
    except ValueError:
        return 0.0
