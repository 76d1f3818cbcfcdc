"""Linear layers whose weights lie in memory as the processor's bfloat16 units read them.

This module defines classes of torch: it is imported only where a model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

_OPERATIONS = ("_reorder_linear_weight", "_linear_pointwise", "_is_mkldnn_bf16_supported")


class PackedLinear(torch.nn.Linear):
    """A linear layer in bfloat16 whose weights were put in order once, not at each multiplication.

    A few rows take hardly longer than one, and each of a few rows of the result is the same to the bit
    however many are multiplied at once.
    """

    def __init__(self, linear: torch.nn.Linear) -> None:
        torch.nn.Module.__init__(self)
        self.in_features, self.out_features = linear.in_features, linear.out_features
        weights = linear.weight.detach().to(torch.bfloat16)
        packed = torch.ops.mkldnn._reorder_linear_weight(weights, 1)
        self.weight = torch.nn.Parameter(packed, requires_grad=False)
        self.bias = linear.bias

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002  # the name that torch gives it
        """(..., in) to (..., out)."""
        made: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            input.to(torch.bfloat16), self.weight, self.bias, "none", [], ""
        )
        return made.to(input.dtype)


def can_pack() -> bool:
    """Whether torch and the processor can."""
    known = all(hasattr(torch.ops.mkldnn, operation) for operation in _OPERATIONS)
    return known and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def replace_linear(module: torch.nn.Module, new: Callable[[torch.nn.Linear], torch.nn.Module]) -> None:
    """Replaces every plain linear layer within by one of another kind, made from it."""
    for name, child in module.named_children():
        if type(child) is torch.nn.Linear:
            setattr(module, name, new(child))
        else:
            replace_linear(child, new)
