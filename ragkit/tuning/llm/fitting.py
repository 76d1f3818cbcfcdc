"""What a training will cost, told before it begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is to be done: parameters in all and those that learn, sequences and tokens of an epoch, steps."""

    parameters: int
    trainable: int
    sequences: int
    tokens: int
    steps: int


def check_fits(work: Work, told: Callable[[str], None]) -> None:
    """Tells what a training will read and change; the time it takes is known after its first steps.

    The one place that is asked before anything is trained: an estimate of memory belongs here.
    """
    told(
        f"{work.trainable:,} of {work.parameters:,} parameters learn "
        f"({100 * work.trainable / max(1, work.parameters):.1f} %)"
    )
    told(f"{work.sequences:,} sequences of {work.tokens:,} tokens, {work.steps:,} steps")


def counted(model: Any) -> tuple[int, int]:
    """Parameters in all, and those that learn; weights of four bits count as what they stand for."""
    sizes = [(_size(one), one.requires_grad) for one in model.parameters()]
    return sum(size for size, _ in sizes), sum(size for size, learns in sizes if learns)


def _size(parameter: Any) -> int:
    packed = 2 if type(parameter).__name__ == "Params4bit" else 1
    return int(parameter.numel()) * packed
