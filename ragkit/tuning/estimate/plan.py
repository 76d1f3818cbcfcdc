"""What is to be estimated: a model, a method, its settings, and what it runs on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from ragkit.errors import ConfigError
from ragkit.tuning.estimate.hardware import Hardware
from ragkit.tuning.estimate.shapes import ModelShape

Method = Literal["full", "lora", "qlora", "dpo", "dpo-lora", "inference"]
Precision = Literal["fp32", "amp", "mixed", "bf16"]
Optimizer = Literal["adamw", "adamw8bit", "adafactor", "sgd"]
Attention = Literal["sdpa", "eager"]
Heap = Literal["plain", "tight"]
Sharding = Literal["none", "zero1", "zero2", "zero3"]

ALL_LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
_CHOICES = {
    "method": Method,
    "precision": Precision,
    "optimizer": Optimizer,
    "attention": Attention,
    "sharding": Sharding,
    "heap": Heap,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run: `batch` counts sequences (pairs for DPO) of `sequence` tokens that a device reads at once.

    `precision`: "fp32"; "amp" (float32 weights, computed in 16 bits); "mixed" (16-bit weights with a float32
    copy in the optimizer); "bf16" (16 bits alone). `bits` (16, 8, 4) is how frozen weights are kept: 4 for
    "qlora" unless 8 is asked for. `sequence` of "inference" is prompt and answer together. `sharding`,
    `tensor` and `pipeline` say how `gpus` devices share the work; what is left of them are copies.
    `hardware` None is a card of unknown size. `heap` "tight" is a process on the processor, started with
    MALLOC_MMAP_THRESHOLD_=262144. Raises `ConfigError` for values that cannot be.
    """

    shape: ModelShape
    method: Method = "full"
    precision: Precision = "mixed"
    sequence: int = 2048
    batch: int = 1
    accumulation: int = 1
    optimizer: Optimizer = "adamw"
    checkpointing: bool = True
    attention: Attention = "sdpa"
    bits: int = 0
    rank: int = 16
    targets: tuple[str, ...] = ALL_LINEARS
    hardware: Hardware | None = None
    gpus: int = 1
    sharding: Sharding = "none"
    tensor: int = 1
    pipeline: int = 1
    heap: Heap = "plain"

    def __post_init__(self) -> None:
        if not self.bits:
            object.__setattr__(self, "bits", 4 if self.method == "qlora" else 16)
        for name, kind in _CHOICES.items():
            if (value := getattr(self, name)) not in get_args(kind):
                raise ConfigError(f"{name}: {value!r} is none of: {', '.join(get_args(kind))}.")
        for name in ("sequence", "batch", "accumulation", "rank", "gpus", "tensor", "pipeline"):
            if (value := getattr(self, name)) < 1:
                raise ConfigError(f"{name}: {value} is less than 1.")
        self._check_parts()

    def _check_parts(self) -> None:
        if self.bits not in (4, 8, 16):
            raise ConfigError(f"bits: {self.bits} is none of: 16 (not quantised), 8, 4.")
        if self.bits != 16 and self.trains_all:
            raise ConfigError(
                f"bits: weights of {self.bits} bits cannot be trained. Use method qlora, which trains an "
                "adapter on them, or leave bits at 16."
            )
        if unknown := [name for name in self.targets if name not in ALL_LINEARS]:
            raise ConfigError(f"targets: {', '.join(unknown)}: none of: {', '.join(ALL_LINEARS)}.")
        if self.gpus % (self.tensor * self.pipeline):
            raise ConfigError(
                f"gpus: {self.gpus} devices cannot be divided into groups of tensor {self.tensor} x pipeline "
                f"{self.pipeline} = {self.tensor * self.pipeline}."
            )
        if self.shape.kv_heads % self.tensor and self.tensor % self.shape.kv_heads:
            raise ConfigError(
                f"tensor: {self.tensor} devices cannot divide {self.shape.kv_heads} key-value heads evenly."
            )
        if self.pipeline > self.shape.layers:
            raise ConfigError(
                f"pipeline: {self.pipeline} stages for {self.shape.layers} layers; at most one a layer."
            )

    @property
    def trains(self) -> bool:
        """Whether anything is learnt."""
        return self.method != "inference"

    @property
    def trains_all(self) -> bool:
        """Whether every weight is learnt, and not an adapter."""
        return self.method in ("full", "dpo")

    @property
    def is_dpo(self) -> bool:
        """Whether it learns from pairs of answers, with a reference model."""
        return self.method in ("dpo", "dpo-lora")

    @property
    def accumulates(self) -> bool:
        """Whether gradients are kept from one forward pass to the next."""
        return self.accumulation > 1

    @property
    def on_cpu(self) -> bool:
        """Whether it runs on a processor, whose memory holds the libraries too."""
        return self.hardware is not None and self.hardware.is_cpu

    @property
    def copies(self) -> int:
        """Data-parallel copies: devices by which ZeRO divides what it shards."""
        return self.gpus // (self.tensor * self.pipeline)

    @property
    def rows(self) -> int:
        """Sequences in memory at once: two for a pair."""
        return self.batch * (2 if self.is_dpo else 1)

    @property
    def tokens(self) -> int:
        """Tokens in memory at once on one device."""
        return self.rows * self.sequence

    @property
    def width(self) -> int:
        """Bytes of a number in the forward pass."""
        return 4 if self.precision == "fp32" else 2

    @property
    def layers(self) -> int:
        """Layers on one device: the most that a stage of the pipeline has."""
        return -(-self.shape.layers // self.pipeline)

    def but(self, **changes: Any) -> Plan:
        """The same plan with other settings; other methods take the bits that are usual for them."""
        if changes.get("method", self.method) != self.method:
            changes.setdefault("bits", 0)
        return replace(self, **changes)
