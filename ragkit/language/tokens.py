"""Tokens: words in an alphabet with their joints, and runs of scripts written without spaces."""

from __future__ import annotations

import re
import unicodedata

# Scripts written without spaces: Thai to Khmer, Hangul, kana, Han. Their runs become uni- and bigrams.
_UNSPACED = (
    r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u1049\u1780-\u17d3"
    r"\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7fb"
    r"\u3005-\u3007\u3041-\u3096\u3099\u309a\u309d-\u30fa\u30fc-\u312f\u31f0-\u31ff"
    r"\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003fffd"
)
# Marks belong to the letter before them, but `\w` does not match them.
_MARKS = (
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09d7\u0a01-\u0a51\u0a81-\u0acd"
    r"\u0b01-\u0b57\u0b82-\u0bcd\u0c00-\u0c56\u0c81-\u0cd6\u0d00-\u0d57\u0d81-\u0ddf"
)
_LETTER = rf"(?:[^\W_{_UNSPACED}][{_MARKS}]*+)"
_JOINER = r"(?:[-._&'\u2019]|(?<=\d)[,:](?=\d))"
# The bounds keep a megabyte without spaces from becoming one term.
TOKEN = re.compile(
    rf"{_LETTER}{{1,64}}+(?:{_JOINER}{_LETTER}{{1,64}}+){{0,8}}+(?:\+\+|\#(?!\w))?|[{_UNSPACED}]{{1,64}}+"
)
"""A token of a folded text."""
PIECE = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
"""A word of a folded text, or one character of a script without spaces."""
_ASCII_TOKEN = re.compile(rf"[a-z0-9]{{1,64}}+(?:{_JOINER}[a-z0-9]{{1,64}}+){{0,8}}+(?:\+\+|#(?!\w))?")
_FIRST_UNSPACED = re.compile(f"[{_UNSPACED}]")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200c\u200d"))  # soft hyphens and joins


def tokens(text: str) -> list[str]:
    """The tokens of `text` in order, in NFKC and case-folded."""
    if text.isascii():
        return _ASCII_TOKEN.findall(text.lower())
    return TOKEN.findall(folded(text))


def folded(text: str) -> str:
    """`text` in NFKC, case-folded, without invisible characters."""
    visible = text.translate(_INVISIBLE)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())


def is_unspaced(token: str) -> bool:
    """Whether a token is a run of a script that is written without spaces."""
    return bool(_FIRST_UNSPACED.match(token))
