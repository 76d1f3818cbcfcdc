"""Retrieved passages as they stand in a prompt: plain data, whole sentences, as many as fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ragkit.language import sentence_spans
from ragkit.types import Chunk, Hit

Count = Callable[[str], int]
"""How many tokens a text has."""

_TURN = re.compile(
    r"<\s*\|[^|<>]{0,60}\|\s*>"  # <|im_end|>
    r"|<\s*\uff5c[^\uff5c<>]{0,60}\uff5c\s*>"
    r"|</?\s*(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|passage|passages|system|user|assistant)\b[^<>]{0,80}>"
    r"|\[\s*/?\s*(?:INST|SYS|AVAILABLE_TOOLS|TOOL_CALLS)\s*\]"
    r"|<<\s*/?\s*SYS\s*>>",
    re.IGNORECASE,
)
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0e\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)


def as_data(text: str) -> str:
    """The text without what a model or a terminal would obey instead of read.

    That is: marks of turns and of the prompt's own parts, control characters, and characters that nobody
    sees or that turn the direction of writing. Taken out until none is left, so that none is put together.
    """
    while True:
        plain = "".join(c for c in _UNSEEN.sub("", text) if c in "\n\t" or unicodedata.category(c) != "Cc")
        plain = _TURN.sub("", plain)
        if plain == text:
            return text
        text = plain


@dataclass(frozen=True, slots=True)
class Numbered:
    """A passage as it is shown to a model, under its number from 1."""

    number: int
    hit: Hit
    text: str


def pack(hits: Sequence[Hit], *, tokens: int, count: Count) -> list[Numbered]:
    """The best passages that have `tokens` together, the best first; of the last one, whole sentences.

    A passage of which not even one sentence fits ends it.
    """
    packed: list[Numbered] = []
    for hit in hits:
        fitting = _fitting(hit.chunk, tokens=tokens, count=count)
        text = as_data(fitting.text).strip()
        if not text:
            break
        packed.append(Numbered(len(packed) + 1, replace(hit, chunk=fitting), text))
        tokens -= count(text)
        if fitting is not hit.chunk:
            break
    return packed


def _fitting(chunk: Chunk, *, tokens: int, count: Count) -> Chunk:
    """The chunk, or its first sentences that have `tokens` at most; empty where the first has more."""
    if count(as_data(chunk.text)) <= tokens:
        return chunk
    end = 0
    for _, sentence_end in sentence_spans(chunk.text):
        if count(as_data(chunk.text[:sentence_end])) > tokens:
            break
        end = sentence_end
    return replace(chunk, end=chunk.start + end, text=chunk.text[:end])
