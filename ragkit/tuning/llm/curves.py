"""The losses of a run as a drawing in SVG, without a library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 28, 40
_LINES = 5
_BLUE, _ORANGE, _GREY = "#1f6feb", "#d9730d", "#8a8f98"
_SMOOTHED = 0.1  # of the steps

Point = tuple[float, float]


def curves(metrics: Sequence[Mapping[str, float]]) -> str:
    """The loss of each step, its running mean, and the loss on the development pairs, over the steps."""
    learnt = [(one["step"], one["loss"]) for one in metrics if "loss" in one]
    measured = [(one["step"], one["development_loss"]) for one in metrics if "development_loss" in one]
    if not learnt:
        return _svg('<text x="56" y="60">no step yet</text>')
    last = max(step for step, _ in learnt)
    top = max(loss for _, loss in [*learnt, *measured]) * 1.05 or 1.0
    drawn = [
        *_grid(last, top),
        _line(_scaled(learnt, last, top), _GREY, width=1.0),
        _line(_scaled(_running(learnt), last, top), _BLUE, width=2.0),
        _line(_scaled(measured, last, top), _ORANGE, width=2.0),
        *(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{_ORANGE}"/>'
            for x, y in _scaled(measured, last, top)
        ),
        f'<text x="{_LEFT}" y="18" fill="{_BLUE}">training loss (running mean)</text>',
        f'<text x="{_LEFT + 220}" y="18" fill="{_ORANGE}">development loss</text>' if measured else "",
    ]
    return _svg("\n".join(filter(None, drawn)))


def _svg(inside: str) -> str:
    style = "font-family: sans-serif; font-size: 12px"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="loss over steps" style="{style}">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>\n{inside}\n</svg>\n'
    )


def _grid(last: float, top: float) -> list[str]:
    drawn = []
    for number in range(_LINES + 1):
        (_, y), (x, _) = (
            _place(0, top * number / _LINES, last, top),
            _place(last * number / _LINES, 0, last, top),
        )
        drawn += [
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e5e7eb"/>',
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{top * number / _LINES:.2f}</text>',
            f'<text x="{x:.1f}" y="{_HEIGHT - 14}" text-anchor="middle">{last * number / _LINES:.0f}</text>',
        ]
    return drawn


def _running(points: Sequence[Point]) -> list[Point]:
    many = max(1, round(_SMOOTHED * len(points)))
    found = []
    for place, (step, _) in enumerate(points):
        some = [loss for _, loss in points[max(0, place - many + 1) : place + 1]]
        found.append((step, sum(some) / len(some)))
    return found


def _scaled(points: Sequence[Point], last: float, top: float) -> list[Point]:
    return [_place(step, loss, last, top) for step, loss in points]


def _place(step: float, loss: float, last: float, top: float) -> Point:
    x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * step / max(1.0, last)
    y = _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * min(loss, top) / top
    return x, y


def _line(points: Sequence[Point], colour: str, *, width: float) -> str:
    if not points:
        return ""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
