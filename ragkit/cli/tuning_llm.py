"""`ragkit tune sft` and `dpo`: language models that learn from pairs."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli.output import notice, out
from ragkit.cli.tuning_options import (
    AccelerateOption,
    AccumulateOption,
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

if TYPE_CHECKING:
    from ragkit.tuning.llm.folder import TunedRecord
    from ragkit.tuning.llm.progress import Progress, Told

_SECONDS = 15  # between two lines of progress
_FIRST = 3  # steps, after which the pace is known

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
    accelerate: AccelerateOption = None,
    cards: CardsOption = 2,
) -> None:
    """Tune a language model to answer from passages, with citations, or to say that they do not answer.

    Only replies are learnt. The development pairs stop it early and choose the weights. An interrupted run
    goes on with the same command. The folder gets weights, settings, metrics, curves and a model card.

    Examples:

        ragkit tune sft --data runs/pairs --out runs/sft

        ragkit tune sft --method full --rate 2e-5 --epochs 2 --out runs/whole

        ragkit tune sft --accelerate runs/cards --cards 4
    """
    if accelerate:
        _write_parallel(accelerate, cards, "sft")
        return
    _need_trl()
    from ragkit.tuning.llm.making import Order, make_sft
    from ragkit.tuning.llm.recipe import Lora, Recipe

    recipe = Recipe(
        method=method,
        lora=Lora(rank=rank, alpha=2 * rank, dropout=dropout, layers=layers),
        epochs=epochs,
        rate=rate,
        batch=batch,
        accumulate=accumulate,
        longest=longest,
        pack=pack,
        warm=warm,
        every=every,
        patience=patience,
        precision=precision,
        recompute=recompute,
        seed=seed,
    )
    order = Order(data=data, out=out_, recipe=recipe, model=model, threads=threads, start=start)
    _print(make_sft(order, told()), out_)


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
    accelerate: AccelerateOption = None,
    cards: CardsOption = 2,
) -> None:
    """Tune a language model to prefer supported answers to unsupported ones, after `ragkit tune sft`.

    Pairs without a rejected reply are left out. With --start an adapter is tuned on; --rank, --dropout and
    --layers are those of a new one.

    Examples:

        ragkit tune dpo --start runs/sft --out runs/dpo

        ragkit tune dpo --data runs/pairs --rate 1e-5 --beta 0.2
    """
    if accelerate:
        _write_parallel(accelerate, cards, "dpo")
        return
    _need_trl()
    from ragkit.tuning.llm.making import Order, make_dpo
    from ragkit.tuning.llm.recipe import Lora, Recipe

    recipe = Recipe(
        method=method,
        lora=Lora(rank=rank, alpha=2 * rank, dropout=dropout, layers=layers),
        beta=beta,
        epochs=epochs,
        rate=rate,
        batch=batch,
        accumulate=accumulate,
        longest=longest,
        pack=False,
        warm=warm,
        every=every,
        patience=patience,
        precision=precision,
        recompute=recompute,
        seed=seed,
    )
    order = Order(data=data, out=out_, recipe=recipe, model=model, threads=threads, start=start)
    _print(make_dpo(order, told()), out_)


def told() -> Told:
    """Progress as lines on stderr."""
    from ragkit.tuning.llm.progress import Told
    from ragkit.tuning.llm.ranks import is_first

    return Told(notice, _Lines()) if is_first() else Told(lambda line: None, lambda progress: None)


class _Lines:
    """A line on the time left once the pace is known, then one every few seconds."""

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
        measured = f" (development {progress.development:.3f})" if progress.development is not None else ""
        notice(
            f"step {progress.step} of {progress.steps}: loss {progress.loss:.3f}{measured}, "
            f"{progress.tokens_per_second:,.0f} tokens/s, {_minutes(progress.seconds_left)} left, "
            f"{progress.memory_mb:,.0f} MB"
        )


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _print(record: TunedRecord, folder: Path) -> None:
    from ragkit.tuning.llm.folder import RunFolder
    from ragkit.tuning.llm.ranks import is_first

    if not is_first():
        return
    measured = record.results.get("development_loss")
    better = f", development loss {measured:.4f}" if measured is not None else ""
    console = out()
    steps, seconds = record.results["steps"], record.results["seconds"]
    console.print(
        f"{steps:.0f} steps in {_minutes(seconds)}: loss {record.results['loss']:.4f}{better}", markup=False
    )
    run = RunFolder(folder)
    console.print(f"written: {run.weights}", markup=False)
    use = (
        f"--adapter {run.weights}" if run.is_adapter else f"generator: {{type: local, model: {run.weights}}}"
    )
    console.print(f"curves: {folder / 'index.html'}\nuse: {use}", markup=False)


def _write_parallel(folder: Path, cards: int, command: str) -> None:
    from ragkit.tuning.llm.parallel import write_parallel

    for path in write_parallel(folder, cards=cards):
        out().print(f"written: {path}", markup=False)
    out().print("Next:")
    for name in ("ddp", "zero2", "zero3"):
        out().print(
            f"    accelerate launch --config_file {folder / name}.yaml -m ragkit tune {command} ...",
            markup=False,
        )


def _need_trl() -> None:
    from importlib.util import find_spec

    from ragkit.errors import MissingDependency

    names = ("torch", "transformers", "peft", "trl", "datasets", "accelerate")
    if missing := [name for name in names if find_spec(name) is None]:
        raise MissingDependency(
            f"Tuning needs {' and '.join(missing)}: install with pip install 'ragkit[tune]'"
        )
