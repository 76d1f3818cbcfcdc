"""How devices share a run: the simplest way that fits, and how few of them do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from ragkit.errors import ConfigError
from ragkit.tuning.estimate.memory import parts
from ragkit.tuning.estimate.plan import Plan, Sharding

MOST_DEVICES = 1024
_STAGES: tuple[Sharding, ...] = ("zero1", "zero2", "zero3")


def device_bytes(plan: Plan) -> float:
    """Bytes that the fullest device needs."""
    return sum(part.bytes for part in parts(plan))


def fits(plan: Plan) -> bool:
    """Whether the plan fits its hardware; without hardware it does."""
    return plan.hardware is None or device_bytes(plan) <= plan.hardware.bytes


def arranged(plan: Plan) -> Plan:
    """The plan with the first sharing of its devices that fits; the thriftiest one if none does.

    Copies come first (nothing is divided), then ZeRO 1, 2, 3, whose devices say more and more to each other,
    then tensor parallelism within a machine and pipelines across machines. Generation has no optimizer to
    divide: it starts with tensor parallelism.
    """
    tried = list(_arrangements(plan))
    return next((one for one in tried if fits(one)), min(tried, key=device_bytes))


def fewest(plan: Plan) -> Plan | None:
    """The plan on the fewest devices (1, 2, 4, 8, ...) that hold it, shared as by `arranged`; else None."""
    count = 1
    while count <= MOST_DEVICES:
        found = arranged(plan.but(gpus=count, sharding="none", tensor=1, pipeline=1))
        if fits(found):
            return found
        count *= 2
    return None


def largest_batch(plan: Plan) -> int:
    """The most sequences (pairs) that a device holds at once; 0 if not even one fits. Needs hardware."""
    if not fits(plan.but(batch=1)):
        return 0
    low, high = 1, 2
    while high <= 4096 and fits(plan.but(batch=high)):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(plan.but(batch=middle)) else (low, middle)
    return low


def _arrangements(plan: Plan) -> Iterator[Plan]:
    yield plan.but(sharding="none", tensor=1, pipeline=1)
    if plan.gpus == 1:
        return
    if plan.trains:
        for stage in _STAGES:
            yield plan.but(sharding=stage, tensor=1, pipeline=1)
    node = plan.hardware.node if plan.hardware else 8
    for pipeline in (1, 2, 4, 8, 16):
        for tensor in (1, 2, 4, 8):
            group = tensor * pipeline
            if tensor <= node and group > 1 and plan.gpus % group == 0:
                with suppress(ConfigError):  # heads or layers that cannot be divided so
                    yield plan.but(
                        sharding="zero1" if plan.trains else "none", tensor=tensor, pipeline=pipeline
                    )
