"""Asks golden questions as people ask them, and says how long a search takes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter
from typing import cast

import numpy as np

from ragkit.chain import Chain
from ragkit.config import Config
from ragkit.errors import QueryError, RagkitError
from ragkit.evaluation.golden import Question
from ragkit.evaluation.measures import Measure, depth_of
from ragkit.evaluation.records import Run
from ragkit.evaluation.run import LOOKED_AT, evaluate
from ragkit.evaluation.sweep.shelf import IndexShelf
from ragkit.evaluation.sweep.vectors import VectorCache
from ragkit.index import LocalIndex
from ragkit.stages import Documents, Progress
from ragkit.types import Answer, Hit


def measure_chain(
    config: Config,
    questions: Sequence[Question],
    *,
    measure: Measure,
    shelf: IndexShelf,
    cache: VectorCache,
    progress: Progress | None = None,
) -> Run:
    """The questions through the chain over its index of the shelf; each has the milliseconds of its search.

    Raises what indexing raises, `RagkitError` where no question at all could be asked.
    """
    chain = shelf.ready(config).build()
    try:
        asked = _Asked(chain, cache, depth=_depth(measure, config))
        asked.warm(questions[0].question)
        run = evaluate(
            cast(Chain, asked),  # all that is asked of a chain
            questions,
            measures=[measure],
            config=config,
            progress=progress,
        )
    finally:
        cache.flush()
        if isinstance(chain.documents, LocalIndex):
            chain.documents.close()
    if len(run.errors) == len(run.questions):
        raise RagkitError(f"no question could be asked: {run.errors[0].error}")
    return asked.timed(run)


def _depth(measure: Measure, config: Config) -> int:
    """How many passages people, or the measure, look at: a deeper search would hide what `candidates` do."""
    endless = measure.kind == "ranking" and "@" not in measure.name
    return depth_of([measure], least=LOOKED_AT if endless else config.limit)


class _Asked:
    """A chain that notes how long its searches take; what the cache saved counts as taken."""

    def __init__(self, chain: Chain, cache: VectorCache, *, depth: int) -> None:
        self._chain = chain
        self._cache = cache
        self._depth = depth
        self._milliseconds: dict[str, float] = {}

    @property
    def documents(self) -> Documents:
        """Those of the chain."""
        return self._chain.documents

    def warm(self, query: str) -> None:
        """Loads what the first search would load. Raises what makes every search impossible."""
        with suppress(QueryError, ValueError):
            self._chain.search(query, limit=self._depth)

    def search(self, query: str, *, limit: int) -> list[Hit]:
        """The passages of the depth at which people look, at most `limit`."""
        self._cache.take_owed()
        began = perf_counter()
        try:
            return self._chain.search(query, limit=min(limit, self._depth))
        finally:
            self._milliseconds[query] = 1000.0 * (perf_counter() - began) + self._cache.take_owed()

    def ask(self, query: str) -> Answer:
        """The chain's answer."""
        return self._chain.ask(query)

    def timed(self, run: Run) -> Run:
        """The run with these times."""
        records = [
            one.model_copy(update={"milliseconds": round(self._milliseconds[one.question], 2)})
            for one in run.questions
        ]
        return run.model_copy(update={"questions": tuple(records)})


def latency(run: Run) -> tuple[float, float]:
    """The milliseconds within which half of the searches, and 95 % of them, were done."""
    times = [one.milliseconds for one in run.questions]
    return float(np.percentile(times, 50)), float(np.percentile(times, 95))
