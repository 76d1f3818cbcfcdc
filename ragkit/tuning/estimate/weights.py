"""Bytes of weights, gradients and optimizer states on one device, before and after they are shared."""

from __future__ import annotations

from ragkit.tuning.estimate.plan import Plan

# Bits a number of a quantised matrix. NF4: 4, and a float32 constant for 64 of them that is itself quantised
# ("double quantization": 0.127 bits, Dettmers et al. 2023, section 3). int8: a constant for each row.
_QUANTISED = {4: 4.127, 8: 8.02}
_MOMENTS = {"adamw": 2, "adamw8bit": 2, "adafactor": 0, "sgd": 0}


def trained_parameters(plan: Plan) -> int:
    """How many numbers are learnt on one device before sharding: all, or r x (inputs + outputs) a matrix.

    Hu et al. 2021 (arXiv:2106.09685, section 4.2).
    """
    if not plan.trains:
        return 0
    if plan.trains_all:
        return device_parameters(plan)
    sizes = plan.shape.linears
    return -(-plan.layers * plan.rank * sum(sum(sizes[name]) for name in plan.targets) // plan.tensor)


def device_parameters(plan: Plan) -> int:
    """The model's parameters on one device: its stage of the pipeline, its part of each matrix."""
    shape = plan.shape
    ends = shape.embedding * _tables(plan)
    matrices = plan.layers * shape.layer_matrices + ends
    rest = plan.layers * (shape.layer_parameters - shape.layer_matrices) + shape.hidden
    return -(-matrices // plan.tensor) + rest


def _tables(plan: Plan) -> int:
    """Embedding and output layer: both on one device, or one at each end of the pipeline."""
    return 1 if plan.shape.tied or plan.pipeline > 1 else 2


def weight_bytes(plan: Plan) -> float:
    """Bytes of the weights of the model and its adapter, not shared among data-parallel copies."""
    each = 4 if plan.precision in ("fp32", "amp") else 2
    if plan.trains_all:
        return float(each * device_parameters(plan))
    adapter = _adapter_width(plan) * trained_parameters(plan)
    if plan.bits == 16:
        return float(each * device_parameters(plan) + adapter)
    quantised = plan.layers * plan.shape.layer_matrices / plan.tensor
    return quantised * _QUANTISED[plan.bits] / 8 + each * (device_parameters(plan) - quantised) + adapter


def cast_bytes(plan: Plan) -> float:
    """Bytes of the 16-bit copies that autocast keeps of learnt float32 weights during a step."""
    if plan.precision != "amp":
        return 0.0
    embedding = plan.shape.embedding // plan.tensor if plan.trains_all and not plan.shape.tied else 0
    return 2.0 * max(trained_parameters(plan) - embedding, 0)


def reference_bytes(plan: Plan) -> float:
    """Bytes of the reference model of DPO: a frozen copy; with LoRA it is the model without its adapter."""
    return weight_bytes(plan) if plan.method == "dpo" else 0.0


def gradient_bytes(plan: Plan) -> float:
    """Bytes of the gradients: as wide as what is learnt."""
    if plan.trains_all:
        return float((4 if plan.precision in ("fp32", "amp") else 2) * trained_parameters(plan))
    return float(_adapter_width(plan) * trained_parameters(plan))


def master_bytes(plan: Plan) -> float:
    """Bytes of the optimizer's float32 copy of 16-bit weights: 4 a parameter (Rajbhandari et al. 2020)."""
    return 4.0 * trained_parameters(plan) if plan.precision == "mixed" and plan.trains_all else 0.0


def state_bytes(plan: Plan) -> float:
    """Bytes of the optimizer's moments: two for Adam, one byte each in 8 bits (Dettmers et al. 2022).

    Adafactor keeps a row and a column of each matrix (Shazeer and Stern 2018); SGD without momentum nothing.
    """
    count = trained_parameters(plan)
    if plan.optimizer == "adafactor":
        return 4.0 * _rows_and_columns(plan)
    width = 4 if plan.precision != "bf16" else 2
    if plan.optimizer == "adamw8bit":
        width = 1
    return float(_MOMENTS[plan.optimizer] * width * count)


def largest_bytes(plan: Plan) -> float:
    """Bytes of the largest learnt tensor in float32."""
    if not plan.trains:
        return 0.0
    sizes = plan.shape.linears
    if plan.trains_all:
        biggest = max(plan.shape.embedding, *(inputs * outputs for inputs, outputs in sizes.values()))
        return 4.0 * biggest / plan.tensor
    return 4.0 * plan.rank * max(max(sizes[name]) for name in plan.targets)


def head_gradient_bytes(plan: Plan) -> float:
    """Bytes of the gradient of the output layer, which is there first."""
    return (4.0 if plan.precision in ("fp32", "amp") else 2.0) * plan.shape.embedding / plan.tensor


def working_layer_bytes(plan: Plan) -> float:
    """Bytes of what ZeRO-3 gathers at once: a layer, the next one, and a table of the vocabulary."""
    each = weight_bytes(plan) / device_parameters(plan)
    return each * (2 * plan.shape.layer_parameters + plan.shape.embedding) / plan.tensor


def _adapter_width(plan: Plan) -> int:
    return 2 if plan.precision == "bf16" else 4


def _rows_and_columns(plan: Plan) -> int:
    sizes = plan.shape.linears
    if plan.trains_all:
        tables = _tables(plan) * (plan.shape.vocab + plan.shape.hidden)
        return plan.layers * sum(map(sum, sizes.values())) + tables
    return plan.layers * sum(sum(sizes[name]) + 2 * plan.rank for name in plan.targets)
