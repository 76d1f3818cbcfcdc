"""Reorder hits by reading them."""

from ragkit.rerankers.cross_encoder import CrossEncoderConfig, CrossEncoderReranker
from ragkit.rerankers.keep_order import KeepOrder, KeepOrderConfig

__all__ = ["CrossEncoderConfig", "CrossEncoderReranker", "KeepOrder", "KeepOrderConfig"]
