"""Puts the parts together: what lies in memory at once when the most does."""

from __future__ import annotations

from dataclasses import dataclass

from ragkit.tuning.estimate import activations, weights
from ragkit.tuning.estimate.cpu import LIBRARIES, gap_bytes
from ragkit.tuning.estimate.plan import Plan

GPU_OVERHEAD = 1e9
_LAST = "the last layer's gradients"
_FIRST = "the first layer's gradients"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one kind of tensors takes on one device at the peak: bytes, the formula, and where it is from."""

    name: str
    bytes: float
    formula: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What is in memory at the moment of the peak, besides what always is; bytes."""

    moment: str
    gradients: float
    activations: float
    logits: float
    passing: float

    @property
    def bytes(self) -> float:
        """All of it."""
        return self.gradients + self.activations + self.logits + self.passing


def peak(plan: Plan) -> Live:
    """The moment at which the most is in memory: the loss, both ends of the backward pass, or the step."""
    return max(_moments(plan), key=lambda live: live.bytes)


def _moments(plan: Plan) -> list[Live]:
    kept, layer = activations.kept_bytes(plan), activations.layer_bytes(plan)
    logits, passing = activations.logit_bytes(plan), activations.passing_bytes(plan)
    if not plan.trains:
        return [Live(moment="reading the prompt", gradients=0, activations=0, logits=logits, passing=passing)]
    gradients = _shared(plan, weights.gradient_bytes(plan), "zero2")
    already = gradients if plan.accumulates else 0.0
    head = gradients
    if plan.trains_all:
        head = max(already, _shared(plan, weights.head_gradient_bytes(plan), "zero2"))
    anew = layer if plan.checkpointing else 0.0
    step = 2 * weights.largest_bytes(plan) if plan.on_cpu else 0.0
    return [
        Live(moment="the loss", gradients=already, activations=kept, logits=logits, passing=0),
        Live(moment=_LAST, gradients=head, activations=kept + anew, logits=0, passing=passing),
        Live(moment=_FIRST, gradients=gradients, activations=layer, logits=0, passing=passing),
        Live(moment="the optimizer's step", gradients=gradients, activations=0, logits=0, passing=step),
    ]


def parts(plan: Plan) -> list[Part]:
    """Every part of the peak on one device, empty ones left out, in the order in which they are explained."""
    live = peak(plan)
    found = [*_lasting(plan), *_passing(plan, live), _overhead(plan)]
    if plan.on_cpu:
        found.append(_gaps(plan))
    return [part for part in found if part.bytes > 0]


def _lasting(plan: Plan) -> list[Part]:
    kept, held = weights.weight_bytes(plan), weights.device_parameters(plan)
    trained = f"{weights.trained_parameters(plan):,} parameters"
    return [
        Part(
            name="weights",
            bytes=_shared(plan, kept, "zero3"),
            formula=f"{held:,} parameters x {_width_text(plan)}{_division(plan, 'zero3')}",
            source="the model's shape" if plan.bits == 16 else "Dettmers et al. 2023, QLoRA, section 3",
        ),
        Part(
            name="gathered weights",
            bytes=_gathered(plan),
            formula="two layers and a table of the vocabulary, gathered to be used",
            source="Rajbhandari et al. 2020, ZeRO, section 5.3",
        ),
        Part(
            name="16-bit copies",
            bytes=weights.cast_bytes(plan),
            formula="2 bytes a learnt parameter: autocast's copies",
            source="PyTorch, torch.amp",
        ),
        Part(
            name="reference model",
            bytes=_shared(plan, weights.reference_bytes(plan), "zero3"),
            formula=f"a frozen copy of the weights{_division(plan, 'zero3')}",
            source="Rafailov et al. 2023, DPO, equation 7",
        ),
        Part(
            name="master weights",
            bytes=_shared(plan, weights.master_bytes(plan), "zero1"),
            formula=f"{trained} x 4 bytes{_division(plan, 'zero1')}",
            source="Rajbhandari et al. 2020, ZeRO, section 3.1",
        ),
        Part(
            name="optimizer states",
            bytes=_shared(plan, weights.state_bytes(plan), "zero1"),
            formula=f"{trained}, {_STATES[plan.optimizer]}{_division(plan, 'zero1')}",
            source=_STATE_SOURCES[plan.optimizer],
        ),
    ]


