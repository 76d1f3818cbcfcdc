"""What writing the network in few bits costs: how well it ranks before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ragkit.entailment.reader import EntailmentReader
from ragkit.tuning.verifier.network import Network
from ragkit.tuning.verifier.training import Example, to_batch

_MOST = 300  # statements of a set


@dataclass(frozen=True, slots=True)
class Loss:
    """The AUROC of one set by the network as it was trained, and as it was written."""

    name: str
    trained: float
    written: float


def compare(network: Network, reader: EntailmentReader, name: str, examples: Sequence[Example]) -> Loss:
    """Both on the first statements of a set."""
    some = examples[:_MOST]
    labels = [one.supported for one in some]
    network.eval()
    device = network.heads.weight.device.type
    with torch.no_grad():
        trained = [float(network(to_batch([one], device))) for one in some]
    written = [reader.read(one.encoded) for one in some]
    return Loss(name, auroc(trained, labels), auroc(written, labels))


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """The chance that a supported statement scores above an unsupported one, ties counting half.

    0.5 where there are none of either.
    """
    truth, values = np.array(labels, dtype=bool), np.array(scores)
    if truth.all() or not truth.any():
        return 0.5
    false = np.sort(values[~truth])
    below = np.searchsorted(false, values[truth], side="left") + np.searchsorted(
        false, values[truth], side="right"
    )
    return float(below.mean() / (2.0 * len(false)))
