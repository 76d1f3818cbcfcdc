"""`ragkit tune sft` and `dpo`: language models that learn from pairs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli.options import JsonOption
from ragkit.cli.output import out, print_json
from ragkit.cli.tuning_needs import need
from ragkit.cli.tuning_options import (
    AccelerateOption,
    AccumulateOption,
    AnywayOption,
    BatchOption,
    CardsOption,
    DataOption,
    DropoutOption,
    EpochsOption,
    EveryOption,
    LayersOption,
    LongestOption,
    MethodOption,
    ModelOption,
    OutOption,
    PatienceOption,
    PrecisionOption,
    RankOption,
    RateOption,
    RecomputeOption,
    SeedOption,
    StartOption,
    ThreadsOption,
    WarmOption,
)
from ragkit.cli.tuning_told import told
from ragkit.counting import minutes

if TYPE_CHECKING:
    from ragkit.tuning.llm.making import Order
    from ragkit.tuning.runs.folder import TunedRecord

_NEEDED = ("torch", "transformers", "peft", "trl", "datasets", "accelerate", "matplotlib")
_MODEL = "SmolLM2-135M-Instruct"


def tune_sft(
    data: DataOption = Path("runs/pairs"),
    out_: OutOption = Path("runs/sft"),
    model: ModelOption = _MODEL,
    start: StartOption = None,
    method: MethodOption = "lora",
    rank: RankOption = 16,
    dropout: DropoutOption = 0.0,
    layers: LayersOption = None,
    epochs: EpochsOption = 1.0,
    rate: RateOption = 3e-4,
    batch: BatchOption = 1,
    accumulate: AccumulateOption = 8,
    longest: LongestOption = 1024,
    pack: Annotated[bool, typer.Option("--pack/--no-pack", help="Several pairs in a sequence.")] = True,
    warm: WarmOption = 0.05,
    every: EveryOption = 25,
    patience: PatienceOption = 3,
    precision: PrecisionOption = "auto",
    recompute: RecomputeOption = False,
    seed: SeedOption = 0,
    threads: ThreadsOption = 2,
    anyway: AnywayOption = False,
    accelerate: AccelerateOption = None,
    cards: CardsOption = 2,
    json: JsonOption = False,
) -> None:
    """Tune a language model to answer from passages, with citations, or to say that they do not answer.

    Only replies are learnt. The development pairs stop it early and choose the weights. An interrupted run
    goes on with the same command. The folder gets weights, settings, metrics, curves and a model card.
    What it will take is told before, and what does not fit in the memory or on the disk is refused.

    Examples:

        ragkit tune sft --data runs/pairs --out runs/sft

        ragkit tune sft --method full --rate 2e-5 --epochs 2 --out runs/whole

        ragkit tune sft --accelerate runs/cards --cards 4
    """
    if accelerate:
        _write_parallel(accelerate, cards, "sft", json=json)
        return
    need(*_NEEDED)
    from ragkit.tuning.llm.making import make_sft

    order = _order(
        data, out_, model, start=start, threads=threads, anyway=anyway, rank=rank, dropout=dropout,
        layers=layers, method=method, epochs=epochs, rate=rate, batch=batch, accumulate=accumulate,
        longest=longest, warm=warm, every=every, patience=patience, precision=precision,
        recompute=recompute, seed=seed, pack=pack,
    )  # fmt: skip
    _print(make_sft(order, told()), out_, json=json)


def tune_dpo(
    data: DataOption = Path("runs/pairs"),
    out_: OutOption = Path("runs/dpo"),
    model: ModelOption = _MODEL,
    start: StartOption = None,
    method: MethodOption = "lora",
    rank: RankOption = 16,
    dropout: DropoutOption = 0.0,
    layers: LayersOption = None,
    beta: Annotated[float, typer.Option(min=0.0, help="The pull back to the start.")] = 0.1,
    epochs: EpochsOption = 1.0,
    rate: RateOption = 2e-5,
    batch: BatchOption = 1,
    accumulate: AccumulateOption = 8,
    longest: LongestOption = 1024,
    warm: WarmOption = 0.05,
    every: EveryOption = 25,
    patience: PatienceOption = 3,
    precision: PrecisionOption = "auto",
    recompute: RecomputeOption = False,
    seed: SeedOption = 0,
    threads: ThreadsOption = 2,
    anyway: AnywayOption = False,
    accelerate: AccelerateOption = None,
    cards: CardsOption = 2,
    json: JsonOption = False,
) -> None:
    """Tune a language model to prefer supported answers to unsupported ones, after `ragkit tune sft`.

    Pairs without a rejected reply are left out. With --start an adapter is tuned on; --rank, --dropout and
    --layers are those of a new one.

    Examples:

        ragkit tune dpo --start runs/sft --out runs/dpo

        ragkit tune dpo --data runs/pairs --rate 1e-5 --beta 0.2
    """
    if accelerate:
        _write_parallel(accelerate, cards, "dpo", json=json)
        return
    need(*_NEEDED)
    from ragkit.tuning.llm.making import make_dpo

    order = _order(
        data, out_, model, start=start, threads=threads, anyway=anyway, rank=rank, dropout=dropout,
        layers=layers, method=method, epochs=epochs, rate=rate, batch=batch, accumulate=accumulate,
        longest=longest, warm=warm, every=every, patience=patience, precision=precision,
        recompute=recompute, seed=seed, pack=False, beta=beta,
    )  # fmt: skip
    _print(make_dpo(order, told()), out_, json=json)


def _order(
    data: Path,
    folder: Path,
    model: str,
    *,
    start: Path | None,
    threads: int,
    anyway: bool,
    rank: int,
    dropout: float,
    layers: int | None,
    **settings: Any,
) -> Order:
    """The order, with a recipe of the `settings`."""
    from ragkit.tuning.llm.making import Order
    from ragkit.tuning.llm.recipe import Lora, Recipe

    lora = Lora(rank=rank, alpha=2 * rank, dropout=dropout, layers=layers)
    recipe = Recipe(lora=lora, **settings)
    return Order(
        data=data, out=folder, recipe=recipe, model=model, threads=threads, start=start, anyway=anyway
    )


def _print(record: TunedRecord, folder: Path, *, json: bool) -> None:
    from ragkit.cli.tuned_shapes import TunedShape
    from ragkit.tuning.runs.folder import RunFolder
    from ragkit.tuning.runs.ranks import is_first

    if not is_first():
        return
    if json:
        print_json(TunedShape(run=str(folder), record=record))
        return
    measured = record.results.get("development_loss")
    better = f", development loss {measured:.4f}" if measured is not None else ""
    console = out()
    steps, seconds = record.results["steps"], record.results["seconds"]
    console.print(
        f"{steps:.0f} steps in {minutes(seconds)}: loss {record.results['loss']:.4f}{better}", markup=False
    )
    run = RunFolder(folder)
    console.print(f"written: {run.weights}", markup=False)
    use = (
        f"--adapter {run.weights}" if run.is_adapter else f"generator: {{type: local, model: {run.weights}}}"
    )
    console.print(f"curves: {folder / 'index.html'}\nuse: {use}", markup=False)


def _write_parallel(folder: Path, cards: int, command: str, *, json: bool) -> None:
    from ragkit.cli.tuned_shapes import WrittenFilesShape
    from ragkit.tuning.llm.parallel import write_parallel

    written = write_parallel(folder, cards=cards)
    if json:
        print_json(WrittenFilesShape(written=[str(path) for path in written]))
        return
    for path in written:
        out().print(f"written: {path}", markup=False)
    out().print("Next:")
    for name in ("ddp", "zero2", "zero3"):
        out().print(
            f"    accelerate launch --config_file {folder / name}.yaml -m ragkit tune {command} ...",
            markup=False,
        )
