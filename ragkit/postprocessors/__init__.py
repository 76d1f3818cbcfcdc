"""What happens to ranked hits before they are shown."""

from ragkit.postprocessors.collapse import CollapseAlike
from ragkit.postprocessors.diversity import Diversify
from ragkit.postprocessors.neighbours import MergeNeighbours
from ragkit.postprocessors.per_document import LimitPerDocument
from ragkit.postprocessors.results import Results, ResultsConfig

__all__ = [
    "CollapseAlike",
    "Diversify",
    "LimitPerDocument",
    "MergeNeighbours",
    "Results",
    "ResultsConfig",
]
