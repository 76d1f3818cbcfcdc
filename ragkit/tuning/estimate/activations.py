"""Bytes of what a forward pass keeps for the backward pass.

Counted tensor by tensor for the Llama block as transformers and PyTorch run it, in the manner of Korthikanti
et al. 2022 (arXiv:2205.05198, section 4), whose 34 s b h bytes are those of a GPT block. What lies beside the
matrices of a layer is divided by tensor parallelism; the inputs of its norms are not (their equation 2).
"""

from __future__ import annotations

from ragkit.tuning.estimate.plan import Plan

_FLASH_STATISTIC = 4  # bytes a head: the logarithm of the softmax's sum, Dao et al. 2022
_INPUTS = {
    "q_proj": "hidden", "k_proj": "hidden", "v_proj": "hidden", "o_proj": "query",
    "gate_proj": "hidden", "up_proj": "hidden", "down_proj": "intermediate",
}  # fmt: skip


def layer_bytes(plan: Plan) -> float:
    """Bytes that one layer keeps for all tokens of a batch on one device."""
    token = 2 * _norm(plan) + (_attention(plan) + _mlp(plan) + _adapters(plan)) / plan.tensor
    return plan.tokens * token


def kept_bytes(plan: Plan) -> float:
    """Bytes that all layers of one device keep: everything, or with checkpointing their inputs only.

    A pipeline of p stages holds the activations of p micro-batches in its first stage, which has one p-th of
    the layers (Narayanan et al. 2021, arXiv:2104.04473): as much as without it.
    """
    layers = plan.layers * plan.pipeline
    if plan.checkpointing:
        return layers * plan.tokens * plan.shape.hidden * _residual(plan)
    return layers * layer_bytes(plan)


def passing_bytes(plan: Plan) -> float:
    """Bytes that come and go within one layer: gradients of the MLP, or what generation has in hand."""
    shape, width = plan.shape, plan.width
    if not plan.trains:
        token = (3 * shape.intermediate / plan.tensor + 4 * shape.hidden) * width
        return plan.tokens * token + (_scores(plan) if plan.attention == "eager" else 0.0)
    token = (2 * shape.intermediate / plan.tensor + 2 * shape.hidden) * width
    return max(plan.tokens * token, 2 * _scores(plan) if plan.attention == "eager" else 0.0)


def logit_bytes(plan: Plan) -> float:
    """Bytes around the loss: the log-softmax, its gradient and that of the logits, all in float32.

    Generation needs the logits of the last token of a row alone.
    """
    if not plan.trains:
        return plan.rows * plan.shape.vocab * 4.0 / plan.tensor
    return 3 * 4.0 * plan.tokens * plan.shape.vocab / plan.tensor


def cache_bytes(plan: Plan) -> float:
    """Bytes of the keys and values that generation keeps: 2 x layers x tokens x their width."""
    if plan.trains:
        return 0.0
    parts = min(plan.tensor, plan.shape.kv_heads)
    return 2.0 * plan.layers * plan.tokens * plan.shape.key * plan.width / parts


def _residual(plan: Plan) -> int:
    """Bytes of a number between the layers: embeddings of float32 stay so under autocast."""
    return 4 if plan.precision in ("fp32", "amp") else 2


def _norm(plan: Plan) -> float:
    """An RMS norm computes in float32: it keeps its input; its scale's gradient needs the scaled one too."""
    hidden = plan.shape.hidden
    kept = 4 * hidden
    if plan.trains_all:
        kept += _residual(plan) * hidden
    return kept + plan.width * hidden  # its output, which the matrices or adapters behind it keep


def _attention(plan: Plan) -> float:
    shape, width = plan.shape, plan.width
    if plan.attention == "eager":  # keys and values are repeated for all heads
        return 4 * shape.query * width + _scores(plan) / plan.tokens * plan.tensor
    return (2 * shape.query + 2 * shape.key) * width + _FLASH_STATISTIC * shape.heads


def _scores(plan: Plan) -> float:
    """Bytes of all attention weights of one layer: float32, and a copy in 16 bits where that is the width."""
    each = 4 if plan.width == 4 else 6
    return float(each) * plan.shape.heads * plan.sequence * plan.tokens / plan.tensor


def _mlp(plan: Plan) -> float:
    """Gate, its SiLU, and up; their product if what is behind it is learnt, or a quantised matrix."""
    product = plan.trains_all or "down_proj" in plan.targets or plan.bits < 16
    return (4 if product else 3) * plan.shape.intermediate * plan.width


def _adapters(plan: Plan) -> float:
    """LoRA keeps r numbers a matrix, and its input in float32 where the adapter alone is float32."""
    if plan.trains_all or not plan.trains:
        return 0.0
    kept = 4.0 * plan.rank * len(plan.targets)
    if plan.precision == "mixed":
        kept += sum(4.0 * getattr(plan.shape, _INPUTS[name]) for name in plan.targets)
    return kept
