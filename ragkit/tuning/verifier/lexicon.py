"""The words that may stand for each other, and those that say the opposite."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from random import Random
from typing import Literal

Kind = Literal["same", "opposite"]
Language = Literal["english", "chinese"]


def exchanged(text: str, language: Language, kind: Kind, *, most: int, chance: Random) -> str:
    """The text with up to `most` words exchanged; "" where it holds none of them."""
    words, pattern = _table(language, kind)
    found = list(pattern.finditer(text))
    for one in sorted(chance.sample(found, min(most, len(found))), key=lambda one: -one.start()):
        text = text[: one.start()] + words[one.group()] + text[one.end() :]
    return text if found else ""


@cache
def _table(language: Language, kind: Kind) -> tuple[dict[str, str], re.Pattern[str]]:
    text = resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8")
    pairs = [pair.split(":") for pair in re.split(r"[|\n]", tomllib.loads(text)[language][kind]) if pair]
    words = {pair[0]: pair[1] for pair in reversed(pairs)}
    if kind == "opposite":
        words = {b: a for a, b in reversed(pairs)} | words
    longest = sorted(words, key=len, reverse=True)
    either = "|".join(map(re.escape, longest))
    return words, re.compile(either if language == "chinese" else rf"(?<!\w)(?:{either})(?!\w)")
