"""Charts as SVG without scripts. Places are percentages, so that text keeps its size on every screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ragkit.evaluation.comparison import Change, Worse
from ragkit.evaluation.records import Score
from ragkit.evaluation.reports.ranks import counted

_ROW, _PLOT, _AXIS = 22, 110, 22
_BARS = 24
_SCALES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)


def mean_svg(score: Score, before: float | None) -> str:
    """A mean with its 95 % interval on a line from 0 to 1, and a ring where it was before."""
    label = f"{score.mean:.3f}, 95 % interval {score.low:.3f} to {score.high:.3f}"
    parts = [
        *_lines((0.0, 0.25, 0.5, 0.75, 1.0)),
        _interval(score.low, score.high, "now"),
        _dot(score.mean, "now", 4.5),
    ]
    if before is not None:
        label += f", before {before:.3f}"
        parts.append(_dot(before, "before", 5.5))
    return _svg(_ROW, label, parts)


def difference_svg(change: Change, scale: float) -> str:
    """A difference with its 95 % interval on a line from -scale to scale."""
    low, middle, high = (
        _within(0.5 + value / (2 * scale)) for value in (change.low, change.difference, change.high)
    )
    parts = [
        *_lines((0.0, 0.5, 1.0), strong=0.5),
        _interval(low, high, change.verdict),
        _dot(middle, change.verdict, 4.5),
    ]
    label = f"{change.difference:+.4f}, 95 % interval {change.low:+.4f} to {change.high:+.4f}"
    return _svg(_ROW, label, parts)


def scale_of(changes: Iterable[Change]) -> float:
    """The least round number that every interval is within."""
    most = max((max(abs(one.low), abs(one.high)) for one in changes), default=0.0)
    return next((scale for scale in _SCALES if most <= scale), 1.0)


def axis_svg(labels: Sequence[str]) -> str:
    """The words of an axis, at even distances."""
    last = max(1, len(labels) - 1)
    return _svg(14, "", [_text(at / last, 11, label) for at, label in enumerate(labels)])


def losses_svg(worse: Sequence[Worse], compared: int) -> str:
    """How much each question lost, the most first, a column for each that was compared."""
    most = max((one.loss for one in worse), default=0.0)
    bars = [
        _bar(at / compared, 1 / compared, one.loss / most, f"{one.now.id}: {one.loss:.2f}", "worse")
        for at, one in enumerate(worse)
    ]
    words = [_text(0.0, _PLOT + 16, f"the most: {most:.2f}"), _text(1.0, _PLOT + 16, _compared(compared))]
    return _svg(_PLOT + _AXIS, f"{len(worse)} of {compared} questions lost", [*bars, *_floor(), *words])


def latency_svg(milliseconds: Sequence[float]) -> str:
    """How many searches took how long, with the median and the 95th percentile."""
    most = max(*milliseconds, 1e-9)
    counts = [0] * _BARS
    for time in milliseconds:
        counts[min(_BARS - 1, int(_BARS * time / most))] += 1
    bars = [
        _bar(at / _BARS, 1 / _BARS, count / max(counts), _took(at, most, count), "now")
        for at, count in enumerate(counts)
        if count
    ]
    marks = [_mark(percentile(milliseconds, share) / most) for share in (0.5, 0.95)]
    words = [_text(0.0, _PLOT + 16, "0"), _text(1.0, _PLOT + 16, f"{most:.0f} ms")]
    return _svg(_PLOT + _AXIS, "Milliseconds of each search", [*bars, *marks, *_floor(), *words])


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that the share of all does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _compared(count: int) -> str:
    return counted(count, "question compared", "questions compared")


def _took(at: int, most: float, count: int) -> str:
    first, last = at * most / _BARS, (at + 1) * most / _BARS
    return f"{counted(count, 'search', 'searches')} in {first:.0f} to {last:.0f} ms"


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))


def _lines(places: Iterable[float], strong: float = -1.0) -> list[str]:
    return [
        f'<line class="{"zero" if place == strong else "grid"}" {_across(place)} y1="0" y2="{_ROW}"/>'
        for place in places
    ]


def _interval(low: float, high: float, kind: str) -> str:
    middle = _ROW / 2
    return (
        f'<line class="interval {kind}" x1="{_percent(low)}" x2="{_percent(high)}" '
        f'y1="{middle}" y2="{middle}"/>'
    )


def _dot(place: float, kind: str, radius: float) -> str:
    return f'<circle class="dot {kind}" cx="{_percent(place)}" cy="{_ROW / 2}" r="{radius}"/>'


def _bar(left: float, width: float, height: float, told: str, kind: str) -> str:
    high = max(1.0, _PLOT * height)
    return (
        f'<rect class="bar {kind}" x="{_percent(left + 0.06 * width)}" y="{_PLOT - high:.1f}" '
        f'width="{_percent(0.88 * width)}" height="{high:.1f}"><title>{escape(told)}</title></rect>'
    )


def _mark(place: float) -> str:
    return f'<line class="mark" {_across(place)} y1="0" y2="{_PLOT}"/>'


def _floor() -> list[str]:
    return [f'<line class="zero" x1="0%" x2="100%" y1="{_PLOT}" y2="{_PLOT}"/>']


def _text(place: float, y: int, words: str) -> str:
    anchor = "start" if place == 0.0 else "end" if place == 1.0 else "middle"
    return f'<text x="{_percent(place)}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


def _across(place: float) -> str:
    return f'x1="{_percent(place)}" x2="{_percent(place)}"'


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _svg(height: int, label: str, parts: Iterable[str]) -> str:
    told = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return f'<svg width="100%" height="{height}" {told}>{"".join(parts)}</svg>'
