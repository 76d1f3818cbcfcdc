"""What a training will cost, told before it begins; one that will not fit is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from ragkit.counting import minutes
from ragkit.errors import ConfigError
from ragkit.models.cpu import cores
from ragkit.tuning.estimate import GB, Hardware, Part, probe, this_machine
from ragkit.tuning.estimate.shapes import UnknownShape

STATE = 12.0
"""Bytes that a checkpoint holds of each number that learns: itself and AdamW's two moments, as float32."""
_KEPT = 3  # checkpoints at once: the last, the best, and one that is being written
_MOST = 3  # parts that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Memory by its parts, `free` bytes of it, the most bytes on the disk, seconds of learning (0: unknown).

    `assumed` says what the seconds rest on; `would` are options with which it would fit.
    """

    parts: Sequence[Part]
    free: float
    disk: float
    seconds: float = 0.0
    assumed: str = ""
    would: Sequence[str] = ()

    @property
    def memory(self) -> float:
        """Bytes of all parts together."""
        return sum(part.bytes for part in self.parts)


def check_fits(
    counted: Callable[[], Costs], folder: Path, *, anyway: bool, told: Callable[[str], None]
) -> None:
    """Tells the costs of a training that writes into `folder`, or why they could not be `counted`.

    What lies there already, of a run that goes on, is room that it has. Raises `ConfigError`
    with what would fit where memory or disk do not suffice, unless it shall begin `anyway`.
    """
    try:
        costs = counted()
    except UnknownShape as error:
        told(f"memory is not estimated: {error}")
        return
    room = shutil.disk_usage(_existing(folder)).free + _held(folder)
    told(_said(costs, room))
    if anyway:
        return
    nevertheless = "--anyway begins it nevertheless."
    if costs.memory > costs.free:
        would = "".join(f"\n  {one}" for one in costs.would)
        raise ConfigError(
            f"The training would not fit: it takes about {costs.memory / GB:.1f} GB. {nevertheless}"
            f"{f' What would fit:{would}' if would else ''}"
        )
    if costs.disk > room:
        raise ConfigError(
            f"The training would not fit on the disk: it writes up to {costs.disk / GB:.1f} GB into "
            f"{folder}, where {room / GB:.1f} GB are free. Name another folder with --out. {nevertheless}"
        )


def free_hardware() -> Hardware:
    """The first graphics card with what is free on it, or this processor with the memory that is free."""
    import torch

    if not torch.cuda.is_available():
        return this_machine(free=True)
    free, _ = torch.cuda.mem_get_info()
    return Hardware(name=torch.cuda.get_device_name(), memory=free / GB, source="the card, what is free")


def usable_bytes(hardware: Hardware) -> float:
    """Bytes that this process may have in all: what is free, and what it holds already."""
    import torch

    if not hardware.is_cpu:
        return hardware.bytes + torch.cuda.memory_reserved()
    return min(this_machine().bytes, hardware.bytes + process_bytes())


def process_bytes() -> float:
    """Bytes of memory that this process has now, libraries and data together."""
    return float(psutil.Process().memory_info().rss)


def rate_of(hardware: Hardware, threads: int) -> float:
    """TFLOP/s of so many threads of this processor, measured; 0 for a card, whose rate is not known."""
    return probe() * min(1.0, threads / cores()) if hardware.is_cpu else 0.0


def checkpoint_bytes(learnt: int) -> float:
    """Bytes of all checkpoints that lie there at once, of so many numbers that learn."""
    return _KEPT * STATE * learnt


def _said(costs: Costs, room: float) -> str:
    most = sorted(costs.parts, key=lambda part: -part.bytes)[:_MOST]
    parts = ", ".join(f"{part.name} {part.bytes / GB:.1f}" for part in most)
    said = f"memory: about {costs.memory / GB:.1f} GB of {costs.free / GB:.1f} free ({parts})"
    if costs.seconds:
        said += f"; learning: {minutes(costs.seconds)} in all, if {costs.assumed} are reached"
    return f"{said}; disk: up to {costs.disk / GB:.1f} GB of {room / GB:.1f} free"


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return place


def _held(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
