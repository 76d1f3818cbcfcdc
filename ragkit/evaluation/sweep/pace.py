"""How long a sweep still takes: a trial that makes an index takes longer than one that finds it made."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean

from ragkit.config import Config


def indexing(config: Config) -> str:
    """What trials that share an index have in common, by their settings alone."""
    return config.model_dump_json(include={"analyzer", "chunker", "embedder", "dense_index"})


class Pace:
    """The seconds of trials so far."""

    def __init__(self) -> None:
        self._made: set[str] = set()
        self._seconds: dict[bool, list[float]] = {True: [], False: []}

    def skip(self, config: Config) -> None:
        """Takes it that the index of a trial is there, which was measured before."""
        self._made.add(indexing(config))

    def note(self, config: Config, seconds: float) -> None:
        """Takes down how long a trial took."""
        self._seconds[indexing(config) not in self._made].append(seconds)
        self.skip(config)

    def left(self, configs: Iterable[Config]) -> float | None:
        """The seconds that other trials will take, in a row; None as long as a kind was not noted."""
        made, total = set(self._made), 0.0
        for config in configs:
            if not (known := self._seconds[indexing(config) not in made]):
                return None
            total += fmean(known)
            made.add(indexing(config))
        return total
