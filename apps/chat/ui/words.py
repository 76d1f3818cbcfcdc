"""The words of the interface, in English and Chinese."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


class Words:
    """What the interface says in one language; `words("page", number=3)`."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        text = files("apps.chat.ui").joinpath("words", f"{language}.toml").read_text(encoding="utf-8")
        self._words: dict[str, str] = tomllib.loads(text)

    def __call__(self, key: str, **values: object) -> str:
        """The words for `key` with their values. Raises `KeyError` for words that are not there."""
        return self._words[key].format(**values) if values else self._words[key]

    def count(self, key: str, count: int) -> str:
        """The words for one, or for many."""
        return self(f"{key}_one") if count == 1 else self(f"{key}_many", count=count)

    def keys(self) -> set[str]:
        """All that can be said."""
        return set(self._words)


@cache
def words(language: Language) -> Words:
    """The words of a language, read once."""
    return Words(language)
