"""Whether the gate tells questions that the corpus answers from three kinds that it does not.

"off topic" are another set's questions, "removed" those whose relevant documents are taken out of the hits
(which ranks the others as a corpus without them would, other paragraphs of the same article among them),
"adversarial" those written so that a paragraph seems to answer them (there are none in Chinese).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.asked import SPANNED, Asked, adversarial, answerable, off_spanned, off_topic, spanned
from benchmarks.cores import process_per_core
from benchmarks.figures import Figure
from ragkit.abstention import CalibratedConfig
from ragkit.tuning.verifier import split
from ragkit.types import Judgement

ENGLISH = (("squad2-en", "nq-oracle-en"), ("nq-oracle-en", "squad2-en"), (SPANNED, "nq-oracle-en"))
CHINESE = (
    ("cmrc-trial-zh", "drcd-dev-zh-hant"),
    ("xquad-zh", "cmrc-trial-zh"),
    ("drcd-dev-zh-hant", "cmrc-trial-zh"),
)
KNOWN, OFF_TOPIC, REMOVED, ADVERSARIAL = "answerable", "off topic", "removed", "adversarial"
_WITH_ADVERSARIAL = ("squad2-en",)
TARGETS = {
    ("squad2-en", OFF_TOPIC): 0.98,
    ("squad2-en", REMOVED): 0.85,
    ("squad2-en", ADVERSARIAL): 0.75,
    ("cmrc-trial-zh", OFF_TOPIC): 0.98,
    ("cmrc-trial-zh", REMOVED): 0.80,
}
QUESTIONS = 400  # of each kind and part
OFF_TOPIC_QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class Judged:
    """The scores of the gate, whether it answered, and the milliseconds that it took."""

    scores: NDArray[np.float64]
    answered: NDArray[np.bool_]
    milliseconds: list[float]


def measure() -> list[Figure]:
    """AUROC of each kind against answerable questions on documents kept aside, and the operating point."""
    with process_per_core() as pool:
        return [
            figure for figures in pool.map(_of, *zip(*ENGLISH, *CHINESE, strict=True)) for figure in figures
        ]


def _of(name: str, other: str) -> list[Figure]:
    """The figures of a set; the milliseconds are those of one core."""
    judged = {kind: judge(questions) for kind, questions in groups(name, other, "test").items()}
    figures = _figures(name, {kind: whole for kind, (whole, _) in judged.items()})
    by_words = {kind: words for kind, (_, words) in judged.items()}
    return figures + [
        Figure(name=f"{name}: {kind}, AUROC by words alone", value=value, better="higher")
        for kind, value in aurocs(by_words).items()
    ]


def groups(name: str, other: str, part: split.Part) -> dict[str, list[Asked]]:
    """The questions of each kind; `other` is the set of those that are off topic."""
    if name == SPANNED:
        known, off = spanned(part, QUESTIONS), off_spanned(other, part, OFF_TOPIC_QUESTIONS)
    else:
        known, off = answerable(name, part, QUESTIONS), off_topic(name, other, part, OFF_TOPIC_QUESTIONS)
    kinds = {
        KNOWN: [one.as_asked() for one in known],
        OFF_TOPIC: [one.as_asked() for one in off],
        REMOVED: [one.without_relevant() for one in known],
    }
    if name in _WITH_ADVERSARIAL:
        kinds[ADVERSARIAL] = [one.as_asked() for one in adversarial(name, part, QUESTIONS)]
    return kinds


def judge(questions: Sequence[Asked]) -> tuple[Judged, Judged]:
    """What the gate says of each, and what it says by words alone (of which most is read already)."""
    gate = CalibratedConfig().build()
    whole, by_words, times = [], [], []
    for one in questions:
        started = perf_counter()
        whole.append(gate.judge(one.question, one.hits))
        times.append((perf_counter() - started) * 1000.0)
        words = _by_words(one)
        by_words.append(gate.judge(words.question, words.hits))
    return _judged(whole, times), _judged(by_words, [])


def _judged(judgements: Sequence[Judgement], times: list[float]) -> Judged:
    return Judged(
        np.array([one.score for one in judgements]),
        np.array([not one.reason for one in judgements]),
        times,
    )


def _by_words(one: Asked) -> Asked:
    """As if no passage had been found by meaning: what the preset "lexical" knows."""
    hits = [replace(hit, stages={"bm25": hit.stages["bm25"]}) for hit in one.hits if "bm25" in hit.stages]
    return replace(one, hits=tuple(hits))


def aurocs(judged: Mapping[str, Judged]) -> dict[str, float]:
    """For each kind, how well its scores are told from those of answerable questions."""
    known = judged[KNOWN].scores
    return {kind: auroc(known, of.scores) for kind, of in judged.items() if kind != KNOWN}


def _figures(name: str, judged: Mapping[str, Judged]) -> list[Figure]:
    known = judged[KNOWN]
    figures = [
        Figure(
            name=f"{name}: {kind}, AUROC",
            value=value,
            target=TARGETS.get((name, kind)),
            better="higher",
            note=_operating_point(known, judged[kind]),
        )
        for kind, value in aurocs(judged).items()
    ]
    answered = Figure(
        name=f"{name}: answerable questions answered",
        value=float(known.answered.mean()),
        better="higher",
        note=f"{len(known.scores)} questions; {median(known.milliseconds):.0f} ms p50",
    )
    return [*figures, answered]


def _operating_point(known: Judged, other: Judged) -> str:
    """Precision and recall of refusing, as if both kinds were equally frequent."""
    recall, wrongly = float(np.mean(~other.answered)), float(np.mean(~known.answered))
    precision = recall / (recall + wrongly) if recall + wrongly else 1.0
    return f"{len(other.scores)} questions; refusals: precision {precision:.3f}, recall {recall:.3f}"


def auroc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """The chance that a positive scores higher than a negative; equal scores count half."""
    higher = (positive[:, None] > negative[None]).mean()
    equal = (positive[:, None] == negative[None]).mean()
    return float(higher + equal / 2.0)
