"""What the server itself says, in English and Chinese."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from starlette.requests import Request

from apps.chat.ui.words import LANGUAGES, Language

COOKIE = "language"
_REMEMBERED = 365 * 24 * 3600


def say(language: Language, key: str, **values: object) -> str:
    """The words for `key` with their values. Raises `KeyError` for words that are not there."""
    return _words(language)[key].format(**values)


def language_of(request: Request) -> Language:
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


@cache
def _words(language: Language) -> dict[str, str]:
    text = files("apps.chat.server").joinpath("words", f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
