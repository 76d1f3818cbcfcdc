"""What a training computes with on this machine."""

from __future__ import annotations

from typing import Literal

from ragkit.errors import ConfigError

Precision = Literal["auto", "float32", "bfloat16", "float16"]
Computing = Literal["float32", "bfloat16", "float16"]


def computing(precision: Precision) -> Computing:
    """`auto`: bfloat16 on graphics cards that can, float16 on older ones, else float32.

    Raises `ConfigError` for float16 on a processor.
    """
    import torch

    cuda = torch.cuda.is_available()
    if precision == "float16" and not cuda:
        raise ConfigError("--precision float16 needs a graphics card. On a processor use float32.")
    if precision != "auto":
        return precision
    if cuda:
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    return "float32"
