"""Reads the best hits first until the order is settled or the time is spent, and mixes the judgements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ragkit.stages import StageConfig
from ragkit.types import Hit, StageScore

Floats = NDArray[np.float64]

FIRST_GROUP = 8
NEXT_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerScale:
    """Brings a model's scores to 0..1: how well each passage answers against the best one read.

    A model hardly judges below `begins` what answers, and nothing answers better than `certain`; a passage
    that is `temperature` worse than the best one counts e times less.
    """

    begins: float
    certain: float
    temperature: float

    def chances(self, scores: Floats, *, best: float | None = None) -> Floats:
        """exp((score - best) / temperature), at most 1; `best`: the highest score, within the two bounds."""
        if best is None:
            best = float(np.clip(scores.max(), self.begins, self.certain))
        chances: Floats = np.exp(np.minimum(0.0, scores - best) / self.temperature)
        return chances


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How hits are read: `scores` of those at some positions, `scale` brings scores to 0..1.

    `weight` is the share of the chance in the mix. With `early`, reading ends as soon as the first place
    is settled; `budget_ms` (None: as long as it takes) ends it before the group that would not fit.
    """

    scores: Callable[[Sequence[int]], NDArray[np.float32]]
    scale: AnswerScale
    weight: float
    early: bool = True
    budget_ms: float | None = None


class ReadingConfig(StageConfig):
    """What every reranker that reads has: see `CrossEncoderConfig`."""

    candidates: int = Field(default=20, ge=1)
    weight: float = Field(default=0.7, ge=0, le=1)
    early_stop: bool = True
    budget_ms: float | None = Field(default=None, ge=0)


class ReadingModel(Protocol):
    """A model that reads some scripts, and is loaded when it is needed."""

    def reads(self, text: str) -> bool:
        """Whether it was trained on the script that most of `text` is written in."""
        ...

    def load(self) -> None:
        """Loads it now."""
        ...


def read_best(
    query: str,
    hits: Sequence[Hit],
    prepare: Callable[[list[Hit]], Callable[[Sequence[int]], NDArray[np.float32]]],
    *,
    config: ReadingConfig,
    model: ReadingModel,
    scale: AnswerScale,
) -> list[Hit]:
    """The first `candidates` hits by (-mixed score, chunk.id); the others behind them, scored below -1.

    `prepare` takes the hits that the model can read, and gives what scores those at some positions.
    A query that it cannot read leaves the hits as they are. Loading the model does not count for the
    budget. Raises `ModelNotFound`.
    """
    head, tail = hits[: config.candidates], hits[config.candidates :]
    readable = [index for index, hit in enumerate(head) if model.reads(hit.chunk.search_text)]
    if not readable or not model.reads(query):
        return list(hits)
    model.load()
    started = perf_counter()
    scores = prepare([head[index] for index in readable])
    places = {index: place for place, index in enumerate(readable)}
    judgement = Judgement(
        scores=lambda group: scores([places[index] for index in group]),
        scale=scale,
        weight=config.weight,
        early=config.early_stop,
        budget_ms=config.budget_ms,
    )
    return reread(head, readable, judgement, started=started) + behind(head, tail)


def reread(
    hits: Sequence[Hit], readable: Sequence[int], judgement: Judgement, *, started: float
) -> list[Hit]:
    """The hits by (-mixed score, chunk.id); `started` is the `perf_counter` from which the budget runs.

    The mix is (1 - weight) * first stage, scaled to 0..1 over the hits, + weight * chance. A hit that was
    not read in time counts as if it did not answer; one that cannot be read as the average of those that
    were.
    """
    first = scaled(np.array([hit.score for hit in hits], dtype=np.float64))
    raw = np.full(len(hits), np.nan)
    for group in _groups(readable, judgement.budget_ms, started):
        raw[group] = judgement.scores(group)
        if judgement.early and _is_settled(first, raw, readable, judgement):
            break
    mixed = _mixed(first, raw, readable, judgement)
    ranked = [replace(hit, score=float(score)) for hit, score in zip(hits, mixed, strict=True)]
    return sorted(_explained(ranked, raw), key=lambda hit: (-hit.score, hit.chunk.id))


def scaled(scores: Floats) -> Floats:
    """Min-max to 0..1; all 1 where nothing differs."""
    span = np.ptp(scores)
    return (scores - scores.min()) / span if span > 0 else np.ones_like(scores)


def _groups(readable: Sequence[int], budget_ms: float | None, started: float) -> Iterator[list[int]]:
    """The positions to read next, in order, while the budget holds a group as slow as those before."""
    begun = perf_counter()
    done = 0
    while done < len(readable):
        size = NEXT_GROUP if done or budget_ms is not None else FIRST_GROUP
        group = list(readable[done : done + size])
        now = perf_counter()
        expected = (now - begun) / done * len(group) if done else 0.0
        if budget_ms is not None and now - started + expected >= budget_ms / 1000.0:
            return
        yield group
        done += len(group)


def _is_settled(first: Floats, raw: Floats, readable: Sequence[int], judgement: Judgement) -> bool:
    """Whether the leader stays first, however well the hits that were not read may answer.

    A better answer makes all chances smaller by one factor, at most down to those against a certain one:
    whoever leads the hits read at both ends leads them in between.
    """
    if not np.isnan(raw[list(readable)]).any():
        return True
    unread = np.isnan(raw)  # of those that cannot be read the chance may still change, too
    now = _mixed(first, raw, readable, judgement)
    later = _mixed(first, raw, readable, judgement, best=judgement.scale.certain)
    now[unread] = later[unread] = -np.inf
    leader = int(np.argmax(now))
    rival = (1 - judgement.weight) * first[unread].max() + judgement.weight
    return leader == int(np.argmax(later)) and bool(rival < later[leader])


def _mixed(
    first: Floats, raw: Floats, readable: Sequence[int], judgement: Judgement, *, best: float | None = None
) -> Floats:
    second = np.zeros_like(first)
    was_read = ~np.isnan(raw)
    if was_read.any():
        second[was_read] = judgement.scale.chances(raw[was_read], best=best)
        unreadable = np.setdiff1d(np.arange(len(first)), readable)
        second[unreadable] = second[was_read].mean()
    mixed: Floats = (1 - judgement.weight) * first + judgement.weight * second
    return mixed


def _explained(hits: list[Hit], raw: Floats) -> list[Hit]:
    """The hits, those that were read with the rank and score that the model gave them."""
    was_read = [position for position in range(len(hits)) if not np.isnan(raw[position])]
    was_read.sort(key=lambda position: (-raw[position], hits[position].chunk.id))
    for rank, position in enumerate(was_read, start=1):
        stage = StageScore(rank=rank, score=float(raw[position]))
        hits[position] = replace(hits[position], stages={**hits[position].stages, "rerank": stage})
    return hits


def behind(head: Sequence[Hit], tail: Sequence[Hit]) -> list[Hit]:
    """The hits beyond the candidates, on the scale of these, but one below: order follows score."""
    scores = [hit.score for hit in head]
    low, span = min(scores), (max(scores) - min(scores)) or 1.0
    return [replace(hit, score=min(0.0, (hit.score - low) / span) - 1.0) for hit in tail]
