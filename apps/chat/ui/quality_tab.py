"""The tab Quality: ratings, golden questions, and how well they are answered over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import gradio as gr

from apps.chat.quality import Quality, Run
from apps.chat.storage.files import has_pages
from apps.chat.ui.pages import page
from apps.chat.ui.view import Desk, View
from apps.chat.ui.words import Words
from ragkit import GoldenQuestion, Score

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = {
    "found_first": "Success@1",
    "found_five": "Success@5",
    "answered": "Answered",
    "refused_rightly": "Refused",
}
"""The words for each measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityParts:
    """The components of the tab."""

    golden: gr.HTML
    run: gr.Button
    progress: gr.HTML
    results: gr.HTML
    chart: gr.LinePlot


def quality_parts(said: Words, golden: gr.HTML) -> QualityParts:
    """Makes the tab around the panel of golden questions."""
    return QualityParts(
        golden=golden,
        run=gr.Button(said("run_golden"), variant="primary", elem_classes=["narrow"]),
        progress=gr.HTML("", elem_classes=["panel"], apply_default_css=False),
        results=gr.HTML("", elem_classes=["panel"], apply_default_css=False),
        chart=gr.LinePlot(
            x=said("run_at"),
            y=said("share_of"),
            color=said("measure"),
            title=said("chart"),
            y_lim=[0, 1],
            height=260,
            visible=False,
            elem_classes=["card"],
        ),
    )


def shown(desk: Desk, view: View, parts: QualityParts, *, error: str = "") -> dict[Any, Any]:
    """New values of every part."""
    quality = _quality(desk, view)
    golden, runs = quality.golden(), quality.runs()
    return {
        parts.golden: page(
            "quality.html",
            desk.words,
            golden=[_golden(one, desk.words) for one in golden],
            rated=quality.rated(),
            own=quality.collection.own,
            collection=quality.collection.name,
            error=error,
        ),
        parts.run: gr.update(interactive=bool(golden)),
        parts.progress: "",
        parts.results: page(
            "results.html", desk.words, rows=_rows(runs), measures=[desk.words(name) for name in _SHOWN]
        ),
        parts.chart: gr.update(value=_points(runs, desk.words), visible=len(runs) > 1),
    }


def forget(desk: Desk, view: View, event: Any) -> None:
    """Drops a golden question. Raises `NotFound`, `NotAllowed`."""
    _quality(desk, view).forget_golden(str(event.get("id") or ""))


def run(desk: Desk, view: View, parts: QualityParts) -> Iterator[dict[Any, Any]]:
    """Asks every golden question; yields how far it is, then the results."""
    quality = _quality(desk, view)
    begun = _bar(desk.words, 0, len(quality.golden()))
    yield {parts.run: gr.update(interactive=False), parts.progress: begun}
    chain = desk.service.chains.of(quality.collection)
    for done, total in quality.run(chain):
        yield {parts.progress: _bar(desk.words, done, total)}
    yield shown(desk, view, parts)


def _golden(question: GoldenQuestion, words: Words) -> dict[str, str]:
    """A golden question, and where its answer stands."""
    place = words("golden_unanswerable")
    if question.evidence:
        right = question.evidence[0]
        name = right.source.rpartition("/")[2]
        paged = right.page is not None and has_pages(name)
        place = f"{name}, {words('page', number=right.page)}" if paged else name
    return {"id": question.id, "question": question.question, "place": place}


def _quality(desk: Desk, view: View) -> Quality:
    return Quality(desk.service.database, desk.library, desk.collection(view).id)


def _bar(words: Words, done: int, total: int) -> str:
    return page("progress.html", words, done=done, total=total)


def _rows(runs: list[Run]) -> list[dict[str, object]]:
    """The last run first, a row for each language."""
    return [
        {
            "when": _when(run),
            "language": language,
            "questions": _counts(scores),
            "shares": [_per_cent(scores.get(measure)) for measure in _SHOWN.values()],
        }
        for run in reversed(runs)
        for language, scores in run.scores.items()
        if language != "all"
    ]


def _points(runs: list[Run], words: Words) -> pd.DataFrame:
    import pandas as pd

    points = [
        {
            words("run_at"): str(number),
            words("share_of"): scores[measure].mean,
            words("measure"): f"{words(name)} ({language})",
        }
        for number, run in enumerate(runs, start=1)
        for language, scores in run.scores.items()
        for name, measure in _SHOWN.items()
        if language != "all" and measure in scores
    ]
    return pd.DataFrame(points, columns=[words("run_at"), words("share_of"), words("measure")])


def _counts(scores: Mapping[str, Score]) -> str:
    """How many questions the documents answer, and how many they do not."""
    known, unknown = (scores[name].questions if name in scores else 0 for name in ("Answered", "Refused"))
    return f"{known} + {unknown}"


def _per_cent(score: Score | None) -> str:
    return f"{100 * score.mean:.0f} %" if score else "–"


def _when(run: Run) -> str:
    return datetime.fromtimestamp(run.created, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
