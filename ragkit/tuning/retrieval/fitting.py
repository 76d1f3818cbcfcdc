"""What the training of an embedder or a reranker will cost, once its model is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any, Literal

from ragkit.tuning.estimate.encoders import EncoderPlan, encoder_parts, encoder_plan, encoder_seconds
from ragkit.tuning.estimate.speed import UTILISATION
from ragkit.tuning.pairs.sources import Material
from ragkit.tuning.retrieval.recipe import Recipe
from ragkit.tuning.runs.costs import Costs, checkpoint_bytes, free_hardware, process_bytes, rate_of

_LOOKED_AT = 2_000  # passages and questions, whose tokens are counted
_BESIDE = {"embedder": 0.4e9, "reranker": 0.65e9}
"""Bytes of the chain that finds wrong passages, and of writing a reranker as ONNX.

Fitted on runs of `python -m benchmarks fit-tuning-costs`.
"""
_MARKS = 3  # of a pair
_FILES = 2 * 4.0  # bytes a number: the model that is unpacked, and the one that is written


@dataclass(frozen=True, slots=True)
class _Lengths:
    """Tokens of the longest text and of most, as they are read."""

    longest: int
    mean: float


def costs(
    model: Any,
    materials: Sequence[Material],
    recipe: Recipe,
    kind: Literal["embedder", "reranker"],
    *,
    threads: int,
) -> Costs:
    """What learning from the materials takes of this machine; searching comes beside it.

    Raises `ConfigError` where the model's settings do not say its shape.
    """
    asked = [one.question for some in materials for one in some.asked]
    question = _lengths(model.tokenizer, asked, recipe.longest)
    passage = _lengths(model.tokenizer, [one.text for one in materials], recipe.longest)
    count = min(recipe.questions, len(asked)) * recipe.epochs
    wrong = 1 + recipe.negatives
    if kind == "embedder":
        read = [(count, question.mean), (count * wrong, passage.mean)]
        texts = [(recipe.batch, question.longest), (recipe.batch * wrong, passage.longest)]
    else:
        pair = min(recipe.longest, question.longest + passage.longest + _MARKS)
        read = [(count * wrong, min(pair, question.mean + passage.mean + _MARKS))]
        texts = [(recipe.batch, pair)]
    hardware = free_hardware()
    config = model[0].model.config  # of the encoder, before what pools or judges
    plan = encoder_plan(
        model,
        config,
        texts,
        accumulation=recipe.accumulate,
        attention="eager" if config._attn_implementation == "eager" else "sdpa",
        on_cpu=hardware.is_cpu,
    )
    here = process_bytes() if plan.on_cpu else 0.0
    plan = replace(plan, held=max(0.0, here - 4.0 * plan.parameters) + _BESIDE[kind])
    free = hardware.bytes + here
    rate = rate_of(hardware, threads)
    return Costs(
        parts=encoder_parts(plan),
        free=free,
        disk=checkpoint_bytes(plan.learnt) + _FILES * plan.parameters,
        seconds=encoder_seconds(plan, read, tflops=rate) if rate else 0.0,
        assumed=f"{100 * UTILISATION:.0f} % of {rate:.3g} TFLOP/s",
        would=_would(plan, recipe, free),
    )


def _lengths(tokenizer: Any, texts: Sequence[str], longest: int) -> _Lengths:
    """Of some of the texts, evenly chosen."""
    step = max(1, len(texts) // _LOOKED_AT)
    read = tokenizer(list(texts[::step]), truncation=True, max_length=longest)["input_ids"]
    counts = list(map(len, read)) or [1]
    return _Lengths(max(counts), fmean(counts))


def _would(plan: EncoderPlan, recipe: Recipe, free: float) -> list[str]:
    """The largest batch that fits, with as many rows a step; nothing where none does."""
    batch = recipe.batch
    while batch > 1:
        batch //= 2
        passes = -(-recipe.batch * recipe.accumulate // batch)
        texts = [(max(1, rows * batch // recipe.batch), tokens) for rows, tokens in plan.texts]
        smaller = replace(plan, texts=texts, accumulation=passes)
        if (size := sum(part.bytes for part in encoder_parts(smaller))) <= free:
            return [f"--batch {batch} --accumulate {passes}: {size / 1e9:.1f} GB"]
    return []
