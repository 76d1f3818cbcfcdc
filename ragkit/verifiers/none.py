"""No verification, as a stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ragkit.stages import StageConfig
from ragkit.types import Draft, Hit


class NoVerifierConfig(StageConfig):
    """Leaves every statement unchecked (citations are still resolved by the chain)."""

    type: Literal["none"] = "none"

    def build(self) -> NoVerifier:
        """The verifier."""
        return NoVerifier()


class NoVerifier:
    """Returns drafts as they are."""

    def verify(self, draft: Draft, hits: Sequence[Hit]) -> Draft:
        """The same draft."""
        return draft
