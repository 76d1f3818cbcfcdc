"""How often an answer without a language model holds the right one: questions of the odd halves."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import numpy as np

from benchmarks.asked import Asked, answerable
from benchmarks.figures import Figure
from ragkit.chain import returned
from ragkit.generators import ExtractiveConfig
from ragkit.types import Draft

ENGLISH = ("squad2-en", "xquad-en", "nq-oracle-en")
CHINESE = ("xquad-zh", "cmrc-trial-zh", "drcd-dev-zh-hant")
MODEL = ExtractiveConfig().model
QUESTIONS = {"xquad-en": 150, "nq-oracle-en": 150}  # of each half; of all other sets:
MOST_QUESTIONS = 400
ONE, TWO = ExtractiveConfig(sentences=1), ExtractiveConfig()
TARGETS = {"squad2-en": (0.80, 0.87)}
MOST_SECONDS = 1.5


def measure() -> list[Figure]:
    """The share of answers of one and of two sentences that hold an accepted answer, and their cost."""
    return [figure for name in (*ENGLISH, *CHINESE) for figure in _of_set(name)]


def questions_of(name: str) -> int:
    """How many questions of a set are asked, of each half: fewer where reading them takes long."""
    return QUESTIONS.get(name, MOST_QUESTIONS)


def _of_set(name: str) -> list[Figure]:
    asked = [one.as_asked() for one in answerable(name, "odd", questions_of(name))]
    one, seconds = _answers(asked, ONE)
    two, _ = _answers(asked, TWO)
    longer = float(
        np.mean([len(draft.text) > len(first.text) for draft, first in zip(two, one, strict=True)])
    )
    targets = TARGETS.get(name, (None, None))
    return [
        Figure(
            name=f"{name}: right in one sentence",
            value=_share(one, asked),
            target=targets[0],
            better="higher",
            note=f"{len(asked)} questions",
        ),
        Figure(
            name=f"{name}: right in two sentences",
            value=_share(two, asked),
            target=targets[1],
            better="higher",
            note=f"{longer:.0%} of the answers have a second one",
        ),
        Figure(
            name=f"{name}: seconds of an answer, p95",
            value=float(np.percentile(seconds, 95)),
            target=MOST_SECONDS,
            note=f"p50 {float(np.median(seconds)):.3f}",
        ),
    ]


def _answers(asked: Sequence[Asked], config: ExtractiveConfig) -> tuple[list[Draft], list[float]]:
    generator = config.build()
    drafts, seconds = [], []
    for one in asked:
        started = perf_counter()
        drafts.append(returned(generator.generate(one.question, one.hits)))
        seconds.append(perf_counter() - started)
    return drafts, seconds


def _share(drafts: Sequence[Draft], asked: Sequence[Asked]) -> float:
    pairs = zip(drafts, asked, strict=True)
    return float(np.mean([one.answered_by(draft.text) for draft, one in pairs]))
