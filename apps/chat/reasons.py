"""Why files are not read, warnings of them, and notices of answers: in ragkit's words, and in others."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from apps.chat.words import Language

NOT_INDEXED = "it could not be indexed: "
"""What the reason of a file begins with whose rest, about this machine, is for administrators."""
SAME_AS = "same content as "
"""What the reason of a ready file begins with; then the name of the other comes."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason or warning in ragkit's words. Those that nobody translated are said as they are."""

    text: str

    def said(self, language: Language) -> str:
        """It in a language."""
        for pattern, words in _patterns(language):
            if found := pattern.fullmatch(self.text):
                return words.format(**found.groupdict())
        return self.text


@cache
def _patterns(language: Language) -> tuple[tuple[re.Pattern[str], str], ...]:
    text = files("apps.chat").joinpath("words", f"reasons.{language}.toml").read_text(encoding="utf-8")
    table: dict[str, str] = tomllib.loads(text)
    return tuple((re.compile(pattern, re.S), words) for pattern, words in table.items())
