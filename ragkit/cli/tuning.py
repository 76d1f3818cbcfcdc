"""`ragkit tune`: models that ragkit trains itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.output import notice, say
from ragkit.cli.tuning_needs import need
from ragkit.cli.tuning_options import AnywayOption
from ragkit.cli.tuning_told import Lines
from ragkit.counting import minutes

if TYPE_CHECKING:
    from ragkit.tuning.verifier.training import Progress

tune_app = typer.Typer(
    help="Train language models, embedders, rerankers and the verifier on questions of yours.",
    no_args_is_help=True,
)


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
    anyway: AnywayOption = False,
) -> None:
    """Train the verifier `trained` on statements with their evidence, and write it as int8 ONNX.

    An hour or more on one core: what it will take is told before, and what does not fit in the memory or on
    the disk is refused. An interrupted run goes on with the same command, and ends with the same
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
        anyway=anyway,
    )
    notice(f"reading {data}: a minute or two")
    for fitted in make(order, Told(notice, Lines(_said))):
        say(
            f"{fitted.script}: weights of {len(fitted.weights) - 1} features from {fitted.statements} "
            f"statements, calibration error {fitted.error:.3f}; best divided at {fitted.supported:.2f}, "
            f"95 % of what is supported above {fitted.weak:.2f}"
        )
    say(f"written: {out / MODEL}")


def _said(progress: Progress) -> str:
    return (
        f"loss {progress.loss:.3f}, {progress.pairs_per_second:.1f} pairs/s, "
        f"{minutes(progress.seconds_left)} left, {progress.memory_mb:,.0f} MB"
    )
