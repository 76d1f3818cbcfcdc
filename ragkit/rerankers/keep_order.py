"""The absent reranker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ragkit.stages import StageConfig
from ragkit.types import Hit


class KeepOrderConfig(StageConfig):
    """No reranking."""

    type: Literal["keep_order"] = "keep_order"

    def build(self) -> KeepOrder:
        """The reranker."""
        return KeepOrder()


class KeepOrder:
    """Leaves the hits as they are."""

    def rerank(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The same hits in the same order."""
        return list(hits)
