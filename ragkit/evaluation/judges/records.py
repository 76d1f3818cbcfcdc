"""What is kept of answers that a language model has judged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from ragkit.evaluation.judges.replies import Kind
from ragkit.evaluation.records import Record, Score

Metric = Literal["faithfulness", "answer_relevancy", "context_precision", "context_recall"]
METRICS: tuple[Metric, ...] = ("faithfulness", "answer_relevancy", "context_precision", "context_recall")
State = Literal["judged", "skipped", "failed"]


class Mark(Record):
    """One metric of one answer: its `value`, else why it was not judged (`skipped`), or what `failed`."""

    state: State
    value: float | None = None
    kind: Kind | None = None
    reason: str = ""


class JudgedAnswer(Record):
    """One question with its answer, what the chain's verifier said of it, and the judge's marks."""

    id: str
    language: str
    question: str
    answer: str = ""
    abstained: bool = False
    contexts: tuple[str, ...] = ()
    reference: str = ""
    supported: float | None = None
    marks: Mapping[Metric, Mark] = Field(default_factory=dict)


class Agreement(Record):
    """How well the judge's faithfulness and the verifier's share of supported sentences agree.

    Rank correlations are None where one of the two says the same of all. An answer is faithful from
    `threshold` on; `kappa` is Cohen's, None where it is not defined.
    """

    language: str
    answers: int
    spearman: float | None
    kendall: float | None
    threshold: float
    both: int
    only_judge: int
    only_verifier: int
    neither: int
    agreement: float
    kappa: float | None


class JudgeSpending(Record):
    """What the judge was asked; `cost` in US dollars, None where prices are not known."""

    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None = None


class Judged(Record):
    """Answers as one judge sees them. `scores` are means of what was judged, by language."""

    created: str
    ragkit: str
    ragas: str
    judge: str
    config: Mapping[str, object] = Field(default_factory=dict)
    golden: str = ""
    prompts: Mapping[str, str] = Field(default_factory=dict)
    metrics: tuple[Metric, ...]
    scores: Mapping[str, Mapping[Metric, Score]]
    agreement: tuple[Agreement, ...] = ()
    spending: JudgeSpending
    notices: tuple[str, ...] = ()
    answers: tuple[JudgedAnswer, ...]

    def count(self, metric: Metric, state: State) -> int:
        """How many answers have this state in a metric."""
        return sum(one.marks[metric].state == state for one in self.answers)

    @property
    def failures(self) -> list[tuple[JudgedAnswer, Metric, Mark]]:
        """What could not be judged, and why."""
        return [
            (one, metric, mark)
            for one in self.answers
            for metric, mark in one.marks.items()
            if mark.state == "failed"
        ]

    @property
    def stopped(self) -> bool:
        """Whether it was interrupted."""
        return any(mark.kind == "stopped" for _, _, mark in self.failures)

    @property
    def values(self) -> int:
        """How many marks have a value."""
        return sum(self.count(metric, "judged") for metric in self.metrics)


def write_judged(judged: Judged, path: Path) -> None:
    """Stores it as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(judged.model_dump_json(indent=1, exclude_defaults=True) + "\n", encoding="utf-8")
    beside.replace(path)
