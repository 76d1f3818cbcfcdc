"""Judges what a chain answered, by ragas' metrics and a language model."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from ragkit.evaluation.judges.agreement import THRESHOLD, agreement
from ragkit.evaluation.judges.cases import Case
from ragkit.evaluation.judges.metrics import RagasMetrics, require_ragas
from ragkit.evaluation.judges.prompts import prompts_in
from ragkit.evaluation.judges.records import (
    METRICS,
    Agreement,
    Judged,
    JudgedAnswer,
    JudgeSpending,
    Mark,
    Metric,
)
from ragkit.evaluation.judges.replies import JudgeFailure, ReplyReader
from ragkit.evaluation.records import Score
from ragkit.evaluation.statistics import interval
from ragkit.stages import Embedder, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """A language model as the judge of answers.

    `strictness` is how many questions are made of an answer for its relevancy, `parallel` how many answers
    are judged at once, `threshold` from where on an answer counts as faithful for the agreement.
    """

    replies: ReplyReader
    embedder: Embedder
    metrics: Sequence[Metric] = METRICS
    strictness: int = 3
    parallel: int = 1
    threshold: float = THRESHOLD

    def judge(
        self,
        cases: Sequence[Case],
        *,
        config: Mapping[str, object] | None = None,
        golden: str = "",
        progress: Progress | None = None,
    ) -> Judged:
        """Every metric of every case that it is about; what fails is noted with its reason, and in no mean.

        `config` and `golden` (a name) are noted. After an interrupt (Ctrl-C) the rest is noted as stopped.
        Not to be called where an event loop runs. Raises `MissingDependency`, and `ValueError` without cases.
        """
        if not cases:
            raise ValueError("there are no questions")
        ragas = require_ragas()
        marks: list[dict[Metric, Mark]] = [{} for _ in cases]
        try:
            asyncio.run(self._mark_all(cases, marks, progress))
        except KeyboardInterrupt:  # what was judged has cost time and money
            pass
        finally:
            self.replies.stop()
        answers = tuple(self._answer(case, marks[number]) for number, case in enumerate(cases))
        return Judged(
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            ragkit=version("ragkit"),
            ragas=ragas,
            judge=self.replies.name,
            config=config or {},
            golden=golden,
            prompts=prompts_in(case.question.language for case in cases),
            metrics=tuple(self.metrics),
            scores=_scores(answers, self.metrics),
            agreement=_agreements(answers, self.threshold),
            spending=self._spending(),
            notices=tuple(self.replies.spent.notices),
            answers=answers,
        )

    def most_requests(self, *, referred: bool, passages: int) -> int:
        """How many a question takes at most, if every reply fits; `referred` with an accepted answer."""
        each = {"faithfulness": 2, "answer_relevancy": self.strictness}
        if referred:
            each |= {"context_precision": passages, "context_recall": 1}
        return sum(each.get(metric, 0) for metric in self.metrics)

    async def _mark_all(
        self, cases: Sequence[Case], found: Sequence[dict[Metric, Mark]], progress: Progress | None
    ) -> None:
        """One metric after the other, so that a model on this machine reads what they share once."""
        metrics = RagasMetrics(self.replies, self.embedder, strictness=self.strictness)
        turn, total = asyncio.Semaphore(self.parallel), len(cases) * len(self.metrics)

        async def mark(number: int, metric: Metric) -> None:
            async with turn:
                found[number][metric] = await _mark(metrics, metric, cases[number])
            if progress:
                progress(sum(map(len, found)), total)

        await asyncio.gather(*(mark(number, one) for one in self.metrics for number in range(len(cases))))

    def _answer(self, case: Case, marks: Mapping[Metric, Mark]) -> JudgedAnswer:
        stopped = Mark(state="failed", kind="stopped", reason="stopped before it was judged")
        return JudgedAnswer(
            id=case.question.id,
            language=case.question.language,
            question=case.question.question,
            answer=case.answer,
            abstained=case.abstained,
            contexts=case.contexts,
            reference=case.reference,
            supported=case.supported,
            marks={metric: marks.get(metric, stopped) for metric in self.metrics},
        )

    def _spending(self) -> JudgeSpending:
        spent = self.replies.spent
        return JudgeSpending(
            requests=spent.requests,
            prompt_tokens=spent.prompt_tokens,
            completion_tokens=spent.completion_tokens,
            cost=spent.cost,
        )


async def _mark(metrics: RagasMetrics, metric: Metric, case: Case) -> Mark:
    if reason := _not_judged(metric, case) or metrics.unread(metric, case.question.question):
        return Mark(state="skipped", reason=reason)
    try:
        if case.error:
            raise JudgeFailure("chain", case.error)
        if metric != "answer_relevancy" and not case.contexts:
            raise JudgeFailure("empty", "the chain found no passage")
        return Mark(state="judged", value=await metrics.score(metric, case))
    except JudgeFailure as failure:
        return Mark(state="failed", kind=failure.kind, reason=failure.reason)


def _not_judged(metric: Metric, case: Case) -> str:
    """Why a metric is not about a case, "" where it is."""
    if metric in ("context_precision", "context_recall"):
        return "" if case.reference else "no accepted answer"
    return "the chain refused to answer" if case.abstained else ""


def _groups(answers: Sequence[JudgedAnswer]) -> dict[str, list[JudgedAnswer]]:
    """By language, and "all" where there are several."""
    languages = sorted({one.language for one in answers})
    groups = {language: [one for one in answers if one.language == language] for language in languages}
    return groups | ({"all": list(answers)} if len(languages) > 1 else {})


def _scores(answers: Sequence[JudgedAnswer], metrics: Sequence[Metric]) -> dict[str, dict[Metric, Score]]:
    return {
        language: {metric: score for metric in metrics if (score := _score(group, metric))}
        for language, group in _groups(answers).items()
    }


def _score(answers: Sequence[JudgedAnswer], metric: Metric) -> Score | None:
    values = [value for one in answers if (value := one.marks[metric].value) is not None]
    if not values:
        return None
    mean = interval(values)
    return Score(mean=mean.mean, low=mean.low, high=mean.high, questions=len(values))


def _agreements(answers: Sequence[JudgedAnswer], threshold: float) -> tuple[Agreement, ...]:
    found = []
    for language, group in _groups(answers).items():
        pairs = [
            (mark.value, one.supported)
            for one in group
            if (mark := one.marks.get("faithfulness"))
            and mark.value is not None
            and one.supported is not None
        ]
        if pairs:
            found.append(agreement(pairs, language=language, threshold=threshold))
    return tuple(found)
