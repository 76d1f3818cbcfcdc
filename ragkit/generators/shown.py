"""What is shown of text that documents hold or models write: nothing that loads, leads away or pretends."""

from __future__ import annotations

import re

from ragkit.generators.passages import as_data

_ACTIVE = re.compile(
    r"<(script|style|iframe|object|svg)\b[^<>]*>.*?</\1\s*>"
    r"|</?(?:script|style|iframe|object|svg|img|a|form|input|button|embed|link|meta|base|video|audio|source"
    r"|marquee|blink)\b[^<>]*>"
    r"|<[a-z][a-z0-9-]*\s[^<>]*=[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_IMAGE = re.compile(r"!\[([^\[\]\n]*)\]\s?(?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\[\]\n]*\])")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)")
_MARKUP = re.compile(r"\[/?(?:link|url|img|blink)\b[^\[\]\n]*\]", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?:https?|ftp|file|data|javascript|vbscript):[^\s<>\"'\u3000-\u9fff\uff00-\uffef]+", re.I
)
_CITED = re.compile(r"\s*[\[\u3010]\s*\^?\d{1,3}(?:\s*[,\uff0c\u3001;-]\s*\d{1,3})*\s*[\]\u3011]")
_GONE = "(\u2026)"


def as_shown(quote: str) -> str:
    """A quote without marks of turns, links, active HTML, and marks such as [2], which only we give."""
    return _CITED.sub("", without_links(as_data(quote), known=quote)).strip() or _GONE


def without_links(text: str, *, known: str) -> str:
    """The text with links and images as their words alone; web addresses stay where they stand in `known`.

    An address made up by a model could carry away what it read.
    """
    for pattern, words in ((_ACTIVE, ""), (_IMAGE, r"\1"), (_LINK, r"\1"), (_MARKUP, "")):
        text = pattern.sub(words, text)
    return _ADDRESS.sub(lambda found: found[0] if found[0].rstrip(".,;:!?)\u2026") in known else _GONE, text)
