"""What is shown of text that documents hold or models write: nothing that loads, leads away or pretends."""

from __future__ import annotations

import re

from ragkit.generators.passages import as_data

_TAGS = (
    "a|abbr|address|article|aside|b|big|blockquote|body|br|center|code|details|div|em|figure|font|footer|h[1-6]"
    "|head|header|hr|html|i|label|li|main|mark|nav|ol|p|pre|q|s|section|select|small|span|strong|sub|summary"
    "|sup|table|tbody|td|textarea|tfoot|th|thead|tr|u|ul"
)
_HANDLER = r"(?:on[a-z]+|style|src|srcset|href|xlink:href|action|formaction|background|poster)"
_ACTIVE = re.compile(
    r"<(script|style|iframe|object|svg)\b[^<>]*>.*?</\1\s*>"
    r"|</?(?:script|style|iframe|object|svg|img|a|form|input|button|embed|link|meta|base|video|audio|source"
    r"|marquee|blink)\b[^<>]*>"
    rf"|<[a-z][a-z0-9-]*[\s/](?:[^<>]*[\s/\"'])?{_HANDLER}\s*=[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_STYLED = re.compile(rf"<({_TAGS})\s[^<>]*=[^<>]*>(?:((?:(?!<\1\b).)*?)</\1\s*>)?", re.IGNORECASE | re.DOTALL)
_DEFINED = re.compile(
    r"^[ \t>*+-]*\[(?:\\.|[^\[\]\\]){1,300}\]:\s*"
    r"(?:<[^<>\n]*>|[a-z][a-z0-9+.-]*:\S+|\S*/\S*|www\.\S*|\S*\w\.[a-z]{2,}\S*)"
    r"(?:\s+(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*$\n?",
    re.IGNORECASE | re.MULTILINE,
)
_MARK = r"[\[\u3010]\s*\^?\d{1,3}(?:\s*[,\uff0c\u3001;-]\s*\d{1,3})*\s*[\]\u3011]"
_LABEL = r"\[((?:\\.|[^\[\]\\])*+)\]"
_TARGET = r"\((?:\\.|[^()\\]|\((?:\\.|[^()\\])*+\))*+\)"
_MARKUP = re.compile(r"\[/?(?:link|url|img|blink)\b[^\[\]\n]*\]", re.IGNORECASE)
_TAKEN_APART = (
    (_STYLED, r"\2"),
    (_ACTIVE, ""),
    (_DEFINED, ""),
    (re.compile(rf"!{_LABEL}\s?(?:{_TARGET}|\[(?!\s*\^?\d)[^\[\]\n]*\])"), r"\1"),
    (re.compile(rf"({_MARK}){_TARGET}"), r"\1"),
    (re.compile(rf"{_LABEL}{_TARGET}"), r"\1"),
    (re.compile(rf"\]{_TARGET}"), "]"),  # behind a label with brackets in it
    (re.compile(r"\](?=\()"), "] "),
    (re.compile(r"!(?=\[(?!\s*\^?\d))"), "! "),
    (_MARKUP, ""),
)
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|(?:https?|ftp|file|data|javascript|vbscript|mailto):|(?<![\w.])www\."
    r"|(?<![\w:/])//(?=[\w-]+[.:/?#]))[^\s<>\"'\u3000-\u9fff\uff00-\uffef]+",
    re.IGNORECASE,
)
_NOT_CODE = r"(?<!(?<![^\W_])[a-z_])(?<!\])"
MARK = re.compile(rf"(?<!\s)\s+{_MARK}|{_NOT_CODE}{_MARK}|(?<=\d\]){_MARK}", re.IGNORECASE)
"""A mark such as [2], with the space before it; none is seen in `x[2]`."""
_MARKS = rf"{_MARK}(?:\s*{_MARK})*"
_CITED = re.compile(
    rf"(?:(?<![\s=(,\[{{+*/<>-])\s+|^|(?<=[.!?\u2026\u2e80-\u9fff\uf900-\uffef])){_MARKS}"
    rf"|{_NOT_CODE}{_MARKS}(?=[^\S\n]*(?:[.!?;\n\u2026\u3002\uff01\uff1f\uff1b]|$))"
    r"|\u3010\s*\d{1,3}(?:\s*[,\uff0c\u3001;-]\s*\d{1,3})*\s*\u3011",
    re.IGNORECASE,
)
_GONE = "(\u2026)"


def as_shown(quote: str) -> str:
    """A quote without marks of turns, links, active HTML, and marks such as [2], which only we give.

    `a[5]` within a sentence is no mark.
    """
    return _CITED.sub("", without_links(as_data(quote), known=quote)).strip() or _GONE


def without_links(text: str, *, known: str) -> str:
    """The text with links and images as their words alone; web addresses stay where they stand in `known`.

    An address made up by a model could carry away what it read.
    """
    text = _taken_apart(text)
    return _ADDRESS.sub(lambda found: found[0] if found[0].rstrip(".,;:!?)\u2026") in known else _GONE, text)


def _taken_apart(text: str) -> str:
    """The text without links, images and active HTML, also those that others are put together from."""
    while True:
        plain = text
        for pattern, words in _TAKEN_APART:
            plain = pattern.sub(words, plain)
        if plain == text:
            return text
        text = plain
