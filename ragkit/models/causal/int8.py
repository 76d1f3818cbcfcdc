"""Linear layers with weights of eight bits.

This module defines classes of torch: it is imported only where a model is loaded.
"""

from __future__ import annotations

import torch

_FEW = 24  # rows of which each is multiplied with the weights as they are


class Int8Linear(torch.nn.Linear):
    """A linear layer whose weights are whole numbers from -127 to 127, each row with a scale of its own.

    A few tokens are multiplied straight with them (torch's weight-only kernel, in bfloat16), which reads a
    quarter of the memory. For many tokens the weights are made numbers of the activations' kind first.
    """

    def __init__(self, linear: torch.nn.Linear) -> None:
        torch.nn.Module.__init__(self)
        self.in_features, self.out_features = linear.in_features, linear.out_features
        weights = linear.weight.detach().float()  # (out, in)
        scales = weights.abs().amax(dim=1).clamp(min=1e-12) / 127.0  # (out,)
        self.weight = torch.nn.Parameter(
            (weights / scales[:, None]).round().to(torch.int8), requires_grad=False
        )
        self.scales = torch.nn.Parameter(scales.to(torch.bfloat16), requires_grad=False)
        self.bias = linear.bias

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002  # the name that torch gives it
        """(..., in) to (..., out)."""
        rows = input.reshape(-1, self.in_features)
        if len(rows) <= _FEW:
            made = torch._weight_int8pack_mm(rows.to(torch.bfloat16), self.weight, self.scales).to(
                input.dtype
            )
        else:
            made = torch.nn.functional.linear(rows, self.weight.to(input.dtype)) * self.scales.to(input.dtype)
        if self.bias is not None:
            made = made + self.bias
        return made.view(*input.shape[:-1], self.out_features)
