"""The losses of a run as a drawing, by matplotlib."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ragkit.errors import MissingDependency

_BLUE, _ORANGE, _GREY = "#1f6feb", "#d9730d", "#c3c8cf"
_SMOOTHED = 0.1  # of the steps


def draw(metrics: Sequence[Mapping[str, float]], file: Path) -> str:
    """Writes the losses over the steps as PNG, and returns them as SVG; "" before the first step.

    Grey is the loss of each step, blue its running mean, orange the loss on what a training is stopped by.
    Raises `MissingDependency`.
    """
    learnt = [(one["step"], one["loss"]) for one in metrics if "loss" in one]
    measured = [(one["step"], one["development_loss"]) for one in metrics if "development_loss" in one]
    if not learnt:
        return ""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependency("Curves need matplotlib: pip install 'ragkit[tune]'") from error
    with matplotlib.rc_context(
        {"svg.hashsalt": "ragkit", "svg.fonttype": "none", "font.family": "sans-serif"}
    ):
        figure = Figure(figsize=(7.2, 3.2), layout="constrained")
        axes: Any = figure.add_subplot()
        steps, losses = zip(*learnt, strict=True)
        axes.plot(steps, losses, color=_GREY, linewidth=1.0, label="loss of a step")
        axes.plot(steps, _running(losses), color=_BLUE, linewidth=2.0, label="running mean")
        if measured:
            axes.plot(*zip(*measured, strict=True), color=_ORANGE, marker="o", label="development loss")
        axes.set_xlabel("step")
        axes.set_ylim(bottom=0.0)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        figure.savefig(file, dpi=150, metadata={"Software": None})
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    text = drawn.getvalue()
    return text[text.index("<svg") :]


def _running(values: Sequence[float]) -> list[float]:
    many = max(1, round(_SMOOTHED * len(values)))
    some = [values[max(0, place - many + 1) : place + 1] for place in range(len(values))]
    return [sum(one) / len(one) for one in some]
