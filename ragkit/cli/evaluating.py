"""`ragkit eval`: golden questions through the chain."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.answers import tell_where_it_goes
from ragkit.cli.mending import mending
from ragkit.cli.options import ConfigOption, IndexOption, JsonOption, read_config
from ragkit.cli.output import counting, out, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from ragkit.evaluation import LanguageScores, QuestionResult


def evaluate(
    golden: Annotated[Path, typer.Option(help="JSONL of questions, answers and evidence.")] = Path(
        "corpora/golden/demo.jsonl"
    ),
    misses: Annotated[bool, typer.Option("--misses", help="List the questions that went wrong.")] = False,
    index: IndexOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Ask golden questions and count how often the right page and the right answer came.

    Example:

        ragkit eval --golden corpora/golden/demo.jsonl --misses
    """
    from ragkit.evaluation import evaluate as run
    from ragkit.evaluation import read_golden, summarise

    questions = read_golden(golden)
    settings = read_config(config, index)
    with mending(settings, config):
        chain = settings.build()
    tell_where_it_goes(settings)
    with counting("asking") as progress:
        results = run(chain, questions, progress=progress)
    scores = summarise(results)
    if json:
        _print_objects(scores, results)
        return
    console = out()
    console.print(_table(scores))
    if misses:
        _print_misses(console, results)


def _print_objects(scores: Sequence[LanguageScores], results: Sequence[QuestionResult]) -> None:
    rows = [
        {"id": r.question.id, "rank": r.rank, "answered": r.answered, "abstained": r.abstained}
        for r in results
    ]
    say(json_module.dumps({"scores": [asdict(s) for s in scores], "questions": rows}, indent=2))


def _table(scores: Sequence[LanguageScores]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("language", "questions", *(f"page R@{k}" for k in scores[0].page_recall)):
        table.add_column(name, justify="right")
    for name in ("answer right", "refused wrongly", "unanswerable", "refused rightly"):
        table.add_column(name, justify="right")
    for s in scores:
        recalls = [f"{value:.3f}" for value in s.page_recall.values()]
        answers = (f"{s.answered:.3f}", f"{s.abstained_wrongly:.3f}")
        refusals = (str(s.unanswerable), f"{s.abstained_rightly:.3f}")
        table.add_row(escape(s.language), str(s.answerable), *recalls, *answers, *refusals)
    return table


def _print_misses(console: Console, results: Sequence[QuestionResult]) -> None:
    for result in results:
        wrong = result.question.evidence and not 0 < result.rank <= 5
        if wrong or result.abstained != (not result.question.evidence):
            state = f"rank {result.rank or '-'}{', refused' if result.abstained else ''}"
            console.print(f"{result.question.id:8} {state:20} {result.question.question}", markup=False)
