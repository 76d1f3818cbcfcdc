"""Words in English and Chinese: the tables of the app's parts, and what all of them say of errors."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, Protocol, get_args, runtime_checkable

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@runtime_checkable
class Sayable(Protocol):
    """A value that has words of its own in each language."""

    def said(self, language: Language) -> str:
        """The words."""


@cache
def table(package: str, language: Language) -> Mapping[str, str]:
    """The words of a package by their keys, as they stand in its `words/<language>.toml`."""
    file = files(package).joinpath("words", f"{language}.toml")
    words: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))
    return words


def say(language: Language, key: str, values: Mapping[str, object], *, package: str = "apps.chat") -> str:
    """The words of a package, or those of errors, with their values. Raises `KeyError` for unknown words."""
    own = table(package, language)
    words = own[key] if key in own else table("apps.chat", language)[key]
    return words.format(**{name: _said(value, language) for name, value in values.items()})


def _said(value: object, language: Language) -> object:
    return value.said(language) if isinstance(value, Sayable) else value