_STATES = {
    "adamw": "two moments as wide as the arithmetic",
    "adamw8bit": "two moments of one byte",
    "adafactor": "a row and a column of each matrix x 4 bytes",
    "sgd": "none without momentum",
}
_STATE_SOURCES = {
    "adamw": "Rajbhandari et al. 2020, ZeRO, section 3.1",
    "adamw8bit": "Dettmers et al. 2022, 8-bit optimizers",
    "adafactor": "Shazeer and Stern 2018, Adafactor",
    "sgd": "",
}


def _passing(plan: Plan, live: Live) -> list[Part]:
    shown = f"{plan.tokens:,} tokens"
    learnt = weights.trained_parameters(plan)
    parted = f" / {plan.tensor}" if plan.tensor > 1 else ""
    saved = "the input of each layer, and one layer anew" if plan.checkpointing else "all that layers keep"
    return [
        Part(
            name="gradients",
            bytes=live.gradients,
            formula=f"of {learnt:,} learnt parameters, at {live.moment}{_division(plan, 'zero2')}",
            source="Rajbhandari et al. 2020, ZeRO, section 3.1",
        ),
        Part(
            name="activations",
            bytes=live.activations,
            formula=f"{shown} x {plan.shape.layers} layers, {plan.attention} attention: {saved}",
            source="counted as Korthikanti et al. 2022, section 4",
        ),
        Part(
            name="logits",
            bytes=live.logits,
            formula=(
                f"{shown} x {plan.shape.vocab:,} words x 3 x 4 bytes: log-softmax and two gradients"
                if plan.trains
                else f"{plan.rows} rows x {plan.shape.vocab:,} words x 4 bytes"
            ),
            source="counted on PyTorch's cross entropy",
        ),
        Part(
            name="temporaries",
            bytes=live.passing,
            formula=f"what comes and goes within one layer, at {live.moment}",
            source="counted on transformers' Llama",
        ),
        Part(
            name="KV cache",
            bytes=activations.cache_bytes(plan),
            formula=f"2 x {plan.layers} layers x {shown} x {plan.shape.key} x {plan.width} bytes{parted}",
            source="Kwon et al. 2023, vLLM, section 3",
        ),
    ]


def _overhead(plan: Plan) -> Part:
    if plan.on_cpu:
        note = "Python, PyTorch and transformers themselves"
        return Part(name="overhead", bytes=LIBRARIES, formula=note, source="measured, benchmarks estimate")
    note = "CUDA's context, kernels and cuBLAS's workspace, assumed"
    return Part(name="overhead", bytes=GPU_OVERHEAD, formula=note)


def _gaps(plan: Plan) -> Part:
    return Part(
        name="gaps",
        bytes=gap_bytes(plan),
        formula="what the C library's heap keeps free between tensors of less than 32 MB",
        source="fitted, benchmarks estimate",
    )


_STAGES = ("none", "zero1", "zero2", "zero3")


def _shared(plan: Plan, size: float, stage: str) -> float:
    """What is left on one device of something that is divided from this stage of ZeRO on."""
    return size / plan.copies if _STAGES.index(plan.sharding) >= _STAGES.index(stage) else size


def _division(plan: Plan, stage: str) -> str:
    return f" / {plan.copies}" if _shared(plan, 1.0, stage) < 1 else ""


def _gathered(plan: Plan) -> float:
    """With ZeRO-3 what is in use is whole, but never more than what other devices keep."""
    if plan.sharding != "zero3":
        return 0.0
    whole = weights.weight_bytes(plan)
    return min(weights.working_layer_bytes(plan), whole - whole / plan.copies)


def _width_text(plan: Plan) -> str:
    each = 4 if plan.precision in ("fp32", "amp") else 2
    if plan.trains_all or plan.bits == 16:
        return f"{each} bytes"
    return f"{plan.bits} bits and constants, {each} bytes for what is no matrix of a layer"
