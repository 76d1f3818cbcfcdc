"""What others published about the memory of known models, and the plan that each figure is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ragkit.tuning.estimate import Plan, find_shape

# Two sources. A README's table of round figures ("estimated" by its authors; its 7B, 13B and 70B columns are
# the Llama 2 family's; neither batch nor length is told, so 1 text of 2,048 tokens with checkpointing, LoRA
# of rank 8 on all matrices is assumed for all of them alike). And a table of measured peaks
# (torch.cuda.max_memory_allocated, so the overhead of CUDA is left out), whose settings are known.
TABLE = "LLaMA-Factory, README, Hardware Requirement (April 2024)"
MEASURED = "LitGPT, tutorials/resource-tables.md, A100-40GB, October 2023"
ZERO = "Rajbhandari et al. 2020, ZeRO, figure 1: 7.5 billion parameters on 64 devices"
QLORA = "Dettmers et al. 2023, QLoRA, abstract: 65B on a single GPU of 48 GB"

_LITGPT: dict[str, Any] = {
    "precision": "bf16",
    "sequence": 1304,  # the longest text of Alpaca in Llama's tokens, as the table says
    "checkpointing": False,
    "rank": 8,
    "targets": ("q_proj", "v_proj"),
}
_WRITING: dict[str, Any] = {"method": "inference", "precision": "bf16", "sequence": 300}


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A figure in GB, where it stands, and whether CUDA's own memory is part of it."""

    name: str
    gigabytes: float
    plan: Plan
    source: str
    overhead: bool = False


def published() -> list[Published]:
    """All figures, in the order in which they are shown."""
    return [*_table(), *_measured()]


def _table() -> list[Published]:
    rows: list[tuple[str, dict[str, Any], tuple[float, float, float]]] = [
        ("full, AMP", {"method": "full", "precision": "amp"}, (120, 240, 1200)),
        ("full, 16 bits", {"method": "full", "precision": "bf16"}, (60, 120, 600)),
        ("LoRA", {"method": "lora", "rank": 8}, (16, 32, 160)),
        ("QLoRA, 8 bits", {"method": "qlora", "bits": 8, "rank": 8}, (10, 20, 80)),
        ("QLoRA, 4 bits", {"method": "qlora", "rank": 8}, (6, 12, 48)),
    ]
    return [
        Published(
            name=f"{size} {name}",
            gigabytes=figure,
            plan=_plan(size, settings),
            source=TABLE,
            overhead=True,
        )
        for name, settings, figures in rows
        for size, figure in zip(("7B", "13B", "70B"), figures, strict=True)
    ]


def _measured() -> list[Published]:
    rows: list[tuple[str, str, dict[str, Any], float]] = [
        ("LoRA, 1 text", "7B", {"method": "lora", **_LITGPT}, 21.30),
        ("LoRA, 2 texts", "7B", {"method": "lora", "batch": 2, **_LITGPT}, 29.07),
        ("LoRA, 1 text", "13B", {"method": "lora", **_LITGPT}, 38.12),
        ("QLoRA, nf4-dq", "7B", {"method": "qlora", **_LITGPT}, 13.84),
        ("QLoRA, nf4-dq", "13B", {"method": "qlora", **_LITGPT}, 22.55),
        ("inference", "7B", _WRITING, 13.52),
        ("inference", "13B", _WRITING, 26.21),
        ("inference, nf4-dq", "7B", {**_WRITING, "bits": 4}, 4.26),
        ("inference, nf4-dq", "13B", {**_WRITING, "bits": 4}, 7.72),
        ("inference, nf4-dq", "34B", {**_WRITING, "bits": 4}, 18.95),
        ("inference, nf4-dq", "70B", {**_WRITING, "bits": 4}, 37.21),
    ]
    return [
        Published(name=f"{size} {name}", gigabytes=figure, plan=_plan(size, settings), source=MEASURED)
        for name, size, settings, figure in rows
    ]


def _plan(size: str, settings: dict[str, Any]) -> Plan:
    shape = find_shape(size)
    assert shape is not None
    return Plan(shape=shape, **settings)
