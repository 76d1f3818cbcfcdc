"""How long it takes: operations from the shape, over what a device does in a second."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from ragkit.tuning.estimate.activations import cache_bytes
from ragkit.tuning.estimate.hardware import GB
from ragkit.tuning.estimate.plan import Plan
from ragkit.tuning.estimate.weights import weight_bytes

UTILISATION = 0.4
BANDWIDTH_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Tokens a second of all devices together, FLOPs a token, and what was assumed.

    Training counts the tokens that are learnt from (of DPO both answers); generation the tokens that are
    written, for all rows together, and `reading` those of prompts. `seconds` is for the tokens asked for.
    """

    tokens_per_second: float
    flops_per_token: float
    reading: float = 0.0
    seconds: float | None = None
    assumed: str = ""


def flops_per_token(plan: Plan) -> float:
    """Floating-point operations for one token of the model, forward and backward.

    Forward 2 N (N without the rows of the embedding), backward 4 N (6 N in all: Kaplan et al. 2020, section
    2.1; Hoffmann et al. 2022, appendix F), 2 N where the weights are frozen; attention 2 x layers x width x
    tokens forward, and twice that backward (Chowdhery et al. 2022, appendix B, halved for the causal mask).
    Checkpointing adds a forward pass, the reference model of DPO another.
    """
    shape = plan.shape
    matrices = 2.0 * shape.multiplied
    attention = 2.0 * shape.layers * shape.query * plan.sequence
    forward = matrices + attention
    if not plan.trains:
        return forward
    backward = (2 if plan.trains_all else 1) * matrices + 2 * attention
    again = forward if plan.checkpointing else 0.0
    reference = forward if plan.is_dpo else 0.0
    return forward + backward + again + reference


def speed(
    plan: Plan, *, tflops: float = 0.0, utilisation: float = UTILISATION, tokens: float = 0.0
) -> Speed | None:
    """The speed on the plan's hardware, or at `tflops` (TFLOP/s of one device); None where nobody knows it.

    Devices are taken to scale evenly: what they say to each other is not counted.
    """
    rate = tflops or (plan.hardware.tflops if plan.hardware else 0.0)
    if not rate:
        return None
    operations = flops_per_token(plan)
    reading = plan.gpus * rate * 1e12 * utilisation / operations
    assumed = f"{100 * utilisation:.0f} % of {rate:.3g} TFLOP/s"
    if plan.trains:
        return Speed(
            tokens_per_second=reading,
            flops_per_token=operations,
            seconds=tokens / reading if tokens else None,
            assumed=assumed,
        )
    writing = _written_per_second(plan, reading)
    bandwidth = plan.hardware.bandwidth if plan.hardware else 0.0
    if bandwidth:
        assumed += f", {100 * BANDWIDTH_SHARE:.0f} % of {bandwidth:g} GB/s"
    return Speed(
        tokens_per_second=writing,
        flops_per_token=operations,
        reading=reading,
        seconds=tokens / writing if tokens else None,
        assumed=assumed,
    )


def _written_per_second(plan: Plan, computed: float) -> float:
    """Each written token reads all weights and the whole cache once; rows share the weights."""
    if not plan.hardware or not plan.hardware.bandwidth:
        return computed
    read = weight_bytes(plan) + cache_bytes(plan)  # of one device, all of which read at the same time
    steps = plan.hardware.bandwidth * GB * BANDWIDTH_SHARE / read / plan.pipeline
    return min(steps * plan.rows * plan.copies, computed)


def probe(seconds: float = 0.5, size: int = 1024) -> float:
    """Measures this processor: TFLOP/s of float32 matrix products with numpy, on as many cores as it uses."""
    import numpy as np

    left = np.random.default_rng(0).standard_normal((size, size), dtype=np.float32)
    right = left.T.copy()
    left @ right
    done, started = 0, perf_counter()
    while (spent := perf_counter() - started) < seconds:
        left @ right
        done += 1
    return done * 2.0 * size**3 / spent / 1e12
