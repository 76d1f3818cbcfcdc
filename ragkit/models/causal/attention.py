"""Attention whose result for a token does not depend on how many tokens are read at once.

This module takes parts of torch and transformers: it is imported only where a model is loaded.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

FEW = 16
"""So many tokens are each read as if they came alone."""

_NAME = "ragkit_rows"


def _by_rows(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Causal attention of (1, heads, rows, width): of few rows each in a call of its own."""
    rows, before = query.shape[2], key.shape[2] - query.shape[2]
    if rows > FEW:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    made = [
        sdpa_attention_forward(
            module,
            query[:, :, row : row + 1],
            key[:, :, : before + row + 1],
            value[:, :, : before + row + 1],
            None,
            **options,
        )[0]
        for row in range(rows)
    ]
    return torch.cat(made, dim=1), None


def attend_by_rows(model: PreTrainedModel) -> None:
    """Makes a model with full causal attention read few tokens as it would read them one by one."""
    if model.config._attn_implementation == "sdpa":
        AttentionInterface.register(_NAME, _by_rows)
        AttentionMaskInterface.register(_NAME, sdpa_mask)
        model.set_attn_implementation(_NAME)
