"""Follow-up questions left as they are, as a stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ragkit.stages import StageConfig, Writer
from ragkit.types import Turn


class KeepConfig(StageConfig):
    """Searches for each question of a talk as it is."""

    type: Literal["keep"] = "keep"

    def build(self, writer: Writer | None) -> KeepFollowUps:
        """The stage; no model is asked."""
        return KeepFollowUps()


class KeepFollowUps:
    """Returns questions as they are."""

    def standalone(self, query: str, history: Sequence[Turn]) -> str:
        """The same question."""
        return query
