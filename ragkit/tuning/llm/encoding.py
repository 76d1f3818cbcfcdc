"""Pairs as tokens: those that the chain's writer reads and would write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.models.causal.writer import TextWriter
from ragkit.tuning.pairs.rows import Pair


@dataclass(frozen=True, slots=True)
class Encoded:
    """The tokens of a prompt and of its reply; those with the same `context` begin alike."""

    context: tuple[str, ...]
    prompt: tuple[int, ...]
    reply: tuple[int, ...]

    @property
    def length(self) -> int:
        """Tokens in all."""
        return len(self.prompt) + len(self.reply)


@dataclass(frozen=True, slots=True)
class Preference:
    """The tokens of a prompt, of the better reply and of the worse one."""

    prompt: tuple[int, ...]
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]


def encode(pairs: Sequence[Pair], writer: TextWriter) -> list[Encoded]:
    """Every pair; those about the same passages beside each other, in the order of the first of them."""
    contexts: dict[tuple[str, ...], list[Encoded]] = {}
    for pair in pairs:
        context = tuple(one.id for one in pair.passages)
        encoded = Encoded(context, tuple(writer.read_ids(pair.messages)), tuple(writer.reply_ids(pair.reply)))
        contexts.setdefault(context, []).append(encoded)
    return [one for some in contexts.values() for one in some]


def encode_preferences(pairs: Sequence[Pair], writer: TextWriter) -> list[Preference]:
    """The pairs that have a worse reply."""
    return [
        Preference(
            tuple(writer.read_ids(pair.messages)),
            tuple(writer.reply_ids(pair.reply)),
            tuple(writer.reply_ids(pair.rejected)),
        )
        for pair in pairs
        if pair.rejected
    ]
