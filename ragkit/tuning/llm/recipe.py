"""How a language model is tuned: what changes, how fast, how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ragkit.tuning.runs.precision import Precision

Method = Literal["full", "lora", "qlora"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lora:
    """A low-rank adapter (Hu and others 2021) on all linear layers, or on those of the last `layers` blocks.

    Blocks without an adapter are read only once and never walked back through: half of them, half the time.
    """

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    layers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that weights follow from, beside the data and the model.

    A step reads `batch` sequences `accumulate` times. Sequences have `longest` tokens at most; with `pack`
    several pairs stand in one, and those about the same passages share them. The rate rises for a `warm`
    share of the steps and falls to zero as a cosine. Every `every` steps the development loss is taken and
    the state kept; after `patience` times without a better loss the training ends (0: never). `recompute`
    (gradient checkpointing) trades time for memory. `beta` is DPO's pull back to the start.
    """

    method: Method = "lora"
    lora: Lora = Lora()
    epochs: float = 1.0
    rate: float = 3e-4
    batch: int = 1
    accumulate: int = 8
    longest: int = 1024
    pack: bool = True
    warm: float = 0.05
    every: int = 25
    patience: int = 3
    precision: Precision = "auto"
    recompute: bool = False
    seed: int = 0
    beta: float = 0.1
