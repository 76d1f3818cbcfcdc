"""What a model can read of a text: its script, and only whole characters."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from itertools import groupby

_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]")
_WORD = re.compile(r"[^\W\d_]+")
_CLASSES = {
    "cjk": "han",
    "ideographic": "han",
    "hiragana": "kana",
    "katakana": "kana",
    "katakana-hiragana": "kana",
}
_WITHOUT_SPACES = {"han", "kana", "thai", "lao", "khmer", "myanmar"}


def main_script(text: str) -> str:
    """The script of most words ("latin", "han", "cyrillic", ...); "" for a text without letters.

    Scripts that put no spaces between words count two characters as one word, so that a Chinese question
    with an English name in it is Chinese.
    """
    words: Counter[str] = Counter()
    for word in _WORD.findall(unicodedata.normalize("NFKC", text)):
        for script, letters in groupby(word, key=_script):
            words[script] += len(list(letters)) if script in _WITHOUT_SPACES else 2
    return max(words, key=lambda script: (words[script], script)) if words else ""


def reads(scripts: Collection[str], text: str) -> bool:
    """Whether most of `text` is in one of `scripts`; true for a text without letters."""
    script = main_script(text)
    return not script or script in scripts


def whole(text: str) -> str:
    """`text` with each half of a surrogate pair, which no tokenizer takes, as U+FFFD; offsets stay."""
    return _HALF_CHARACTER.sub("\ufffd", text)


@functools.lru_cache(maxsize=8192)
def _script(letter: str) -> str:
    first = unicodedata.name(letter, "unknown").split()[0].lower()
    return _CLASSES.get(first, first)
