"""A run as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ragkit.errors import MissingDependency
from ragkit.evaluation.comparison import Comparison, Worse
from ragkit.evaluation.records import QuestionRecord, Run
from ragkit.evaluation.reports.charts import intervals_svg, latency_svg
from ragkit.evaluation.reports.markdown import moved

if TYPE_CHECKING:
    from jinja2 import Template


def html_report(run: Run, comparison: Comparison | None, problems: Sequence[str]) -> str:
    """Verdict, charts, measures and questions; readable without scripts. Raises `MissingDependency`."""
    changes = comparison.changes if comparison else ()
    return _template().render(
        run=run,
        comparison=comparison,
        problems=problems,
        intervals=intervals_svg(run, changes),
        latency=latency_svg(run),
        worse=[_worse(one) for one in comparison.worse] if comparison else [],
        rows=[_row(question, run.measures) for question in run.questions],
    )


def _worse(one: Worse) -> dict[str, object]:
    pairs = zip(one.before.evidence, one.now.evidence, strict=False)
    return {
        "id": one.now.id,
        "question": one.now.question,
        "lost": [f"{name} {before:.2f} → {now:.2f}" for name, (before, now) in one.measures.items()],
        "moved": [moved(before, now) for before, now in pairs],
        "before": one.before.answer,
        "now": one.now.answer,
    }


def _row(question: QuestionRecord, measures: Sequence[str]) -> dict[str, object]:
    stages = [
        f"{place.source}{f', page {place.page}' if place.page else ''}: "
        + ", ".join(
            [*(f"{name} {rank}" for name, rank in place.stages.items()), f"result {place.rank or '–'}"]
        )
        for place in question.evidence
    ]
    return {
        "id": question.id,
        "language": question.language,
        "question": question.question,
        "scores": [
            f"{question.scores[measure]:.2f}" if measure in question.scores else "" for measure in measures
        ],
        "stages": stages,
        "answer": "refused" if question.abstained else question.answer,
        "error": question.error,
    }


@cache
def _template() -> Template:
    if find_spec("jinja2") is None:
        raise MissingDependency("HTML reports need jinja2. Install with: pip install 'ragkit[eval]'")
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("ragkit.evaluation.reports", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")
