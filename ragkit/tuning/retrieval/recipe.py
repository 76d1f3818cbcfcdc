"""How an embedder or a reranker is tuned."""

from __future__ import annotations

from dataclasses import dataclass

from ragkit.tuning.runs.precision import Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that weights follow from, beside the data and the model.

    Beside the right passage of a question stand `negatives` others, the first of `depth` that a search finds
    and that hold no accepted answer. Texts are cut at `longest` tokens. A step reads `batch` questions (of a
    reranker: pairs) `accumulate` times; the rate rises for a `warm` share of the steps and falls to zero as
    a cosine. Every `every` steps the development loss is taken and the state kept; after `patience` times
    without a better loss the training ends (0: never). `questions` is the most to learn from.
    """

    questions: int = 2_000
    negatives: int = 2
    depth: int = 30
    epochs: float = 1.0
    rate: float = 2e-5
    batch: int = 16
    accumulate: int = 1
    longest: int = 192
    warm: float = 0.1
    every: int = 50
    patience: int = 3
    precision: Precision = "auto"
    seed: int = 0
