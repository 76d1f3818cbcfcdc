"""Every judged set through the chain that its language is given by default: one table."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.data import RetrievalSet, read_set, set_names
from benchmarks.figures import Figure
from benchmarks.quality_data import indexed
from ragkit.evaluation import Evidence, Question, Run, Score, evaluate

MEASURES = ("nDCG@10", "R@10", "RR@10", "Success@1")
QUESTIONS = 300  # of each set


def measure(queries: int | None) -> list[Figure]:
    """nDCG@10 of each set, with the others and the intervals in the table."""
    runs = {name: _run(read_set(name), queries or QUESTIONS) for name in set_names()}
    _show(runs)
    return [
        Figure(
            name=f"{name}: nDCG@10",
            value=_score(run, "nDCG@10").mean,
            better="higher",
            note=f"{len(run.questions)} questions; 95 % {_score(run, 'nDCG@10').low:.3f} to "
            f"{_score(run, 'nDCG@10').high:.3f}",
        )
        for name, run in runs.items()
    ]


def _run(data: RetrievalSet, count: int) -> Run:
    chosen = [id_ for id_ in data.sample(count) if data.queries[id_].strip()]
    config = indexed(data, chosen)
    questions = [
        Question(
            id=id_,
            question=data.queries[id_],
            evidence=tuple(
                Evidence(source=f"{document}.txt", grade=grade)
                for document, grade in data.grades[id_].items()
            ),
        )
        for id_ in chosen
    ]
    return evaluate(config.build(), questions, measures=MEASURES)


def _score(run: Run, measure: str) -> Score:
    return (run.scores.get("all") or next(iter(run.scores.values())))[measure]


def _show(runs: dict[str, Run]) -> None:
    table = Table(box=box.SIMPLE, title="retrieval, with 95 % intervals", title_justify="left")
    for column in ("set", "documents", "questions", *MEASURES, "ms p50"):
        table.add_column(column, justify="left" if column == "set" else "right")
    for name, run in runs.items():
        scores = [_score(run, measure) for measure in MEASURES]
        cells = [f"{one.mean:.3f} ({one.low:.3f} to {one.high:.3f})" for one in scores]
        times = sorted(record.milliseconds for record in run.questions)
        table.add_row(name, str(run.made.documents), str(len(times)), *cells, f"{times[len(times) // 2]:.0f}")
    Console(width=150).print(table)
