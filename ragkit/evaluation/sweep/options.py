"""What is asked of a sweep, and what it tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ragkit.evaluation.sweep.results import TrialRecord
from ragkit.evaluation.sweep.trials import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOptions:
    """How a sweep searches.

    `trials` combinations are drawn by chance with `seed`; None is the whole grid. Trials whose `p95_ms` is
    above `budget_ms` cannot win. `held_out` is the share of the questions that the search never sees.
    Combinations that are not valid are an error, or with `skip_invalid` left out. With `fresh` nothing that
    was measured before counts.
    """

    measure: str = "nDCG@10"
    trials: int | None = None
    seed: int = 0
    budget_ms: float | None = None
    held_out: float = 0.5
    skip_invalid: bool = False
    fresh: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.held_out < 1.0:
            raise ValueError(f"held_out must be 0 or more and below 1, not {self.held_out}")
        if self.trials is not None and self.trials < 1:
            raise ValueError(f"trials must be 1 or more, not {self.trials}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStep:
    """How far a sweep is: `asked` of `questions` in the current `trial`, `done` of `total` trials.

    `finished` is the trial that has just ended, `best` the best so far within the budget, `seconds_left`
    what is left at the pace of the trials so far; each None where it is not known. On the questions kept
    aside, `aside` is true.
    """

    done: int
    total: int
    trial: Trial
    asked: int
    questions: int
    best: TrialRecord | None = None
    finished: TrialRecord | None = None
    seconds_left: float | None = None
    aside: bool = False


SweepProgress = Callable[[SweepStep], None]
