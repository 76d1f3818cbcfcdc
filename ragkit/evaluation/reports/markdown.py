"""A run as Markdown, for a pull request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ragkit.evaluation.comparison import Change, Comparison, Worse
from ragkit.evaluation.records import Run, Score
from ragkit.evaluation.reports.ranks import counted, lost, moves

_MOST_WORSE = 30
_LONGEST = 240  # characters of a question: a comment on GitHub holds 65,536 in all
_MARKS = {"worse": "🔻 worse", "better": "🔺 better", "same": ""}


def markdown_report(run: Run, comparison: Comparison | None, problems: Sequence[str]) -> str:
    """The verdict first, then the measures, the settings that differ, and the questions that got worse."""
    parts = [f"## {_verdict(comparison, problems)}", _made(run)]
    parts += ["\n".join(f"- ❌ {_safe(problem)}" for problem in problems)] if problems else []
    parts.append(_changes(comparison.changes) if comparison else _scores(run))
    if comparison:
        notes = [*comparison.notes, *([comparison.undecided] if comparison.undecided else [])]
        parts += ["\n".join(f"> {_safe(note)}  " for note in notes)] if notes else []
        parts += [_settings(comparison.settings)] if comparison.settings else []
        parts += [_worse(comparison.worse)] if comparison.worse else []
    return "\n\n".join(parts) + "\n"


def _verdict(comparison: Comparison | None, problems: Sequence[str]) -> str:
    if problems:
        return "❌ ragkit eval: it does not pass"
    if comparison and comparison.undecided:
        return "❔ ragkit eval: not decided"
    return "✅ ragkit eval: nothing is significantly worse" if comparison else "ragkit eval"


def _made(run: Run) -> str:
    made, questions = run.made, counted(len(run.questions), "question", "questions")
    documents = counted(made.documents, "document", "documents")
    return (
        f"{questions} of {_code(made.golden) if made.golden else 'a list'}, {documents}, "
        f"ragkit {made.ragkit}, {made.created[:16].replace('T', ' ')} UTC"
    )


def _scores(run: Run) -> str:
    languages = list(run.scores)
    rows = [
        [measure, *(_score(run.scores[one].get(measure)) for one in languages)] for measure in run.measures
    ]
    return _table(["measure", *map(_safe, languages)], rows)


def _score(score: Score | None) -> str:
    return f"{score.mean:.3f} ({score.low:.3f} to {score.high:.3f})" if score else ""


def _changes(changes: Sequence[Change]) -> str:
    heads = ["measure", "language", "before", "now", "difference", "95 % interval", "p of a drop", ""]
    rows = [
        [
            one.measure,
            _safe(one.language),
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
    rows = [[_code(name), *map(_setting, pair)] for name, pair in settings.items()]
    return _table(["setting", "before", "now"], rows)


def _setting(value: object) -> str:
    return "–" if value is None else _code(str(value))


def _worse(worse: Sequence[Worse]) -> str:
    said = counted(len(worse), "question scores", "questions score")
    lines = [f"<details><summary>{said} less than before</summary>", ""]
    for one in worse[:_MOST_WORSE]:
        lines.append(f"- **{_safe(one.now.id)}** {_safe(_short(one.now.question))}  \n  {lost(one)}")
        lines += [f"  - {_safe(line)}" for line in moves(one)]
    if len(worse) > _MOST_WORSE:
        lines.append(f"- … and {len(worse) - _MOST_WORSE} more")
    return "\n".join([*lines, "", "</details>"])


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---" if at < _texts(heads) else "---:" for at in range(len(heads))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _texts(heads: Sequence[str]) -> int:
    """How many columns are words; those of figures stand to the right."""
    return len(heads) if heads[0] == "setting" else 1 + ("language" in heads)


def _code(text: str) -> str:
    """As code, which is taken literally; a mark of code or of a table's cell would end it."""
    return f"`{' '.join(text.split()).replace('`', chr(39)).replace('|', '/')}`"


def _safe(text: str) -> str:
    """On one line, and without what Markdown, HTML or GitHub (names, issues, formulas) take for their own."""
    line = re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", " ".join(text.split()).replace("&", "&amp;"))
    line = re.sub(r"(?<!\w)([@#])(?=\w)|(?<=[^\W_])(#)(?=\d)", r"\1\2<!-- -->", line)
    return line.replace("$", "<span>$</span>").replace("://", ":<!-- -->//")
