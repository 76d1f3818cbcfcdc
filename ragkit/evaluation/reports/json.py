"""A run with its comparison as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ragkit.evaluation.comparison import Comparison, Worse
from ragkit.evaluation.records import EvidencePlace, Run


def json_report(run: Run, comparison: Comparison | None, problems: Sequence[str]) -> str:
    """The whole run, whether it passes, every change, and the questions that got worse."""
    values = {
        "passed": not problems,
        "problems": list(problems),
        "run": run.model_dump(mode="json"),
        "comparison": _comparison(comparison) if comparison else None,
    }
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def _comparison(comparison: Comparison) -> dict[str, object]:
    names = ("measure", "language", "questions", "before", "now", "low", "high", "p", "p_rise", "verdict")
    return {
        "changes": [{name: getattr(one, name) for name in names} for one in comparison.changes],
        "worse": [_worse(one) for one in comparison.worse],
        "settings": {name: list(pair) for name, pair in comparison.settings.items()},
        "notes": list(comparison.notes),
        "questions": comparison.questions,
        "undecided": comparison.undecided,
    }


def _worse(one: Worse) -> dict[str, object]:
    """Each value then and now, and where the evidence stood."""
    return {
        "id": one.now.id,
        "measures": {name: list(pair) for name, pair in one.measures.items()},
        "evidence": [
            {"before": _place(before), "now": _place(now)}
            for before, now in zip(one.before.evidence, one.now.evidence, strict=False)
        ],
    }


def _place(place: EvidencePlace) -> dict[str, object]:
    return place.model_dump(mode="json")
