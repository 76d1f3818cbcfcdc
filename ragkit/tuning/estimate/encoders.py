"""What tuning an encoder in the manner of BERT takes: an embedder, a reranker, the verifier's network.

Counted tensor by tensor as transformers and PyTorch run it on float32, like `activations` for decoders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ragkit.tuning.estimate.cpu import LIBRARIES
from ragkit.tuning.estimate.memory import GPU_OVERHEAD, Part
from ragkit.tuning.estimate.shapes import UnknownShape
from ragkit.tuning.estimate.speed import UTILISATION

_MOMENTS, _FLOAT = 8.0, 4.0  # bytes a number of AdamW's two moments, and of anything else
_SHAPE = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
_GAPS = 0.18  # of what layers keep; fitted by `python -m benchmarks fit-tuning-costs`


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderPlan:
    """A step reads `texts`: so many rows, of so many tokens each. `held` bytes are libraries and data.

    `gaps` is a share of what layers keep: so much the heap leaves free between tensors.

    `largest` counts the numbers of the largest tensor that learns, `multiplied` those of all matrices.
    """

    parameters: int
    learnt: int
    largest: int
    layers: int
    hidden: int
    heads: int
    intermediate: int
    multiplied: int
    texts: Sequence[tuple[int, int]]
    accumulation: int = 1
    attention: Literal["sdpa", "eager"] = "sdpa"
    dropout: bool = True
    on_cpu: bool = True
    held: float = LIBRARIES
    gaps: float = _GAPS

    @property
    def tokens(self) -> int:
        """Tokens in memory at once."""
        return sum(rows * tokens for rows, tokens in self.texts)

    @property
    def pairs(self) -> int:
        """Pairs of tokens of one text, which attention weighs."""
        return sum(rows * tokens**2 for rows, tokens in self.texts)


def encoder_plan(model: Any, config: Any, texts: Sequence[tuple[int, int]], **settings: Any) -> EncoderPlan:
    """The plan for a loaded model with the settings of its encoder, those of transformers.

    Raises `UnknownShape` where they do not say what an encoder's do.
    """
    if lacking := [name for name in _SHAPE if not isinstance(getattr(config, name, None), int)]:
        raise UnknownShape(f"the model's settings say no {', '.join(lacking)}")
    layers, hidden, heads, intermediate = (int(getattr(config, name)) for name in _SHAPE)
    sizes = [(one.numel(), one.requires_grad) for one in model.parameters()]
    return EncoderPlan(
        parameters=sum(size for size, _ in sizes),
        learnt=sum(size for size, learns in sizes if learns),
        largest=max(size for size, learns in sizes if learns),
        layers=layers,
        hidden=hidden,
        heads=heads,
        intermediate=intermediate,
        multiplied=layers * (4 * hidden**2 + 2 * hidden * intermediate),
        texts=texts,
        **settings,
    )


def encoder_parts(plan: EncoderPlan) -> list[Part]:
    """Every part of the peak: when the loss is known, or when the optimizer steps, whichever takes more."""
    kept = plan.layers * layer_bytes(plan)
    gradients = _FLOAT * plan.learnt
    passing = _FLOAT * plan.tokens * (2 * plan.intermediate + 2 * plan.hidden)
    before = gradients if plan.accumulation > 1 else 0.0
    step = 2 * _FLOAT * plan.largest
    at_loss = before + kept + passing > gradients + step
    found = [
        Part(
            name="weights",
            bytes=_FLOAT * plan.parameters,
            formula=f"{plan.parameters:,} parameters x 4 bytes",
        ),
        Part(
            name="optimizer states",
            bytes=_MOMENTS * plan.learnt,
            formula=f"{plan.learnt:,} learnt parameters x 8 bytes",
            source="Rajbhandari et al. 2020, ZeRO, section 3.1",
        ),
        Part(
            name="gradients",
            bytes=before if at_loss else gradients,
            formula=f"{plan.learnt:,} learnt parameters x 4 bytes",
        ),
        Part(
            name="activations",
            bytes=kept if at_loss else 0.0,
            formula=f"{plan.tokens:,} tokens x {plan.layers} layers, {plan.attention} attention",
            source="counted as Korthikanti et al. 2022, section 4",
        ),
        Part(name="temporaries", bytes=passing if at_loss else step, formula="what comes and goes"),
    ]
    if plan.on_cpu:
        found += [
            Part(
                name="libraries and data",
                bytes=plan.held,
                formula="what this process holds without the model",
            ),
            Part(
                name="gaps",
                bytes=plan.gaps * kept,
                formula="what the C library's heap keeps free between tensors of less than 32 MB",
                source="fitted, benchmarks fit-tuning-costs",
            ),
        ]
    else:
        found.append(Part(name="overhead", bytes=GPU_OVERHEAD, formula="CUDA's context and kernels, assumed"))
    return [part for part in found if part.bytes > 0]


def smaller(plan: EncoderPlan, batch: int, accumulate: int, most: float) -> tuple[EncoderPlan, int] | None:
    """The plan with the largest half, quarter, ... of the batch that `most` bytes hold, and that batch.

    `accumulate` of 1 or more: so many batches of a step were asked for, and as many rows shall be read; 0: a
    step is one batch. None where nothing fits.
    """
    part = batch
    while part > 1:
        part //= 2
        passes = -(-batch * accumulate // part) if accumulate else 1
        texts = [(max(1, rows * part // batch), tokens) for rows, tokens in plan.texts]
        made = replace(plan, texts=texts, accumulation=passes)
        if sum(one.bytes for one in encoder_parts(made)) <= most:
            return made, part
    return None


def layer_bytes(plan: EncoderPlan) -> float:
    """Bytes that one layer keeps for the backward pass of all texts of a step.

    Of each token: the layer's input, queries, keys, values, what attention gives, the inputs and the output
    of the norms, the intermediate before and after GELU, and what dropout multiplied by. Of each pair of
    tokens of a text and each head: the attention weights, and dropout's factors and product; fused
    attention, which knows no dropout on a processor, keeps none but another output.
    """
    fused = plan.attention == "sdpa" and not (plan.dropout and plan.on_cpu)
    wide = 8 + (2 if plan.dropout else 0) + (1 if fused else 0)
    token = wide * plan.hidden + 2 * plan.intermediate + (plan.heads if fused else 0)
    each = 0 if fused else 3 if plan.dropout else 1
    return _FLOAT * (plan.tokens * token + each * plan.heads * plan.pairs)


def encoder_seconds(
    plan: EncoderPlan,
    texts: Iterable[tuple[float, float]],
    *,
    tflops: float,
    utilisation: float = UTILISATION,
) -> float:
    """The seconds of reading `texts` (how many, of how many tokens), forward and backward.

    6 N a token and 12 x layers x width x tokens for attention (Kaplan et al. 2020, section 2.1).
    """
    operations = sum(
        rows * tokens * (6.0 * plan.multiplied + 12.0 * plan.layers * plan.hidden * tokens)
        for rows, tokens in texts
    )
    return operations / (tflops * 1e12 * utilisation)
