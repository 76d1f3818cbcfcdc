"""What is told while a model is tuned."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from ragkit.cli.output import notice
from ragkit.counting import minutes

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragkit.tuning.runs.progress import Progress, Told

_SECONDS = 15  # between two lines of progress
_FIRST = 3  # steps, after which the pace is known


class Stands(Protocol):
    """Where a training stands."""

    @property
    def step(self) -> int: ...
    @property
    def steps(self) -> int: ...
    @property
    def seconds_left(self) -> float: ...


P = TypeVar("P", bound=Stands)


def told() -> Told:
    """Progress as lines on stderr."""
    from ragkit.tuning.runs.progress import Told
    from ragkit.tuning.runs.ranks import is_first

    return Told(notice, Lines(_said)) if is_first() else Told(lambda line: None, lambda progress: None)


class Lines(Generic[P]):
    """A line on the time left once the pace is known, then one every few seconds; `said` words it."""

    def __init__(self, said: Callable[[P], str]) -> None:
        self._said = said
        self._steps = 0
        self._last = 0.0

    def __call__(self, progress: P) -> None:
        self._steps += 1
        if self._steps == _FIRST:
            notice(f"{progress.steps - progress.step} steps are left: {minutes(progress.seconds_left)}")
        now = perf_counter()
        if now - self._last < _SECONDS and progress.step < progress.steps:
            return
        self._last = now
        notice(f"step {progress.step} of {progress.steps}: {self._said(progress)}")


def _said(progress: Progress) -> str:
    measured = f" (development {progress.development:.3f})" if progress.development is not None else ""
    return (
        f"loss {progress.loss:.3f}{measured}, {progress.tokens_per_second:,.0f} tokens/s, "
        f"{minutes(progress.seconds_left)} left, {progress.memory_mb:,.0f} MB"
    )
