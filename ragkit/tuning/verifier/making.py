"""From the data to a verifier that can be used, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer

from ragkit.entailment.encoding import encode
from ragkit.entailment.reader import CALIBRATION, EntailmentReader
from ragkit.entailment.selection import select
from ragkit.models import resolve
from ragkit.tuning.runs.costs import check_fits
from ragkit.tuning.verifier.calibrating import SETS, Fitted, calibrate
from ragkit.tuning.verifier.checking import compare
from ragkit.tuning.verifier.constructing import Statement
from ragkit.tuning.verifier.corpus import Corpus, Sizes, read_corpus
from ragkit.tuning.verifier.exporting import export
from ragkit.tuning.verifier.fitting import costs
from ragkit.tuning.verifier.network import Network
from ragkit.tuning.verifier.training import Example, Progress, Recipe, train
from ragkit.tuning.verifier.vocabulary import extended
from ragkit.verifiers.trained import TrainedConfig

START = "all-MiniLM-L6-v2"
CHECKPOINT = "checkpoint.pt"
MODEL = "model"
_BUDGET, _WINDOW = 150.0, 224  # tokens: less than is read in use, for the sake of time


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made: from which data, into which folder, how long, from which model."""

    data: Path
    out: Path
    recipe: Recipe
    sizes: Sizes
    threads: int
    start: str = START
    every: int = 50  # steps, after which the state is kept
    anyway: bool = False  # what will not fit is begun, too


@dataclass(frozen=True, slots=True)
class Told:
    """Where news go: a line, and the progress of the training."""

    line: Callable[[str], None]
    progress: Callable[[Progress], None]


def make(order: Order, told: Told) -> list[Fitted]:
    """Trains, exports and calibrates a verifier into `out`/model; goes on where it was interrupted.

    Raises `LoadError`, `ModelNotFound`, `ConfigError`.
    """
    # 1. The same number of threads, the same sums: the weights follow from the order alone.
    torch.set_num_threads(order.threads)
    start = resolve(order.start).path
    folder = order.out / MODEL
    verifier = TrainedConfig(model=folder)
    if verifier.aligner:
        resolve(verifier.aligner)  # what is needed in the end is looked for first

    # 2. Statements with their evidence, by part and set.
    corpus = read_corpus(order.data, seed=order.recipe.seed, sizes=order.sizes)
    told.line(_counted(corpus, order.recipe))

    # 3. What of the evidence is read, as tokens.
    settings, rows = extended(start / "tokenizer.json")
    tokenizer = _tokenizer(settings)
    examples = _examples(corpus, tokenizer, order.recipe)

    # 4. The network learns.
    torch.manual_seed(order.recipe.seed)
    network = Network(start, rows, added=tokenizer.get_vocab_size() - len(rows))
    counted = partial(costs, network, examples, order.recipe, threads=order.threads)
    check_fits(counted, order.out, anyway=order.anyway, told=told.line)
    order.out.mkdir(parents=True, exist_ok=True)
    checkpoint = order.out / CHECKPOINT
    train(network, examples, order.recipe, checkpoint=checkpoint, every=order.every, progress=told.progress)

    # 5. It is written as int8 ONNX, and weighed together with the words on what it did not see.
    tensors = {name: one.detach().cpu().numpy() for name, one in network.state_dict().items()}
    encoder = network.encoder.config
    export(tensors, settings, folder, heads=encoder.num_attention_heads, epsilon=encoder.layer_norm_eps)
    (folder / CALIBRATION).touch()
    development = _unseen(corpus, order.recipe)
    for name in dict.fromkeys(name for names in SETS.values() for name in names):
        read = [_example(one, tokenizer) for one in development[name]]
        loss = compare(network, EntailmentReader(folder), name, read)
        told.line(f"AUROC of the network alone, {name}: {loss.trained:.3f}, as int8 {loss.written:.3f}")
    return calibrate(verifier.build(), development, folder)


def _unseen(corpus: Corpus, recipe: Recipe) -> dict[str, Sequence[Statement]]:
    """The development part, and of sets that nothing is learnt from what would have been, too."""
    parts = corpus.parts
    return {
        name: [*rows, *(() if recipe.repeats.get(name, 1) else parts["train"].get(name, ()))]
        for name, rows in parts["development"].items()
    }


def _examples(corpus: Corpus, tokenizer: Tokenizer, recipe: Recipe) -> list[Example]:
    """The encoded statements that are learnt from, as often as they are read."""
    found: list[Example] = []
    for name, statements in corpus.parts["train"].items():
        if times := recipe.repeats.get(name, 1):
            found += [_example(one, tokenizer) for one in statements] * times
    return found


def _example(one: Statement, tokenizer: Tokenizer) -> Example:
    evidence = " ".join(select(one.text, [one.evidence], budget=_BUDGET))
    return Example(encode(tokenizer, one.text, evidence, window=_WINDOW), one.supported)


def _tokenizer(settings: str) -> Tokenizer:
    tokenizer: Tokenizer = Tokenizer.from_str(settings)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def _counted(corpus: Corpus, recipe: Recipe) -> str:
    """A line for each part; the sets that nothing is learnt from count for the development."""
    sets = {**corpus.parts, "development": _unseen(corpus, recipe)}
    sets["train"] = {name: some for name, some in sets["train"].items() if recipe.repeats.get(name, 1)}
    counts = {
        part: ", ".join(f"{name} {len(some)}" for name, some in of.items()) for part, of in sets.items()
    }
    return "\n".join(f"{part}: {said}" for part, said in counts.items())
