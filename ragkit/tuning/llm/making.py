"""From pairs to tuned weights in a run's folder, step by step."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from transformers import set_seed

from ragkit.errors import ConfigError
from ragkit.models.causal import CausalSettings, TextWriter
from ragkit.models.causal.files import load_tokenizer, require, share_cores
from ragkit.tuning.llm.encoding import encode, encode_preferences
from ragkit.tuning.llm.fitting import Kind, costs
from ragkit.tuning.llm.loading import load_base, with_adapter, with_learnt
from ragkit.tuning.llm.packing import pack
from ragkit.tuning.llm.recipe import Recipe
from ragkit.tuning.llm.saving import save
from ragkit.tuning.llm.training import Trained, train_dpo, train_sft
from ragkit.tuning.pairs.rows import Pair, digest, read_pairs
from ragkit.tuning.runs.card import write_card
from ragkit.tuning.runs.costs import check_fits
from ragkit.tuning.runs.folder import ADAPTER, MODEL, RunFolder, TunedRecord
from ragkit.tuning.runs.page import write_page
from ragkit.tuning.runs.precision import computing
from ragkit.tuning.runs.progress import Told
from ragkit.tuning.runs.ranks import is_first
from ragkit.tuning.runs.running import quiet

_PACKAGES = ("torch", "transformers", "peft", "trl", "accelerate", "datasets")
_PARTS = ("train", "development")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made: from which pairs and model, into which folder, on how many threads.

    `start` is the folder of an earlier run that is tuned on; `anyway` begins what will not fit, too.
    """

    data: Path
    out: Path
    recipe: Recipe
    model: str
    threads: int
    start: Path | None = None
    anyway: bool = False


def make_sft(order: Order, told: Told) -> TunedRecord:
    """Tunes a model on the replies of pairs, into `out`; goes on where it was interrupted.

    Raises `ConfigError`, `ModelNotFound`, `MissingDependency`.
    """
    parts = _read(order.data)
    made = _begin(order, "sft", parts)
    if made.done:
        return made.record
    learning, development = (encode(parts[name], made.writer) for name in _PARTS)
    recipe = order.recipe
    packed = pack(learning, longest=recipe.longest, together=recipe.pack)
    _check(order, "sft", sum(len(one.ids) for one in packed), told)
    with quiet():
        trained = train_sft(
            _model(order), made.tokenizer, learning, development,
            recipe=order.recipe, folder=made.folder, told=told,
        )  # fmt: skip
        return _finish(made, order, trained)


def make_dpo(order: Order, told: Told) -> TunedRecord:
    """Tunes a model to prefer the better replies of pairs, into `out`; goes on where it was interrupted.

    Raises as `make_sft` does.
    """
    parts = {name: [one for one in pairs if one.rejected] for name, pairs in _read(order.data).items()}
    if not parts["train"]:
        raise ConfigError(f"No pair in {order.data} has a rejected reply. `ragkit data pairs` makes some.")
    made = _begin(order, "dpo", parts)
    if made.done:
        return made.record
    learning, development = (encode_preferences(parts[name], made.writer) for name in _PARTS)
    read = sum(2 * len(one.prompt) + len(one.chosen) + len(one.rejected) for one in learning)
    _check(order, "dpo", read, told)
    with quiet():
        trained = train_dpo(
            _model(order), made.tokenizer, learning, development,
            recipe=order.recipe, folder=made.folder, told=told,
        )  # fmt: skip
        return _finish(made, order, trained)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A run's folder with its record, and what reads and writes tokens."""

    folder: RunFolder
    record: TunedRecord
    writer: TextWriter
    tokenizer: Any
    done: bool


def _begin(order: Order, kind: Kind, parts: dict[str, list[Pair]]) -> _Begun:
    # 1. The same seed and number of threads, the same sums: the weights follow from the order alone.
    require("peft", "trl", "datasets", "accelerate", extra="tune")
    share_cores()
    torch.set_num_threads(order.threads)
    set_seed(order.recipe.seed)
    # 2. Tokens are those of the chain's own writer, by the model's own template.
    tokenizer = load_tokenizer(order.model)
    template = str(tokenizer.chat_template)
    record = TunedRecord(
        kind=kind,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model=order.model,
        start=str(order.start or ""),
        recipe=asdict(order.recipe),
        data={k: v for name in _PARTS for k, v in _hashed(name, parts[name])},
        template=sha256(template.encode()).hexdigest(),
        threads=order.threads,
        packages={"ragkit": version("ragkit"), "python": platform.python_version()}
        | {name: version(name) for name in _PACKAGES},
    )
    # 3. A folder is one run's alone.
    folder = RunFolder(order.out)
    done = folder.begin(record)
    writer = TextWriter(CausalSettings(model=order.model))
    return _Begun(folder, folder.record() if done else record, writer, tokenizer, done)


def _check(order: Order, kind: Kind, tokens: int, told: Told) -> None:
    if is_first():
        computing(order.recipe.precision)  # what cannot be is refused first
        read = tokens * order.recipe.epochs
        counted = partial(costs, order.model, order.recipe, kind, tokens=read, threads=order.threads)
        check_fits(counted, order.out, anyway=order.anyway, told=told.line)


def _model(order: Order) -> Any:
    """The model with what learns: all of it, a new adapter, or that of an earlier run."""
    earlier = RunFolder(order.start) if order.start else None
    if earlier is None:
        base = load_base(order.model, order.recipe)
        return base if order.recipe.method == "full" else with_adapter(base, order.recipe)
    known = earlier.record()
    if known.model != order.model:
        raise ConfigError(
            f"{order.start} tuned {known.model}, not {order.model}: give --model {known.model}."
        )
    if earlier.is_adapter:
        if order.recipe.method == "full":
            raise ConfigError(f"{order.start} tuned an adapter: go on with --method lora or qlora.")
        return with_learnt(load_base(order.model, order.recipe), earlier.weights, order.model)
    base = load_base(str(earlier.weights), order.recipe)
    if order.recipe.method == "full":
        return base
    raise ConfigError(
        f"{order.start} tuned the whole model: go on with --method full, or give --model {earlier.weights}."
    )


def _finish(made: _Begun, order: Order, trained: Trained) -> TunedRecord:
    whole = order.recipe.method == "full"
    record = made.record.model_copy(
        update={
            "status": "finished",
            "results": trained.results,
            "parameters": trained.parameters,
            "trainable": trained.trainable,
        }
    )
    if not is_first():
        return record
    weights = made.folder.path / (MODEL if whole else ADAPTER)
    save(trained.model, made.tokenizer, weights, name=order.model, state=trained.state)
    write_card(made.folder, record)
    made.folder.write(record)
    write_page(made.folder)
    made.folder.clear_checkpoints()
    return record


def _read(folder: Path) -> dict[str, list[Pair]]:
    """The pairs to learn from, and those that a training is stopped by, which may be none."""
    development = folder / "development.jsonl"
    there = development.is_file() and development.stat().st_size > 0
    return {
        "train": read_pairs(folder / "train.jsonl"),
        "development": read_pairs(development) if there else [],
    }


def _hashed(name: str, pairs: Sequence[Pair]) -> list[tuple[str, str | int]]:
    return [(f"{name}_sha256", digest(pairs)), (f"{name}_pairs", len(pairs))]
