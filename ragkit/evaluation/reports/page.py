"""A run as one HTML file that needs nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ragkit.errors import MissingDependency
from ragkit.evaluation.comparison import Change, Comparison, Worse
from ragkit.evaluation.records import QuestionRecord, Run
from ragkit.evaluation.reports.charts import (
    axis_svg,
    difference_svg,
    latency_svg,
    losses_svg,
    mean_svg,
    percentile,
    scale_of,
)
from ragkit.evaluation.reports.ranks import counted, faults, lost, moves, placed

if TYPE_CHECKING:
    from jinja2 import Template

Context = dict[str, object]
_LOST = "lost"


def html_report(run: Run, comparison: Comparison | None, problems: Sequence[str]) -> str:
    """Verdict, charts, measures and questions; readable without scripts. Raises `MissingDependency`."""
    worse = {one.now.id: one for one in comparison.worse} if comparison else {}
    rows = [_question(question, run.measures, worse.get(question.id)) for question in run.questions]
    times = [question.milliseconds for question in run.questions]
    context: Context = {
        "run": run,
        "comparison": comparison,
        "problems": problems,
        "counted": counted,
        "means": _means(run, comparison.changes if comparison else ()),
        "axis": axis_svg(["0", "0.25", "0.5", "0.75", "1"]),
        "latency": latency_svg(times),
        "median": percentile(times, 0.5),
        "slow": percentile(times, 0.95),
        "rows": rows,
        "kinds": Counter(kind for one in run.questions for kind in _kinds(one, worse.get(one.id))),
    }
    return _template().render(context | (_compared(comparison) if comparison else {}))


def _means(run: Run, changes: Sequence[Change]) -> list[Context]:
    """A row for each measure in each language; the first of a measure has its name."""
    before = {(one.measure, one.language): one.before for one in changes}
    return [
        {
            "measure": measure,
            "language": language,
            "score": score,
            "first": language == next(iter(run.scores)),
            "chart": mean_svg(score, before.get((measure, language))),
        }
        for measure in run.measures
        for language, scores in run.scores.items()
        if (score := scores.get(measure))
    ]


def _compared(comparison: Comparison) -> Context:
    changed = [one for one in comparison.changes if not one.unchanged]
    scale, questions = scale_of(changed), comparison.questions
    return {
        "changes": [(one, difference_svg(one, scale)) for one in changed],
        "scale": scale,
        "differences": axis_svg([f"−{scale:g}", "0", f"+{scale:g}"]),
        "same": len(comparison.changes) - len(changed),
        "verdicts": Counter(one.verdict for one in changed),
        "losses": losses_svg(comparison.worse, questions),
        "questions": questions,
        "worse": [_worse(one) for one in comparison.worse],
    }


def _worse(one: Worse) -> Context:
    answers = (one.before.answer, one.now.answer)
    return {
        "id": one.now.id,
        "question": one.now.question,
        "lost": lost(one),
        "moves": moves(one),
        "answers": answers if answers[0] != answers[1] else (),
    }


def _question(question: QuestionRecord, measures: Sequence[str], worse: Worse | None) -> Context:
    before: Mapping[str, tuple[float, float]] = worse.measures if worse else {}
    return {
        "question": question,
        "places": [placed(place) for place in question.evidence],
        "kinds": _kinds(question, worse),
        "scores": [
            (measure, question.scores.get(measure), before[measure][0] if measure in before else None)
            for measure in measures
        ],
    }


def _kinds(question: QuestionRecord, worse: Worse | None) -> list[str]:
    """What the table can be filtered by."""
    return [*([_LOST] if worse else []), *faults(question)]


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
