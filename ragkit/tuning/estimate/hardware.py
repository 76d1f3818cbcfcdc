"""What a model runs on: cards by their data sheets, or this machine's processor and memory."""

from __future__ import annotations

import functools
import os
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ragkit.errors import ConfigError

GB = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """One device: `memory` in GB of 1e9 bytes, `tflops` in TFLOP/s, `bandwidth` in GB/s; 0 is unknown.

    A card's memory is taken as its data sheet says it. The real one is up to 7 % more (GiB); this much is
    left to what the driver keeps and to gaps between tensors.
    """

    name: str
    memory: float
    tflops: float = 0.0
    bandwidth: float = 0.0
    node: int = 1
    bfloat16: bool = True
    source: str = ""

    @property
    def is_cpu(self) -> bool:
        """Whether it is this machine's processor."""
        return self.name == "cpu"

    @property
    def bytes(self) -> float:
        """Its memory in bytes."""
        return self.memory * GB


def find_hardware(name: str) -> Hardware:
    """The device called `name`, case ignored: a card, or "cpu". Raises `ConfigError` with the valid names."""
    wanted = name.lower().replace(" ", "-").removeprefix("nvidia-")
    if wanted == "cpu":
        return this_machine()
    for hardware, names in _entries():
        if wanted in names:
            return hardware
    raise ConfigError(
        f"No hardware is called {name!r}. Known: {', '.join(known_hardware())}, cpu. For another card give "
        "--memory GB (and --tflops for times) instead."
    )


@functools.cache
def known_hardware() -> dict[str, Hardware]:
    """The cards by name."""
    return {hardware.name: hardware for hardware, _ in _entries()}


def this_machine(*, free: bool = False) -> Hardware:
    """The processor and the memory that this process may use: the machine's, or its container's if less.

    With `free` no more than what Linux calls available now, as a run that is about to start has to ask.
    """
    size = min(_memory_bytes(), _available_bytes()) if free else _memory_bytes()
    return Hardware(name="cpu", memory=size / GB, source="this machine")


def _available_bytes() -> float:
    with suppress(OSError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024.0 * int(line.split()[1])
    return float("inf")


def _memory_bytes() -> float:
    limits = [float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))]
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # "max" where there is no limit
            limits.append(float(int(Path(file).read_text(encoding="ascii"))))
    return min(limits)


@functools.cache
def _entries() -> tuple[tuple[Hardware, frozenset[str]], ...]:
    text = resources.files(__package__ or "").joinpath("hardware.toml").read_text(encoding="utf-8")
    return tuple(
        (
            Hardware(**{key: value for key, value in entry.items() if key != "also"}),
            frozenset(word.lower() for word in (entry["name"], *entry["also"])),
        )
        for entry in tomllib.loads(text)["hardware"]
    )
