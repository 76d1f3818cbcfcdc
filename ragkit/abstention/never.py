"""No abstention, as a stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ragkit.stages import StageConfig
from ragkit.types import Hit, Judgement


class NeverConfig(StageConfig):
    """Lets the generator try whatever was found."""

    type: Literal["never"] = "never"

    def build(self) -> NeverGate:
        """The gate."""
        return NeverGate()


class NeverGate:
    """Takes every question for answered."""

    def judge(self, query: str, hits: Sequence[Hit]) -> Judgement:
        """Always sure."""
        return Judgement()
