"""All that happens to ranked hits before they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from ragkit.postprocessors.collapse import CollapseAlike
from ragkit.postprocessors.diversity import Diversify
from ragkit.postprocessors.neighbours import MergeNeighbours
from ragkit.postprocessors.per_document import LimitPerDocument
from ragkit.stages import Postprocessor, StageConfig
from ragkit.types import Hit


class ResultsConfig(StageConfig):
    """What is done with ranked passages before the best are shown, in this order.

    `collapse`: near-identical passages are shown once. `merge_neighbours`: at most so many passages that
    stand side by side become one. `diversity` (0 to 1): how much a passage must differ from those before
    it. `per_document`: at most so many passages of one document. null: not done.
    """

    collapse: bool = True
    merge_neighbours: int | None = Field(default=None, ge=2)
    diversity: float | None = Field(default=None, gt=0.0, le=1.0)
    per_document: int | None = Field(default=None, ge=1)

    def build(self) -> Results:
        """The steps that are wanted."""
        steps: list[Postprocessor] = []
        if self.collapse:
            steps.append(CollapseAlike())
        if self.merge_neighbours is not None:
            steps.append(MergeNeighbours(self.merge_neighbours))
        if self.diversity is not None:
            steps.append(Diversify(self.diversity))
        if self.per_document is not None:
            steps.append(LimitPerDocument(self.per_document))
        return Results(*steps)


class Results:
    """Several steps, one after the other; without steps the hits stay as they are."""

    def __init__(self, *steps: Postprocessor) -> None:
        self._steps = steps

    def process(self, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits after every step."""
        for step in self._steps:
            hits = step.process(query, hits)
        return list(hits)
