"""What a process on the processor takes beyond its tensors.

glibc keeps tensors of less than 32 MB in its heap, where an aligned block that was freed is seldom used
again for one of the same size. What layers keep during a pass leaves holes of about its own size, with
checkpointing too. `MALLOC_MMAP_THRESHOLD_=262144` in the environment gives each tensor pages of its own,
which go back at once: no holes, but each page has to be zeroed, and steps take longer.
"""

from __future__ import annotations

from ragkit.tuning.estimate import activations
from ragkit.tuning.estimate.plan import Plan

TIGHT = "MALLOC_MMAP_THRESHOLD_=262144"
LIBRARIES = 0.45e9  # bytes of Python, PyTorch, transformers and peft, once they have done a step

# Holes as a share of what all layers would keep without checkpointing; of the cache, which grows by copies.
# Fitted on the development runs of `python -m benchmarks estimate`, which tests them on others.
_FULL, _FULL_CHECKPOINTED, _ADAPTER, _ADAPTER_NARROW, _GENERATION = 0.72, 0.45, 0.95, 0.45, 0.5


def gap_bytes(plan: Plan) -> float:
    """Bytes of the holes in the C library's heap; none with `heap` "tight"."""
    if plan.heap == "tight":
        return 0.0
    if not plan.trains:
        return _GENERATION * activations.cache_bytes(plan)
    return _share(plan) * plan.layers * activations.layer_bytes(plan)


def _share(plan: Plan) -> float:
    if plan.trains_all:
        return _FULL_CHECKPOINTED if plan.checkpointing else _FULL
    return _ADAPTER if plan.width == 4 else _ADAPTER_NARROW
