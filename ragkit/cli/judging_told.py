"""What `ragkit eval ragas` tells: tables, and JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from ragkit.cli.eval_shapes import ScoreShape
from ragkit.cli.shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ragkit.evaluation.judges import Agreement, Judged, JudgedAnswer
    from ragkit.evaluation.records import Score


class MarkShape(Shape):
    state: str
    value: float | None
    kind: str | None
    reason: str


class JudgedAnswerShape(Shape):
    id: str
    language: str
    question: str
    answer: str
    abstained: bool
    supported: float | None
    marks: dict[str, MarkShape]


class AgreementShape(Shape):
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


class CountsShape(Shape):
    judged: int
    skipped: int
    failed: int


class JudgedShape(Shape):
    judge: str
    ragas: str
    prompts: dict[str, str]
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    counts: dict[str, CountsShape]
    scores: dict[str, dict[str, ScoreShape]]
    agreement: list[AgreementShape]
    answers: list[JudgedAnswerShape]


def judged_shape(judged: Judged) -> JudgedShape:
    """Every answer with its marks, and the figures of all."""
    return JudgedShape(
        judge=judged.judge,
        ragas=judged.ragas,
        prompts=dict(judged.prompts),
        **judged.spending.model_dump(),
        counts={
            metric: CountsShape(
                judged=judged.count(metric, "judged"),
                skipped=judged.count(metric, "skipped"),
                failed=judged.count(metric, "failed"),
            )
            for metric in judged.metrics
        },
        scores={
            language: {metric: ScoreShape(**score.model_dump()) for metric, score in scores.items()}
            for language, scores in judged.scores.items()
        },
        agreement=[AgreementShape(**one.model_dump()) for one in judged.agreement],
        answers=[_answer(one) for one in judged.answers],
    )


def _answer(one: JudgedAnswer) -> JudgedAnswerShape:
    return JudgedAnswerShape(
        id=one.id,
        language=one.language,
        question=one.question,
        answer=one.answer,
        abstained=one.abstained,
        supported=one.supported,
        marks={metric: MarkShape(**mark.model_dump()) for metric, mark in one.marks.items()},
    )


def print_judged(console: Console, judged: Judged, *, most: int) -> None:
    """Means with their intervals, what was not judged and why, and the agreement with the verifier."""
    console.print(_scores(judged))
    _print_skipped(console, judged)
    _print_failures(console, judged, most)
    _print_agreement(console, judged)
    console.print(f"\n{_spending(judged)}", markup=False)


def _scores(judged: Judged) -> Table:
    table = _table("metric")
    for language in judged.scores:
        table.add_column(escape(language))
    for name in ("judged", "skipped", "failed"):
        table.add_column(name, justify="right")
    for metric in judged.metrics:
        cells = [_cell(scores.get(metric)) for scores in judged.scores.values()]
        counts = [str(judged.count(metric, state)) for state in ("judged", "skipped", "failed")]
        table.add_row(metric, *cells, *counts)
    return table


def _cell(score: Score | None) -> str:
    if score is None:
        return "-"
    return f"{score.mean:.3f}  [dim]{score.low:.3f} to {score.high:.3f} ({score.questions})[/]"


def _print_skipped(console: Console, judged: Judged) -> None:
    """How many answers a metric is not about, by reason."""
    skipped = Counter(
        (metric, mark.reason)
        for one in judged.answers
        for metric, mark in one.marks.items()
        if mark.state == "skipped"
    )
    for (metric, reason), count in skipped.items():
        console.print(f"{metric}: {count} not judged: {reason}", markup=False)


def _print_failures(console: Console, judged: Judged, most: int) -> None:
    failures = judged.failures
    if not failures:
        return
    kinds = Counter(str(mark.kind) for _, _, mark in failures)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    console.print(
        f"\n{len(failures)} could not be judged, and are in no mean: {counts}", style="red", markup=False
    )
    for one, metric, mark in failures[:most]:
        console.print(f"{one.id:12} {metric:18} {mark.kind}: {mark.reason}", markup=False)
    if len(failures) > most > 0:
        console.print(f"... and {len(failures) - most} more: --show {len(failures)}, or --json", markup=False)


def _print_agreement(console: Console, judged: Judged) -> None:
    if "faithfulness" not in judged.metrics:
        return
    if not judged.agreement:
        console.print("\nno answer was judged by both the judge and the verifier", markup=False)
        return
    console.print(
        f"\nfaithfulness by {judged.judge} against the verifier's share of supported sentences; an answer is "
        f"faithful from {judged.agreement[0].threshold:g} on:",
        markup=False,
    )
    table = _table("language")
    for name in (
        "answers",
        "Spearman",
        "Kendall",
        "both",
        "only judge",
        "only verifier",
        "neither",
        "agree",
        "kappa",
    ):
        table.add_column(name, justify="right")
    for one in judged.agreement:
        table.add_row(*_row(one))
    console.print(table)
    if any(one.spearman is None for one in judged.agreement):
        console.print("-: not defined, since one of the two says the same of all", markup=False)


def _row(one: Agreement) -> Sequence[str]:
    counts = (one.both, one.only_judge, one.only_verifier, one.neither)
    return [
        escape(one.language),
        str(one.answers),
        _number(one.spearman),
        _number(one.kendall),
        *map(str, counts),
        f"{100 * one.agreement:.0f} %",
        _number(one.kappa),
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _spending(judged: Judged) -> str:
    spent = judged.spending
    cost = "" if spent.cost is None else f", ${spent.cost:.4f}"
    tokens = f"{spent.prompt_tokens} + {spent.completion_tokens} tokens"
    return f"{judged.judge}: {spent.requests} requests, {tokens}{cost}; ragas {judged.ragas}"


def _table(first: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(first)
    return table
