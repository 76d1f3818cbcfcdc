"""Retrieved passages as they stand in a prompt: plain data under a number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ragkit.language import without_unseen
from ragkit.types import Hit

_TURN = re.compile(
    r"<\s*\|[^|<>]{0,60}\|\s*>"  # <|im_end|>
    r"|<\s*\uff5c[^\uff5c<>]{0,60}\uff5c\s*>"
    r"|</?\s*(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|passage|passages|system|user|assistant)\b[^<>]{0,80}>"
    r"|</?(?:think|tools|tool_calls?|tool_responses?)\b[^<>]{0,80}>"
    r"|\[\s*/?\s*(?:INST|SYS|AVAILABLE_TOOLS|TOOL_CALLS)\s*\]"
    r"|<<\s*/?\s*SYS\s*>>",
    re.IGNORECASE,
)
_GAP = re.compile(r"\n{3,}")


def as_data(text: str) -> str:
    """The text without what a model or a terminal would obey instead of read.

    That is: marks of turns and of the prompt's own parts, control characters, and characters that nobody
    sees or that turn the direction of writing. Taken out until none is left, so that none is put together.
    """
    while True:
        plain = _GAP.sub("\n\n", without_turns(without_unseen(text)))
        if plain == text:
            return text
        text = plain


def without_turns(text: str) -> str:
    """The text without marks of turns and of the prompt's own parts, those at least that it shows now."""
    return _TURN.sub("", text)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A passage as it is shown to a model, under its number from 1."""

    number: int
    hit: Hit
    text: str
