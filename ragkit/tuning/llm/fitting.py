"""What the training of a language model will cost, and what it will read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ragkit.errors import ConfigError
from ragkit.tuning.estimate import Plan, estimate, read_shape
from ragkit.tuning.estimate.plan import Method, Precision
from ragkit.tuning.estimate.shapes import UnknownShape
from ragkit.tuning.estimate.weights import trained_parameters
from ragkit.tuning.llm.recipe import Recipe
from ragkit.tuning.runs.costs import Costs, checkpoint_bytes, free_hardware, rate_of
from ragkit.tuning.runs.precision import Computing, computing
from ragkit.tuning.runs.ranks import processes

Kind = Literal["sft", "dpo"]
_METHODS: Mapping[tuple[Kind, str], Method] = {
    ("sft", "full"): "full",
    ("sft", "lora"): "lora",
    ("sft", "qlora"): "qlora",
    ("dpo", "full"): "dpo",
    ("dpo", "lora"): "dpo-lora",
    ("dpo", "qlora"): "dpo-lora",
}
_PRECISIONS: Mapping[Computing, Precision] = {"float32": "fp32", "bfloat16": "amp", "float16": "amp"}
"""Weights are float32 whatever is computed with."""
_WRITTEN = 4.0  # bytes of each number that learns, at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is to be done: parameters in all and those that learn, sequences and tokens of an epoch, steps."""

    parameters: int
    trainable: int
    sequences: int
    tokens: int
    steps: int


def costs(model: str, recipe: Recipe, kind: Kind, *, tokens: float, threads: int) -> Costs:
    """What a training takes of this machine, counted on the model's shape alone.

    Memory is that which is free now; an adapter on some blocks only takes less than is told. Raises
    `UnknownShape` where the shape is not known.
    """
    try:
        shape = read_shape(model)
    except ConfigError as error:
        raise UnknownShape(str(error)) from error
    hardware = free_hardware()
    plan = Plan(
        shape=shape,
        method=_METHODS[kind, recipe.method],
        bits=4 if recipe.method == "qlora" else 16,
        precision=_PRECISIONS[computing(recipe.precision)],
        sequence=recipe.longest,
        batch=recipe.batch,
        accumulation=recipe.accumulate,
        checkpointing=recipe.recompute,
        rank=recipe.lora.rank,
        hardware=hardware,
        gpus=processes(),
    )
    found = estimate(plan, tflops=rate_of(hardware, threads), tokens=tokens)
    learnt = trained_parameters(plan)
    return Costs(
        parts=found.parts,
        free=hardware.bytes,
        disk=checkpoint_bytes(learnt) + _WRITTEN * learnt,
        seconds=(found.speed.seconds or 0.0) if found.speed else 0.0,
        assumed=found.speed.assumed if found.speed else "",
        would=[f"{options}: {one.text}" for one in found.suggestions if (options := _options(one.options))],
    )


def tell_work(work: Work, told: Callable[[str], None]) -> None:
    """Tells what a training will read and change."""
    told(
        f"{work.trainable:,} of {work.parameters:,} parameters learn "
        f"({100 * work.trainable / max(1, work.parameters):.1f} %)"
    )
    told(f"{work.sequences:,} sequences of {work.tokens:,} tokens, {work.steps:,} steps")


_OWN = {"--accumulation": "--accumulate", "--sequence": "--longest", "--checkpointing": "--recompute"}
_METHOD = {"dpo-lora": "lora"}
_NOT_HERE = ("--optimizer", "--heap", "--gpus", "--bits", "--attention")


def _options(asked: str) -> str:
    """The options of `ragkit estimate` as `ragkit tune` calls them; "" where it has none of that kind."""
    if any(name in asked for name in _NOT_HERE):
        return ""
    words = [_OWN.get(word, _METHOD.get(word, word)) for word in asked.split()]
    return " ".join(words)


def counted(model: Any) -> tuple[int, int]:
    """Parameters in all, and those that learn; weights of four bits count as what they stand for."""
    sizes = [(_size(one), one.requires_grad) for one in model.parameters()]
    return sum(size for size, _ in sizes), sum(size for size, learns in sizes if learns)


def _size(parameter: Any) -> int:
    packed = 2 if type(parameter).__name__ == "Params4bit" else 1
    return int(parameter.numel()) * packed
