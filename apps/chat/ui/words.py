"""The words of the interface, in English and Chinese."""

from __future__ import annotations

from functools import cache

from apps.chat.words import LANGUAGES, Language, say

__all__ = ["LANGUAGES", "Language", "Words", "words"]


class Words:
    """What the interface says in one language; `words("page", number=3)`."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, key: str, **values: object) -> str:
        """The words for `key` with their values. Raises `KeyError` for words that are not there."""
        return say(self.language, key, values, package="apps.chat.ui")

    def named(self, kind: str, name: str) -> str:
        """The words for a name of ragkit's, as of a stage; the name itself where there are none."""
        try:
            return self(f"{kind}_{name}")
        except KeyError:
            return name

    def count(self, key: str, count: int) -> str:
        """The words for one, or for many."""
        return self(f"{key}_one") if count == 1 else self(f"{key}_many", count=count)


@cache
def words(language: Language) -> Words:
    """The words of a language."""
    return Words(language)
