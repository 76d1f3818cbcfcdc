"""Trains the network: one loop, which goes on where it was interrupted, to the same weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from time import perf_counter

import numpy as np
import psutil
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, pad

from ragkit.entailment.encoding import Encoded
from ragkit.errors import ConfigError
from ragkit.tuning.verifier.network import Batch, Network

_SORTED = 50  # batches, within which statements of one length stand together
_SMOOTHED = 0.05  # of the labels: some are wrong
_CLIPPED = 1.0
_WARM = 0.06  # of the steps
_REPEATS = dict.fromkeys(("wice-dev", "begin-dev", "halueval-dialogue", "halueval-summarization"), 0)
_NEW_PARTS = ("words.new", "matches", "heads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How it is learnt: the rates of the start model's weights and of new ones; how often a set is read.

    Some are not learnt from: two small ones that people judged, on which the network is weighed as it judges
    what it did not learn (some of their contexts it knows from made statements); one in which much counts as
    supported that no context says; and one in which nothing tells which of several sentences is not.
    """

    seed: int = 0
    epochs: int = 1
    batch: int = 32
    rate: float = 2e-4
    new_rate: float = 1e-3
    repeats: Mapping[str, int] = field(default_factory=lambda: dict(_REPEATS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a training stands; `loss` is the mean of the last steps."""

    step: int
    steps: int
    loss: float
    pairs_per_second: float
    seconds_left: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Example:
    """An encoded statement and its label."""

    encoded: Encoded
    supported: bool


def train(
    network: Network,
    examples: Sequence[Example],
    recipe: Recipe,
    *,
    checkpoint: Path,
    every: int,
    progress: Callable[[Progress], None],
) -> None:
    """Trains in place; every so many steps the state is kept in `checkpoint`, from which it goes on.

    Raises `ConfigError` where that is the state of another training.
    """
    # 1. The order of all batches follows from the seed, so that a step is known by its number.
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network.to(device).train()
    batches = list(_order(examples, recipe))

    # 2. New parts learn faster than those that know something; all rates rise, then fall to zero.
    named = [(name, one) for name, one in network.named_parameters() if one.requires_grad]
    new = [one for name, one in named if name.startswith(_NEW_PARTS)]
    old = [one for name, one in named if not name.startswith(_NEW_PARTS)]
    optimizer = torch.optim.AdamW(
        [{"params": old, "lr": recipe.rate}, {"params": new, "lr": recipe.new_rate}], weight_decay=0.01
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, len(batches)))

    # 3. What was learnt before an interruption.
    made = _fingerprint(examples, recipe)
    begun = _restore(checkpoint, made, network, optimizer, schedule)

    # 4. A step: logits (batch,), their loss, its slope, a change of the weights.
    losses: list[float] = []
    started, read = perf_counter(), 0
    for step in range(begun, len(batches)):
        batch = to_batch([examples[place] for place in batches[step]], device)
        labels = batch.labels * (1.0 - _SMOOTHED) + _SMOOTHED / 2
        loss = binary_cross_entropy_with_logits(network(batch), labels)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's
        torch.nn.utils.clip_grad_norm_([*old, *new], _CLIPPED)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)

        # 5. What is told, and what is kept.
        losses.append(loss.item())
        read += len(batches[step])
        pace = read / (perf_counter() - started)
        left = sum(map(len, batches[step + 1 :])) / pace
        progress(_told(step + 1, len(batches), losses[-50:], pace, left))
        if (step + 1) % every == 0 or step + 1 == len(batches):
            _keep(checkpoint, made, step + 1, network, optimizer, schedule)


def to_batch(examples: Sequence[Example], device: str = "cpu") -> Batch:
    """Statements side by side, the shorter ones filled up."""
    longest = max(len(one.encoded.ids) for one in examples)

    def filled(rows: Sequence[Tensor]) -> Tensor:
        return torch.stack([pad(row, (0, longest - len(row))) for row in rows]).to(device)

    encoded = [one.encoded for one in examples]
    return Batch(
        ids=filled([torch.from_numpy(one.ids) for one in encoded]),
        kinds=filled([torch.from_numpy(one.kinds) for one in encoded]),
        matches=filled([torch.from_numpy(one.matches) for one in encoded]),
        present=filled([torch.ones(len(one.ids), dtype=torch.long) for one in encoded]),
        said=filled([_said(one) for one in encoded]),
        labels=torch.tensor([float(one.supported) for one in examples]).to(device),
    )


def _said(one: Encoded) -> Tensor:
    marked = torch.zeros(len(one.ids))
    marked[1 : 1 + one.said] = 1.0
    return marked


def _order(examples: Sequence[Example], recipe: Recipe) -> Iterator[list[int]]:
    """Batches of places; within some tens of batches, statements of about one length are read together."""
    for epoch in range(recipe.epochs):
        chance = Random(f"{recipe.seed} {epoch}")
        places = list(range(len(examples)))
        chance.shuffle(places)
        step = recipe.batch * _SORTED
        for first in range(0, len(places), step):
            some = sorted(places[first : first + step], key=lambda place: len(examples[place].encoded.ids))
            batches = [some[at : at + recipe.batch] for at in range(0, len(some), recipe.batch)]
            chance.shuffle(batches)
            yield from batches


def _rate(step: int, steps: int) -> float:
    warm = max(1, int(_WARM * steps))
    return min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))


def _told(step: int, steps: int, losses: Sequence[float], pace: float, left: float) -> Progress:
    memory = psutil.Process().memory_info().rss / 2**20
    return Progress(
        step=step,
        steps=steps,
        loss=float(np.mean(losses)),
        pairs_per_second=pace,
        seconds_left=left,
        memory_mb=memory,
    )


def _fingerprint(examples: Sequence[Example], recipe: Recipe) -> str:
    """Of all that the weights follow from."""
    digest = sha256(json.dumps(asdict(recipe), sort_keys=True).encode())
    for one in examples:
        digest.update(one.encoded.ids.tobytes() + one.encoded.matches.tobytes() + bytes([one.supported]))
    return digest.hexdigest()


def _keep(
    path: Path,
    made: str,
    step: int,
    network: Network,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
) -> None:
    """Writes beside the old state and then takes its place, so that one of the two is always whole."""
    state = {
        "made": made, "step": step, "network": network.state_dict(),
        "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(),
    }  # fmt: skip
    beside = path.with_suffix(".new")
    torch.save(state, beside)
    beside.replace(path)


def _restore(
    path: Path,
    made: str,
    network: Network,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
) -> int:
    """The step to go on with."""
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    if state["made"] != made:
        raise ConfigError(
            f"{path} is the state of a training with other data or settings. Name another folder with --out, "
            "or remove that file to begin anew."
        )
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    return int(state["step"])
