"""A run as Markdown, for a pull request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ragkit.evaluation.comparison import Change, Comparison, Worse
from ragkit.evaluation.records import EvidencePlace, Run, Score

_MOST_WORSE = 30
_MARKS = {"worse": "🔻 worse", "better": "🔺 better", "same": ""}


def markdown_report(run: Run, comparison: Comparison | None, problems: Sequence[str]) -> str:
    """The verdict first, then the measures, the settings that differ, and the questions that got worse."""
    parts = [f"## {_verdict(comparison, problems)}", _made(run)]
    parts += ["\n".join(f"- ❌ {_safe(problem)}" for problem in problems)] if problems else []
    parts.append(_changes(comparison.changes) if comparison else _scores(run))
    if comparison:
        parts += ["\n".join(f"> {_safe(note)}" for note in comparison.notes)] if comparison.notes else []
        parts += [_settings(comparison.settings)] if comparison.settings else []
        parts += [_worse(comparison.worse)] if comparison.worse else []
    return "\n\n".join(parts) + "\n"


def _verdict(comparison: Comparison | None, problems: Sequence[str]) -> str:
    if problems:
        return "❌ ragkit eval: it does not pass"
    return "✅ ragkit eval: nothing is significantly worse" if comparison else "ragkit eval"


def _made(run: Run) -> str:
    made = run.made
    return (
        f"{len(run.questions)} questions of `{made.golden or 'a list'}`, {made.documents} documents, "
        f"ragkit {made.ragkit}, {made.created}"
    )


def _scores(run: Run) -> str:
    languages = list(run.scores)
    rows = [
        [measure, *(_score(run.scores[one].get(measure)) for one in languages)] for measure in run.measures
    ]
    return _table(["measure", *languages], rows)


def _score(score: Score | None) -> str:
    return f"{score.mean:.3f} ({score.low:.3f} to {score.high:.3f})" if score else ""


def _changes(changes: Sequence[Change]) -> str:
    heads = ["measure", "language", "before", "now", "difference", "95 % interval", "p of a drop", ""]
    rows = [
        [
            one.measure,
            one.language,
            f"{one.before:.4f}",
            f"{one.now:.4f}",
            f"{one.difference:+.4f}",
            f"{one.low:+.4f} to {one.high:+.4f}",
            f"{one.p:.4f}",
            _MARKS[one.verdict],
        ]
        for one in changes
        if not one.unchanged
    ]
    same = sum(one.unchanged for one in changes)
    told = f"{same} of {len(changes)} figures are the same for every question." if same else ""
    return "\n\n".join(part for part in (_table(heads, rows) if rows else "", told) if part)


def _settings(settings: Mapping[str, tuple[object, object]]) -> str:
    rows = [[f"`{name}`", *map(_setting, pair)] for name, pair in settings.items()]
    return _table(["setting", "before", "now"], rows)


def _setting(value: object) -> str:
    return "" if value is None else f"`{value}`"


def _worse(worse: Sequence[Worse]) -> str:
    lines = [f"<details><summary>{len(worse)} questions score less than before</summary>", ""]
    for one in worse[:_MOST_WORSE]:
        lost = ", ".join(f"{name} {before:.2f} → {now:.2f}" for name, (before, now) in one.measures.items())
        lines.append(f"- **{_safe(one.now.id)}** {_safe(one.now.question)}  \n  {lost}")
        pairs = zip(one.before.evidence, one.now.evidence, strict=False)
        lines += [f"  - {_safe(moved(before, now))}" for before, now in pairs]
    if len(worse) > _MOST_WORSE:
        lines.append(f"- … and {len(worse) - _MOST_WORSE} more")
    return "\n".join([*lines, "", "</details>"])


def moved(before: EvidencePlace, now: EvidencePlace) -> str:
    """The place of a piece of evidence in each stage, then and now."""
    page = f", page {now.page}" if now.page else ""
    names = dict.fromkeys([*before.stages, *now.stages])
    stages = [f"{name} {before.stages.get(name, '–')} → {now.stages.get(name, '–')}" for name in names]
    stages.append(f"result {before.rank or '–'} → {now.rank or '–'}")
    return f"{now.source}{page}: {', '.join(stages)}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def _safe(text: str) -> str:
    """On one line, and without what Markdown or HTML would take for its own."""
    return re.sub(r"([\\`*_\[\]<>|@#])", r"\\\1", " ".join(text.split()))
