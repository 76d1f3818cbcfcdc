"""What the app says no to. Its words stand in `words/`, in every language of the interface."""

from __future__ import annotations

from dataclasses import dataclass

from apps.chat.words import Language, say
from ragkit import RagkitError


class AppError(RagkitError):
    """Something that the app cannot or may not do; `str` of it is the English sentence."""

    def __init__(self, key: str, **values: object) -> None:
        """`key` names the words, `values` stand in them. Raises `KeyError` for words that are not there."""
        super().__init__(say("en", key, values))
        self._key = key
        self._values = values

    def said(self, language: Language) -> str:
        """The sentence for people."""
        return say(language, self._key, self._values)


class NotFound(AppError):
    """There is no such thing, or not for this person: which of the two is not told."""


class NotAllowed(AppError):
    """The person may see it, and may not change it."""


class TooMuch(AppError):
    """A limit of size, number or rate."""


class NotReadable(AppError):
    """A file that is refused for what it is."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words within the words of an error."""

    key: str

    def said(self, language: Language) -> str:
        """The words."""
        return say(language, self.key, {})
