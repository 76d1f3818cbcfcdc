"""What the training of the verifier's network will cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragkit.tuning.estimate import GB
from ragkit.tuning.estimate.encoders import encoder_parts, encoder_plan, encoder_seconds
from ragkit.tuning.estimate.speed import UTILISATION
from ragkit.tuning.runs.costs import STATE, Costs, free_hardware, process_bytes, rate_of
from ragkit.tuning.verifier.network import Network
from ragkit.tuning.verifier.training import Example, Recipe

_GAPS = 1.0  # of what layers keep: batches of all lengths leave many; fitted by `benchmarks tuning-costs`
_STATES = 2  # the last, and one that is being written


def costs(network: Network, examples: Sequence[Example], recipe: Recipe, *, threads: int) -> Costs:
    """What learning from the examples takes of this machine, with the batch that would fit."""
    lengths = [len(one.encoded.ids) for one in examples]
    longest, mean = max(lengths, default=1), sum(lengths) / max(1, len(lengths))
    hardware = free_hardware()
    plan = encoder_plan(
        network, network.encoder.config, [(recipe.batch, longest)], dropout=False, on_cpu=hardware.is_cpu
    )
    here = process_bytes() if plan.on_cpu else 0.0
    plan = replace(plan, held=max(0.0, here - 4.0 * plan.parameters), gaps=_GAPS)
    free = hardware.bytes + here
    rate = rate_of(hardware, threads)
    batch = recipe.batch
    would: list[str] = []
    while batch > 1 and not would:
        batch //= 2
        size = sum(part.bytes for part in encoder_parts(replace(plan, texts=[(batch, longest)])))
        would = [f"--batch {batch}: {size / GB:.1f} GB"] if size <= free else []
    return Costs(
        parts=encoder_parts(plan),
        free=free,
        disk=_STATES * (STATE * plan.learnt + 4.0 * (plan.parameters - plan.learnt)) + plan.parameters,
        seconds=encoder_seconds(plan, [(recipe.epochs * len(examples), mean)], tflops=rate) if rate else 0.0,
        assumed=f"{100 * UTILISATION:.0f} % of {rate:.3g} TFLOP/s",
        would=would,
    )
