"""Several pairs in one sequence: none sees another, and those about the same passages share them.

A sequence is parts: a beginning, and branches that see it and themselves. Positions go on from the beginning
in every branch, so that each is read as if it stood alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from ragkit.models.chat import same_beginning
from ragkit.tuning.llm.encoding import Encoded

IGNORED = -100  # labels of tokens that are read, not learnt


@dataclass(slots=True)
class Packed:
    """A sequence: tokens with labels and positions, the `part` of each, and the part before it (`under`)."""

    ids: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    part: list[int] = field(default_factory=list)
    under: list[int] = field(default_factory=list)
    parts: int = 0

    def add(
        self, prompt: Sequence[int], reply: Sequence[int] = (), *, start: int = 0, under: int = -1
    ) -> int:
        """Adds a part whose first token has the position `start`; its number."""
        number, length = self.parts, len(prompt) + len(reply)
        self.ids += [*prompt, *reply]
        self.labels += [IGNORED] * len(prompt) + list(reply)
        self.positions += range(start, start + length)
        self.part += [number] * length
        self.under += [number if under < 0 else under] * length
        self.parts += 1
        return number

    def row(self) -> dict[str, list[int]]:
        """As a row of a data set."""
        return {
            "input_ids": self.ids, "labels": self.labels, "position_ids": self.positions,
            "part": self.part, "under": self.under,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Block:
    """Pairs with the same beginning."""

    beginning: tuple[int, ...]
    pairs: tuple[Encoded, ...]

    @property
    def length(self) -> int:
        shared = len(self.beginning)
        return shared + sum(one.length - shared for one in self.pairs)


def pack(encoded: Sequence[Encoded], *, longest: int, together: bool = True) -> list[Packed]:
    """Sequences of at most `longest` tokens; pairs that are longer alone are left out.

    Not `together`, every pair stands alone. Pairs that follow each other with the same context share it.
    """
    fitting = [one for one in encoded if one.length <= longest]
    sequences: list[Packed] = []
    for block in _blocks(fitting, longest) if together else (_Block((), (one,)) for one in fitting):
        if not sequences or not together or len(sequences[-1].ids) + block.length > longest:
            sequences.append(Packed())
        _add(sequences[-1], block)
    return sequences


def _blocks(encoded: Sequence[Encoded], longest: int) -> Iterator[_Block]:
    for _, group in groupby(encoded, key=lambda one: one.context):
        some: list[Encoded] = []
        for one in group:
            if some and _block([*some, one]).length > longest:
                yield _block(some)
                some = []
            some.append(one)
        yield _block(some)


def _block(pairs: Sequence[Encoded]) -> _Block:
    """Of a single pair nothing is shared; of each at least the last token of the prompt is its own."""
    if len(pairs) == 1:
        return _Block((), tuple(pairs))
    first = pairs[0].prompt
    shared = min(min(same_beginning(first, one.prompt), len(one.prompt) - 1) for one in pairs)
    return _Block(first[:shared], tuple(pairs))


def _add(packed: Packed, block: _Block) -> None:
    shared = len(block.beginning)
    under = packed.add(block.beginning) if shared else -1
    for one in block.pairs:
        packed.add(one.prompt[shared:], one.reply, start=shared, under=under)


class Collator:
    """Rows as tensors, the shorter ones filled up, with who sees whom as (rows, 1, tokens, tokens)."""

    def __init__(self, filler: int) -> None:
        self._filler = filler

    def __call__(self, rows: Sequence[dict[str, list[int]]]) -> dict[str, Any]:
        """The inputs of a model, with labels."""
        import torch

        longest = max(len(row["input_ids"]) for row in rows)

        def filled(name: str, filler: int) -> Any:
            return torch.tensor([row[name] + [filler] * (longest - len(row[name])) for row in rows])

        part, under = filled("part", -1), filled("under", -1)  # what fills up sees what fills up
        same = part[:, :, None] == part[:, None, :]
        beginning = under[:, :, None] == part[:, None, :]
        earlier = torch.ones(longest, longest, dtype=torch.bool).tril()
        return {
            "input_ids": filled("input_ids", self._filler),
            "labels": filled("labels", IGNORED),
            "position_ids": filled("position_ids", 0),
            "attention_mask": ((same | beginning) & earlier)[:, None],
        }
