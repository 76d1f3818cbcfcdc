"""What the training of an embedder or a reranker will cost, once its model is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from ragkit.tuning.estimate.encoders import encoder_plan
from ragkit.tuning.pairs.sources import Material
from ragkit.tuning.retrieval.recipe import Recipe
from ragkit.tuning.runs.costs import Costs, checkpoint_bytes, free_hardware
from ragkit.tuning.runs.encoder_costs import encoder_costs

_LOOKED_AT, _LONGEST = 2_000, 20  # texts whose tokens are counted: of all, and of those of most characters
_BESIDE = {"embedder": 0.4e9, "reranker": 0.65e9}
"""Bytes of the chain that finds wrong passages, and of writing a reranker as ONNX.

Fitted by `python -m benchmarks fit-tuning-costs`.
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

    A graphics card is counted with activations of 32 bits, which is too much where it computes with 16.
    Raises `UnknownShape` where the model's settings do not say its shape.
    """
    asked = [one.question for some in materials for one in some.asked]
    window = getattr(model, "max_seq_length", None) if kind == "embedder" else None
    longest = min(recipe.longest, window or recipe.longest)
    question = _lengths(model.tokenizer, asked, longest)
    passage = _lengths(model.tokenizer, [one.text for one in materials], longest)
    count = min(recipe.questions, len(asked)) * recipe.epochs
    wrong = 1 + recipe.negatives
    if kind == "embedder":
        read = [(count, question.mean), (count * wrong, passage.mean)]
        texts = [(recipe.batch, question.longest), (recipe.batch * wrong, passage.longest)]
    else:
        pair = min(longest, question.longest + passage.longest + _MARKS)
        read = [(count * wrong, min(pair, question.mean + passage.mean + _MARKS))]
        texts = [(recipe.batch, pair)]
    hardware = free_hardware()
    config = getattr(getattr(model[0], "model", None), "config", None)  # before what pools or judges
    eager = getattr(config, "_attn_implementation", "") == "eager"
    plan = encoder_plan(
        model, config, texts, accumulation=recipe.accumulate,
        attention="eager" if eager else "sdpa", on_cpu=hardware.is_cpu, held=_BESIDE[kind],
    )  # fmt: skip
    return encoder_costs(
        plan, read, hardware, threads=threads, batch=recipe.batch, accumulate=recipe.accumulate,
        disk=checkpoint_bytes(plan.learnt) + _FILES * plan.parameters,
    )  # fmt: skip


def _lengths(tokenizer: Any, texts: Sequence[str], longest: int) -> _Lengths:
    """Of some of the texts, evenly chosen; the longest one is among those of most characters, too."""

    def counts(some: Sequence[str]) -> list[int]:
        return [len(ids) for ids in tokenizer(list(some), truncation=True, max_length=longest)["input_ids"]]

    some = counts(texts[:: max(1, len(texts) // _LOOKED_AT)])
    return _Lengths(max(some + counts(sorted(texts, key=len)[-_LONGEST:])), fmean(some))
