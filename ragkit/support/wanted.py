"""What kind of answer a question wants, and whether a text has one to offer, in English and Chinese."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from ragkit.language import is_cjk
from ragkit.language.chinese import simplified

_CUES = "wanted.toml"
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w'’-]+")


def wanted(query: str) -> str:
    """The kind of answer that the question's own words ask for ("time", ...); "" where they do not tell."""
    text = simplified(query)
    return next((kind for kind, pattern in _cues("asks").items() if pattern.search(text)), "")


def offers(kind: str, query: str, text: str) -> bool:
    """Whether a text holds something of the kind that does not stand in the question already."""
    if not kind:
        return True
    asked, said = simplified(query).lower(), simplified(text)
    pattern = _cues("offers").get(kind) or (_cues("han")[kind] if any(map(is_cjk, query)) else _NAME)
    return any(found.group().lower() not in asked for found in pattern.finditer(said))


@cache
def _cues(part: str) -> Mapping[str, re.Pattern[str]]:
    text = resources.files(__package__).joinpath(_CUES).read_text(encoding="utf-8")
    return {
        kind: re.compile("|".join(cues), re.IGNORECASE) for kind, cues in tomllib.loads(text)[part].items()
    }
