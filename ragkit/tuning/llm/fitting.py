"""What a training will cost, told before it begins; one that will not fit is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ragkit.errors import ConfigError
from ragkit.models.cpu import cores
from ragkit.tuning.estimate import GB, Estimate, Hardware, Plan, estimate, probe, read_shape, this_machine
from ragkit.tuning.estimate.plan import Method, Precision
from ragkit.tuning.llm.recipe import Recipe
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is to be done: parameters in all and those that learn, sequences and tokens of an epoch, steps."""

    parameters: int
    trainable: int
    sequences: int
    tokens: int
    steps: int


def check_fits(
    model: str,
    recipe: Recipe,
    kind: Kind,
    *,
    tokens: float,
    threads: int,
    anyway: bool,
    told: Callable[[str], None],
) -> None:
    """Tells what memory and time a training will take, before its model is loaded.

    Memory is that which is free now; an adapter on some blocks only takes less than is told. Raises
    `ConfigError` with what would fit where it does not, unless it shall begin `anyway`.
    """
    try:
        shape = read_shape(model)
    except ConfigError as error:
        told(f"memory is not estimated: {error}")
        return
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
        hardware=_hardware(),
        gpus=processes(),
    )
    rate = probe() * min(1.0, threads / cores()) if plan.on_cpu else 0.0
    found = estimate(plan, tflops=rate, tokens=tokens)
    told(_told(found))
    if not found.fits and not anyway:
        would = "".join(
            f"\n  {options}: {one.text}" for one in found.suggestions if (options := _options(one.options))
        )
        raise ConfigError(
            f"The training would not fit: it takes about {found.bytes / GB:.1f} GB. --anyway begins it "
            f"nevertheless.{f' What would fit:{would}' if would else ''}"
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


def _told(found: Estimate) -> str:
    assert found.plan.hardware is not None
    most = sorted(found.parts, key=lambda part: -part.bytes)[:3]
    parts = ", ".join(f"{part.name} {part.bytes / GB:.1f}" for part in most)
    said = f"memory: about {found.bytes / GB:.1f} GB of {found.plan.hardware.memory:.1f} free ({parts})"
    if found.speed and found.speed.seconds:
        said += f"; time: {found.speed.seconds / 60:.0f} min, if {found.speed.assumed} are reached"
    return said


def _hardware() -> Hardware:
    """The first graphics card with what is free on it, or this processor."""
    import torch

    if not torch.cuda.is_available():
        return this_machine(free=True)
    free, _ = torch.cuda.mem_get_info()
    return Hardware(name=torch.cuda.get_device_name(), memory=free / GB, source="the card, what is free")


def counted(model: Any) -> tuple[int, int]:
    """Parameters in all, and those that learn; weights of four bits count as what they stand for."""
    sizes = [(_size(one), one.requires_grad) for one in model.parameters()]
    return sum(size for size, _ in sizes), sum(size for size, learns in sizes if learns)


def _size(parameter: Any) -> int:
    packed = 2 if type(parameter).__name__ == "Params4bit" else 1
    return int(parameter.numel()) * packed
