"""Words as tokens, for models whose own tokenizer gives no offsets."""

from __future__ import annotations

import re

_IDEOGRAPHS = (
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[{_IDEOGRAPHS}]|[^\W{_IDEOGRAPHS}]+|[^\w\s]")
IDEOGRAPH = re.compile(rf"[{_IDEOGRAPHS}]")


def word_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each word, each Chinese, Japanese or Korean character, and each other sign."""
    return [match.span() for match in _TOKEN.finditer(text)]


def cut(text: str, window: int) -> str:
    """`text` up to the end of its token number `window`."""
    for count, match in enumerate(_TOKEN.finditer(text), start=1):
        if count == window:
            return text[: match.end()]
    return text
