"""What the training of the verifier's network will cost."""

from __future__ import annotations

from collections.abc import Sequence

from ragkit.tuning.estimate.encoders import encoder_plan
from ragkit.tuning.runs.costs import STATE, Costs, free_hardware
from ragkit.tuning.runs.encoder_costs import encoder_costs
from ragkit.tuning.verifier.network import Network
from ragkit.tuning.verifier.training import Example, Recipe

_GAPS = 1.0  # of what layers keep: batches of all lengths leave many; fitted by `benchmarks fit-tuning-costs`
_STATES = 2  # the last, and one that is being written


def costs(network: Network, examples: Sequence[Example], recipe: Recipe, *, threads: int) -> Costs:
    """What learning from the examples takes of this machine, with the batch that would fit."""
    lengths = [len(one.encoded.ids) for one in examples]
    longest, mean = max(lengths, default=1), sum(lengths) / max(1, len(lengths))
    hardware = free_hardware()
    plan = encoder_plan(
        network, network.encoder.config, [(recipe.batch, longest)],
        dropout=False, on_cpu=hardware.is_cpu, held=0.0, gaps=_GAPS,
    )  # fmt: skip
    frozen = plan.parameters - plan.learnt
    return encoder_costs(
        plan, [(recipe.epochs * len(examples), mean)], hardware, threads=threads, batch=recipe.batch,
        disk=_STATES * (STATE * plan.learnt + 4.0 * frozen) + plan.parameters,
    )  # fmt: skip
