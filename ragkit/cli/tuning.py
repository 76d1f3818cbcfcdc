"""`ragkit tune`: models that ragkit trains itself."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.output import notice, say
from ragkit.cli.tuning_needs import need

if TYPE_CHECKING:
    from ragkit.tuning.verifier.training import Progress

tune_app = typer.Typer(
    help="Train language models, embedders, rerankers and the verifier on questions of yours.",
    no_args_is_help=True,
)
_SECONDS = 15  # between two lines of progress
_FIRST = 5  # steps, after which the pace is known


@tune_app.command("verifier")
def tune_verifier(
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Holds the folders 'faithfulness' and 'retrieval'.")
    ] = Path("../shared/data"),
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the state and, at the end, the model are written.")
    ] = Path("runs/verifier"),
    seed: Annotated[int, typer.Option(help="Of all that is drawn.")] = 0,
    epochs: Annotated[int, typer.Option(min=1, help="How often every statement is read.")] = 1,
    english: Annotated[int, typer.Option(min=0, help="English statements to make.")] = 9_000,
    chinese: Annotated[int, typer.Option(min=0, help="Chinese statements to make.")] = 9_000,
    batch: Annotated[int, typer.Option(min=1, help="Statements of a step.")] = 32,
    threads: Annotated[int, typer.Option(min=1, help="Of the processor; another number, other weights.")] = 1,
    start: Annotated[str, typer.Option(metavar="MODEL", help="The encoder that it starts from.")] = (
        "all-MiniLM-L6-v2"
    ),
) -> None:
    """Train the verifier `trained` on statements with their evidence, and write it as int8 ONNX.

    An hour or more on one core. An interrupted run goes on with the same command, and ends with the same
    weights. The model is used with `verifier: {type: trained, model: OUT/model}`.

    Examples:

        ragkit tune verifier --data ../shared/data --out runs/verifier

        ragkit tune verifier --english 2000 --chinese 2000 --out runs/quick
    """
    need("torch", "transformers", extra="torch")
    from ragkit.tuning.verifier.corpus import Sizes
    from ragkit.tuning.verifier.making import MODEL, Order, Told, make
    from ragkit.tuning.verifier.training import Recipe

    order = Order(
        data=data,
        out=out,
        recipe=Recipe(seed=seed, epochs=epochs, batch=batch),
        sizes=Sizes(english=english, chinese=chinese),
        threads=threads,
        start=start,
    )
    notice(f"reading {data}: a minute or two")
    for fitted in make(order, Told(notice, _Lines())):
        say(
            f"{fitted.script}: weights of {len(fitted.weights) - 1} features from {fitted.statements} "
            f"statements, calibration error {fitted.error:.3f}; best divided at {fitted.supported:.2f}, "
            f"95 % of what is supported above {fitted.weak:.2f}"
        )
    say(f"written: {out / MODEL}")


class _Lines:
    """A line on the cost once the pace is known, then one every few seconds."""

    def __init__(self) -> None:
        self._steps = 0
        self._last = 0.0

    def __call__(self, progress: Progress) -> None:
        self._steps += 1
        if self._steps == _FIRST:
            notice(f"{progress.steps - progress.step} steps are left: {_minutes(progress.seconds_left)}")
        now = perf_counter()
        if now - self._last < _SECONDS and progress.step < progress.steps:
            return
        self._last = now
        notice(
            f"step {progress.step} of {progress.steps}: loss {progress.loss:.3f}, "
            f"{progress.pairs_per_second:.1f} pairs/s, {_minutes(progress.seconds_left)} left, "
            f"{progress.memory_mb:.0f} MB"
        )


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
