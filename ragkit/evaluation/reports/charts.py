"""Charts as SVG, which need no script and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from ragkit.evaluation.comparison import Change
from ragkit.evaluation.records import Run

_ROW, _LEFT, _WIDE, _RIGHT = 26, 150, 420, 70
_BARS, _BAR_HEIGHT = 24, 120


def intervals_svg(run: Run, changes: Sequence[Change]) -> str:
    """Every measure in every language: its mean and 95 % interval from 0 to 1; a ring where it was before."""
    before = {(one.measure, one.language): one.before for one in changes}
    rows = [
        (f"{measure} ({language})", score, before.get((measure, language)))
        for measure in run.measures
        for language, scores in run.scores.items()
        if (score := scores.get(measure))
    ]
    height = _ROW * len(rows) + 24
    parts = [*_grid(height)]
    for number, (name, score, earlier) in enumerate(rows):
        y = _ROW * number + _ROW / 2
        parts.append(f'<text class="name" x="{_LEFT - 10}" y="{y + 4}">{escape(name)}</text>')
        parts.append(f'<line class="interval" x1="{_x(score.low)}" x2="{_x(score.high)}" y1="{y}" y2="{y}"/>')
        parts.append(f'<circle class="mean" cx="{_x(score.mean)}" cy="{y}" r="4.5"/>')
        if earlier is not None:
            parts.append(f'<circle class="before" cx="{_x(earlier)}" cy="{y}" r="6"/>')
        parts.append(f'<text class="value" x="{_LEFT + _WIDE + 12}" y="{y + 4}">{score.mean:.3f}</text>')
    label = "Means of all measures with their intervals"
    return _svg(_LEFT + _WIDE + _RIGHT, height, label, parts)


def latency_svg(run: Run) -> str:
    """How many questions took how long to search for."""
    times = sorted(question.milliseconds for question in run.questions)
    most = max(times[-1], 1e-9)
    counts = [0] * _BARS
    for time in times:
        counts[min(_BARS - 1, int(_BARS * time / most))] += 1
    wide, high = (_LEFT + _WIDE) / _BARS, max(counts)
    parts = []
    for number, count in enumerate(counts):
        height = _BAR_HEIGHT * count / high
        if count:
            parts.append(
                f'<rect class="bar" x="{number * wide + 1:.1f}" y="{_BAR_HEIGHT - height:.1f}" '
                f'width="{wide - 2:.1f}" height="{height:.1f}"><title>{count}</title></rect>'
            )
    median = times[len(times) // 2]
    parts.append(f'<text class="axis" x="0" y="{_BAR_HEIGHT + 18}">0 ms</text>')
    told = f"{most:.0f} ms; median {median:.0f} ms"
    parts.append(f'<text class="axis end" x="{_LEFT + _WIDE}" y="{_BAR_HEIGHT + 18}">{told}</text>')
    return _svg(_LEFT + _WIDE, _BAR_HEIGHT + 26, "Milliseconds of each search", parts)


def _grid(height: float) -> Iterator[str]:
    for tenth in range(0, 11, 2):
        x = _x(tenth / 10)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="0" y2="{height - 20}"/>'
        yield f'<text class="axis middle" x="{x}" y="{height - 6}">{tenth / 10:.1f}</text>'


def _x(value: float) -> float:
    return round(_LEFT + _WIDE * value, 1)


def _svg(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )
