"""From questions with passages to a tuned embedder or reranker in a run's folder, step by step."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import set_seed

from ragkit.config import Config
from ragkit.embedders import OnnxConfig, SentenceTransformerConfig
from ragkit.errors import ConfigError
from ragkit.models.causal.files import share_cores
from ragkit.models.resolve import resolve, weights_file
from ragkit.rerankers import CrossEncoderConfig
from ragkit.stages import Embedder
from ragkit.tuning.pairs.sources import Material, distinct, divided
from ragkit.tuning.retrieval.cutting import cut
from ragkit.tuning.retrieval.exporting import export
from ragkit.tuning.retrieval.fitting import costs
from ragkit.tuning.retrieval.measuring import (
    SCORES,
    Scores,
    embedder_scores,
    means,
    reranker_scores,
    write_scores,
)
from ragkit.tuning.retrieval.mining import Example, Passages, digest, mine, read_examples, write_examples
from ragkit.tuning.retrieval.recipe import Recipe
from ragkit.tuning.retrieval.starting import load_embedder, load_reranker
from ragkit.tuning.retrieval.training import train_embedder, train_reranker
from ragkit.tuning.runs.card import write_card
from ragkit.tuning.runs.costs import check_fits
from ragkit.tuning.runs.folder import MODEL, RunFolder, TunedRecord
from ragkit.tuning.runs.page import write_page
from ragkit.tuning.runs.precision import computing
from ragkit.tuning.runs.progress import Told
from ragkit.tuning.runs.running import quiet
from ragkit.tuning.verifier.split import Part

Kind = Literal["embedder", "reranker"]
_PACKAGES = ("torch", "transformers", "sentence-transformers", "accelerate", "datasets")
_DEVELOPED_ON = 200  # questions, at most, that a training is stopped by
MEASURED = 400  # questions, at most, about documents kept aside
_SPARE = "start"  # where a model in eight bits is unpacked
_PASSAGES = "passages"  # the indexes that are searched


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made: from which passages with questions, by which chain's search, into which folder.

    `anyway` begins what will not fit, too.
    """

    materials: Sequence[Material]
    sources: Sequence[str]
    chain: Config
    out: Path
    model: str
    threads: int
    recipe: Recipe = field(default_factory=Recipe)
    anyway: bool = False


def make_embedder(order: Order, told: Told) -> TunedRecord:
    """Tunes an embedder into `out/model`; goes on where it was interrupted, to the same weights.

    The results hold the measures of dense search on documents kept aside, before and after. Raises
    `ConfigError`, `ModelNotFound`, `MissingDependency`.
    """
    own = order.chain.embedder
    plain = own if isinstance(own, OnnxConfig) and own.model == order.model else OnnxConfig(model=order.model)

    def learn(model: Any, folder: RunFolder, learning: _Examples, development: _Examples) -> dict[str, float]:
        window = model.max_seq_length
        model.max_seq_length = min(order.recipe.longest, window or order.recipe.longest)
        results = train_embedder(model, learning, development, recipe=order.recipe, folder=folder, told=told)
        model.max_seq_length = window  # it reads as much as before, whatever it learnt from
        _save(lambda place: model.save_pretrained(str(place), create_model_card=False), order.out / MODEL)
        return results

    def measure(passages: Passages) -> dict[str, Scores]:
        tuned = SentenceTransformerConfig(model=str(order.out / MODEL)).build()
        return {
            name: embedder_scores(one, passages, most=MEASURED, seed=order.recipe.seed)
            for name, one in (("start", _embedder(order.model, plain)), ("tuned", tuned))
        }

    work = _Work(
        "embedder", lambda: load_embedder(order.model, order.out / _SPARE, plain=plain), learn, measure
    )
    return _make(order, told, work)


def make_reranker(order: Order, told: Told) -> TunedRecord:
    """Tunes a cross-encoder into `out/model`, as int8 ONNX; goes on where it was interrupted.

    It learns from the part of each passage that the reranker would read. The results hold the measures of
    the first 20 passages of a search on documents kept aside: as they come, and reranked by the stage
    `cross_encoder` with the model that it started from, and with the tuned one. Raises as `make_embedder`.
    """
    recipe = order.recipe

    def load() -> Any:
        return load_reranker(order.model, order.out / _SPARE, longest=recipe.longest)

    def learn(model: Any, folder: RunFolder, learning: _Examples, development: _Examples) -> dict[str, float]:
        read = [
            cut(some, model.tokenizer.backend_tokenizer, longest=recipe.longest)
            for some in (learning, development)
        ]
        results = train_reranker(model, *read, recipe=recipe, folder=folder, told=told)
        if not export(model, order.out / MODEL, longest=recipe.longest):
            told.line("eight bits would say something else than was learnt: all 32 are kept")
        return results

    def measure(passages: Passages) -> dict[str, Scores]:
        def scored(model: str) -> Scores:
            reranker = CrossEncoderConfig(model=model, limit_tokens=recipe.longest).build()
            return reranker_scores(reranker, passages, most=MEASURED, seed=recipe.seed)

        plain = passages.config.reranker.build()
        found = {"search": reranker_scores(plain, passages, most=MEASURED, seed=recipe.seed)}
        if weights_file(resolve(order.model).path).suffix == ".onnx":  # a plain encoder reranks nothing
            found["start"] = scored(order.model)
        return {**found, "tuned": scored(str(order.out / MODEL))}

    return _make(order, told, _Work("reranker", load, learn, measure))


_Examples = Sequence[Example]


@dataclass(frozen=True, slots=True)
class _Work:
    """What is made, and how it is loaded, learnt and measured."""

    kind: Kind
    load: Callable[[], Any]
    learn: Callable[[Any, RunFolder, _Examples, _Examples], dict[str, float]]
    measure: Callable[[Passages], dict[str, Scores]]


def _make(order: Order, told: Told, work: _Work) -> TunedRecord:
    # 1. The same seed and number of threads, the same sums: the weights follow from the order alone.
    share_cores()
    torch.set_num_threads(order.threads)
    set_seed(order.recipe.seed)
    parts = divided(distinct(order.materials), seed=order.recipe.seed)
    for part in ("train", "test"):
        if not any(one.asked for one in parts[part]):
            raise ConfigError(
                f"{', '.join(order.sources)}: no question for the part {part!r}. Documents are divided in "
                "three parts; give more of them."
            )
    # 2. A folder is one run's alone; it is claimed once the model is known to be one.
    folder = RunFolder(order.out)
    record = _record(work.kind, order, parts)
    if folder.is_finished(record):
        return folder.record()
    with quiet():
        computing(order.recipe.precision)
        model = work.load()
    counted = partial(costs, model, parts["train"], order.recipe, work.kind, threads=order.threads)
    check_fits(counted, order.out, anyway=order.anyway, told=told.line)
    folder.begin(record)
    # 3. What a search finds beside the right passage, of each part alone.
    examples = {
        part: _mined(part, parts[part], order, record, told.line)
        for part in ("train", "development")
        if parts[part]
    }
    if not examples["train"]:
        raise ConfigError(f"{', '.join(order.sources)}: a search finds no wrong passage for any question.")
    # 4. Learning, then measuring on documents that it never saw.
    size = sum(one.numel() for one in model.parameters())
    with quiet():
        results = work.learn(model, folder, examples["train"], examples.get("development", []))
        told.line("measuring on documents kept aside")
        scores = work.measure(Passages(parts["test"], order.chain, order.out / _PASSAGES / "test"))
    write_scores(order.out / SCORES, scores)
    results |= {"examples": float(len(examples["train"])), **means(scores)}
    made = {"status": "finished", "results": results, "parameters": size, "trainable": size}
    done = record.model_copy(update=made)
    write_card(folder, done)
    folder.write(done)
    write_page(folder)
    folder.clear_checkpoints()
    for spare in (_SPARE, _PASSAGES):
        shutil.rmtree(order.out / spare, ignore_errors=True)
    return done


def _record(kind: Kind, order: Order, parts: dict[Part, list[Material]]) -> TunedRecord:
    asked = {part: sum(len(one.asked) for one in some) for part, some in parts.items()}
    chain = order.chain.model_dump(mode="json", include={"embedder", "retriever", "chunker"})
    return TunedRecord(
        kind=kind,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model=order.model,
        recipe={**asdict(order.recipe), "search": chain},
        data={
            "sources": ", ".join(order.sources),
            **{f"{part}_sha256": digest(some) for part, some in parts.items()},
            **{f"{part}_passages": len(some) for part, some in parts.items()},
            **{f"{part}_questions": count for part, count in asked.items()},
        },
        threads=order.threads,
        packages={"ragkit": version("ragkit"), "python": platform.python_version()}
        | {name: version(name) for name in _PACKAGES},
    )


def _mined(
    part: Part, materials: Sequence[Material], order: Order, record: TunedRecord, told: Callable[[str], None]
) -> list[Example]:
    """Those of an earlier process, or mined now and kept."""
    file = order.out / "examples" / f"{part}-{record.fingerprint[:12]}.jsonl"
    if file.is_file():
        return read_examples(file)
    told(f"{part}: {len(materials):,} passages are indexed and searched")
    passages = Passages(materials, order.chain, order.out / _PASSAGES / part)
    most = order.recipe.questions if part == "train" else _DEVELOPED_ON
    found = mine(passages, order.recipe, most=most, told=told)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_examples(file, found)
    return found


def _save(write: Callable[[Path], Any], folder: Path) -> None:
    """Whole or not at all."""
    beside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    write(beside)
    shutil.rmtree(folder, ignore_errors=True)
    beside.replace(folder)


def _embedder(name: str, plain: OnnxConfig) -> Embedder:
    """The chain's stage for a model, as it was before."""
    if weights_file(resolve(name).path).suffix == ".onnx":
        return plain.build()
    return SentenceTransformerConfig(model=name).build()
