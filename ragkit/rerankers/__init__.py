"""Reorder hits by reading them."""

from ragkit.rerankers.cross_encoder import CrossEncoderConfig, CrossEncoderReranker
from ragkit.rerankers.keep_order import KeepOrder, KeepOrderConfig
from ragkit.rerankers.late_interaction import LateInteractionConfig, LateInteractionReranker

__all__ = [
    "CrossEncoderConfig",
    "CrossEncoderReranker",
    "KeepOrder",
    "KeepOrderConfig",
    "LateInteractionConfig",
    "LateInteractionReranker",
]
