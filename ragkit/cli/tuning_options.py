"""Options of the commands of `ragkit tune`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

DataOption = Annotated[
    Path, typer.Option("--data", metavar="FOLDER", help="Pairs, made by `ragkit data pairs`.")
]
OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="The run's own folder.")]
ModelOption = Annotated[str, typer.Option(help="A model's name, folder or GGUF file.")]
StartOption = Annotated[
    Path | None, typer.Option(metavar="RUN", help="An earlier run to go on from.", show_default=False)
]
MethodOption = Annotated[
    Literal["lora", "qlora", "full"],
    typer.Option(help="A small adapter; one on a model in four bits; or all weights."),
]
RankOption = Annotated[int, typer.Option(min=1, help="Of the adapter; it counts twice as much (alpha).")]
DropoutOption = Annotated[float, typer.Option(min=0.0, max=0.9, help="In the adapter.")]
LayersOption = Annotated[
    int | None,
    typer.Option(min=1, help="Adapter on the last so many blocks. Default: all.", show_default=False),
]
EpochsOption = Annotated[float, typer.Option(min=0.01, help="How often every pair is read.")]
RateOption = Annotated[float, typer.Option(min=0.0, help="The highest learning rate.")]
BatchOption = Annotated[int, typer.Option(min=1, help="Sequences at once.")]
AccumulateOption = Annotated[int, typer.Option(min=1, help="Batches of a step.")]
LongestOption = Annotated[int, typer.Option(min=16, help="Tokens of a sequence; longer pairs are left out.")]
WarmOption = Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of steps in which the rate rises.")]
EveryOption = Annotated[int, typer.Option(min=1, help="Steps between measurements, which are kept.")]
PatienceOption = Annotated[int, typer.Option(min=0, help="Measurements without a gain that end it; 0: none.")]
PrecisionOption = Annotated[
    Literal["auto", "float32", "bfloat16", "float16"], typer.Option(help="What is computed with.")
]
RecomputeOption = Annotated[
    bool, typer.Option("--recompute", help="Gradient checkpointing: less memory, a third more time.")
]
SeedOption = Annotated[int, typer.Option(help="Of all that is drawn.")]
ThreadsOption = Annotated[int, typer.Option(min=1, help="Of the processor; another number, other sums.")]
AnywayOption = Annotated[
    bool, typer.Option("--anyway", help="Begin even what will not fit in memory or on the disk.")
]
AccelerateOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Write settings for several graphics cards there, and stop.",
        show_default=False,
    ),
]
CardsOption = Annotated[int, typer.Option(min=1, help="Graphics cards, for --accelerate.")]
