"""The absent rewriter."""

from __future__ import annotations

from typing import Literal

from ragkit.stages import StageConfig


class KeepQueryConfig(StageConfig):
    """No rewriting."""

    type: Literal["keep_query"] = "keep_query"

    def build(self) -> KeepQuery:
        """The rewriter."""
        return KeepQuery()


class KeepQuery:
    """Searches for the question as it is."""

    def rewrite(self, query: str) -> list[str]:
        """The question alone."""
        return [query]
