"""What a training of an encoder takes of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragkit.tuning.estimate import GB, Hardware
from ragkit.tuning.estimate.encoders import EncoderPlan, encoder_parts, encoder_seconds, smaller
from ragkit.tuning.estimate.speed import UTILISATION
from ragkit.tuning.runs.costs import Costs, process_bytes, rate_of, usable_bytes


def encoder_costs(
    plan: EncoderPlan,
    read: Sequence[tuple[float, float]],
    hardware: Hardware,
    *,
    threads: int,
    disk: float,
    batch: int,
    accumulate: int = 0,
) -> Costs:
    """Costs of a plan whose model is loaded: what this process holds already is measured, not counted.

    The plan's `held` is what will come beside it. `read` is all that is read (how many texts, of how many
    tokens), `disk` the most bytes written; `batch` and `accumulate` are what `smaller` makes less of.
    """
    usable = usable_bytes(hardware)
    if hardware.is_cpu:
        plan = replace(plan, held=plan.held + max(0.0, process_bytes() - 4.0 * plan.parameters))
    rate = rate_of(hardware, threads)
    would = []
    if found := smaller(plan, batch, accumulate, usable):
        less, part = found
        size = sum(one.bytes for one in encoder_parts(less)) / GB
        passes = f" --accumulate {less.accumulation}" if accumulate else ""
        would = [f"--batch {part}{passes}: {size:.1f} GB"]
    return Costs(
        parts=encoder_parts(plan),
        free=usable,
        disk=disk,
        seconds=encoder_seconds(plan, read, tflops=rate) if rate else 0.0,
        assumed=f"{100 * UTILISATION:.0f} % of {rate:.3g} TFLOP/s",
        would=would,
    )
