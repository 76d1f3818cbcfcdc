"""`ragkit tune embedder` and `reranker`: models of the search that learn from questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli.evaluating import ChainOption
from ragkit.cli.materials import GoldenQuestions, SetsArgument, read_materials
from ragkit.cli.options import IndexOption, JsonOption, read_config
from ragkit.cli.output import out, print_json
from ragkit.cli.tuning_needs import need
from ragkit.cli.tuning_options import (
    AccumulateOption,
    AnywayOption,
    EpochsOption,
    EveryOption,
    OutOption,
    PatienceOption,
    PrecisionOption,
    RateOption,
    SeedOption,
    ThreadsOption,
    WarmOption,
)
from ragkit.cli.tuning_told import told
from ragkit.counting import minutes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.tuning.retrieval.making import Order
    from ragkit.tuning.runs.folder import TunedRecord

_NEEDED = ("torch", "sentence_transformers", "datasets", "accelerate", "onnx", "ir_measures", "matplotlib")
_QuestionsOption = Annotated[int, typer.Option(min=1, help="Questions to learn from, at most.")]
_NegativesOption = Annotated[int, typer.Option(min=1, help="Wrong passages beside each right one.")]
_DepthOption = Annotated[int, typer.Option(min=2, help="Hits of a search among which they are looked for.")]
_BatchOption = Annotated[int, typer.Option(min=1, help="Rows at once.")]
_CutOption = Annotated[int, typer.Option(min=16, help="Tokens of a text that are read.")]
_StartOption = Annotated[
    str, typer.Option("--model", help="Where learning begins: a model's name or folder, in eight bits too.")
]


def tune_embedder(
    sources: SetsArgument = None,
    out_: OutOption = Path("runs/embedder"),
    golden: GoldenQuestions = None,
    index: IndexOption = None,
    chain: ChainOption = None,
    model: _StartOption = "bge-small-en-v1.5",
    questions: _QuestionsOption = 2_000,
    negatives: _NegativesOption = 2,
    depth: _DepthOption = 30,
    epochs: EpochsOption = 1.0,
    rate: RateOption = 2e-5,
    batch: _BatchOption = 16,
    accumulate: AccumulateOption = 1,
    longest: _CutOption = 192,
    warm: WarmOption = 0.1,
    every: EveryOption = 25,
    patience: PatienceOption = 3,
    precision: PrecisionOption = "auto",
    seed: SeedOption = 0,
    threads: ThreadsOption = 2,
    anyway: AnywayOption = False,
    json: JsonOption = False,
) -> None:
    """Tune an embedder on questions with their passages, against passages that the chain's search finds.

    Documents are divided: some to learn from, some that stop it early, and some that it is measured on,
    beside the model that it started from. An interrupted run goes on with the same command. What learning
    will take is told before, and what does not fit in the memory or on the disk is refused.

    Examples:

        ragkit tune embedder ../shared/data/retrieval/nq-oracle-en --out runs/embedder

        ragkit tune embedder --golden contracts.jsonl --index contracts --model all-MiniLM-L6-v2
    """
    need(*_NEEDED)
    from ragkit.tuning.retrieval.making import make_embedder

    order = _order(
        sources or (), golden, index=index, chain=chain, out=out_, model=model, threads=threads,
        anyway=anyway, questions=questions, negatives=negatives, depth=depth, epochs=epochs, rate=rate,
        batch=batch, accumulate=accumulate, longest=longest, warm=warm, every=every, patience=patience,
        precision=precision, seed=seed,
    )  # fmt: skip
    _print(make_embedder(order, told()), out_, json=json)


def tune_reranker(
    sources: SetsArgument = None,
    out_: OutOption = Path("runs/reranker"),
    golden: GoldenQuestions = None,
    index: IndexOption = None,
    chain: ChainOption = None,
    model: _StartOption = "ms-marco-MiniLM-L-12-v2",
    questions: _QuestionsOption = 1_000,
    negatives: _NegativesOption = 2,
    depth: _DepthOption = 30,
    epochs: EpochsOption = 1.0,
    rate: RateOption = 2e-5,
    batch: _BatchOption = 16,
    accumulate: AccumulateOption = 1,
    longest: _CutOption = 128,
    warm: WarmOption = 0.1,
    every: EveryOption = 50,
    patience: PatienceOption = 3,
    precision: PrecisionOption = "auto",
    seed: SeedOption = 0,
    threads: ThreadsOption = 2,
    anyway: AnywayOption = False,
    json: JsonOption = False,
) -> None:
    """Tune a cross-encoder to tell passages that answer from those that a search finds beside them.

    It is written as int8 ONNX, which the reranker `cross_encoder` reads. Documents are divided as for
    `ragkit tune embedder`, what it will take is told before, and an interrupted run goes on with the same
    command.

    Examples:

        ragkit tune reranker ../shared/data/retrieval/nq-oracle-en --out runs/reranker

        ragkit tune reranker --golden contracts.jsonl --index contracts --questions 500
    """
    need(*_NEEDED)
    from ragkit.tuning.retrieval.making import make_reranker

    order = _order(
        sources or (), golden, index=index, chain=chain, out=out_, model=model, threads=threads,
        anyway=anyway, questions=questions, negatives=negatives, depth=depth, epochs=epochs, rate=rate,
        batch=batch, accumulate=accumulate, longest=longest, warm=warm, every=every, patience=patience,
        precision=precision, seed=seed,
    )  # fmt: skip
    _print(make_reranker(order, told()), out_, json=json)


def _order(
    sources: Sequence[Path],
    golden: Path | None,
    *,
    index: str | None,
    chain: str | None,
    out: Path,
    model: str,
    threads: int,
    anyway: bool,
    **settings: Any,
) -> Order:
    """The order, with a recipe of the `settings`."""
    from ragkit.tuning.retrieval.making import Order
    from ragkit.tuning.retrieval.recipe import Recipe

    materials, names = read_materials(sources, golden, chain=chain, index=index)
    return Order(
        materials=materials, sources=names, chain=read_config(chain, None), out=out, model=model,
        threads=threads, anyway=anyway, recipe=Recipe(**settings),
    )  # fmt: skip


def _sure(folder: Path) -> list[str]:
    """Whether the tuned model ranks better than its start, or than the search, by more than chance."""
    import numpy as np

    from ragkit.evaluation.statistics import p_of_drops
    from ragkit.tuning.retrieval.measuring import MEASURES, SCORES, read_scores

    scores, measure = read_scores(folder / SCORES), MEASURES[0]
    found = []
    for name in ("search", "start"):
        if name in scores:
            loss = np.array(scores[name][measure]) - np.array(scores["tuned"][measure])
            p = p_of_drops({measure: loss})[measure]
            found.append(
                f"{measure} {-loss.mean():+.3f} over {name}, {len(loss)} questions, p of no rise {p:.4f}"
            )
    return found


def _print(record: TunedRecord, folder: Path, *, json: bool) -> None:
    from rich.table import Table

    from ragkit.cli.tuned_shapes import TunedShape
    from ragkit.tuning.retrieval.measuring import MEASURES
    from ragkit.tuning.runs.card import use_of
    from ragkit.tuning.runs.folder import RunFolder

    if json:
        print_json(TunedShape(run=str(folder), record=record))
        return
    results = record.results
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("documents kept aside")
    for name in MEASURES:
        table.add_column(name, justify="right")
    for row in ("search", "start", "tuned"):
        if f"{row} {MEASURES[0]}" in results:
            table.add_row(row, *(f"{results[f'{row} {name}']:.3f}" for name in MEASURES))
    console = out()
    console.print(
        f"{results['steps']:.0f} steps in {minutes(results['seconds'])}: loss {results['loss']:.4f}",
        markup=False,
    )
    console.print(table)
    for line in _sure(folder):
        console.print(line, markup=False)
    console.print(f"curves: {folder / 'index.html'}\nuse: {use_of(RunFolder(folder), record)}", markup=False)
