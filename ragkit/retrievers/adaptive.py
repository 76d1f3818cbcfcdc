"""How far to trust the dense ranking of one query, from the shapes of both rankings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from math import exp
from statistics import fmean

from ragkit.retrievers.normalisation import normalised
from ragkit.types import Hit

_TOP = 10
_WEIGHTS = "adaptive.toml"


def features(lexical: Sequence[Hit], dense: Sequence[Hit]) -> dict[str, float]:
    """What the weight of a query is decided from, each 0 to 1; both rankings hold a hit at least.

    `*_drop` is how far the second, and `*_fall` how far the mean of the second to the tenth stands below
    the first: as a share of the score of the first for words, of the whole ranking's span for meaning.
    `overlap` is the share of the first ten that both have, `lexical_of_dense` the lexical worth of the
    dense ranking's first, and the other way round.
    """
    words, meaning = normalised(lexical, stage="bm25"), normalised(dense, stage="dense")
    share = normalised(lexical, stage="bm25", method="theoretical")
    lexical_ids = [hit.chunk.id for hit in lexical]
    dense_ids = [hit.chunk.id for hit in dense]
    return {
        "lexical_drop": _drop(share, 2),
        "lexical_fall": _drop(share, _TOP),
        "dense_drop": _drop(meaning, 2),
        "dense_fall": _drop(meaning, _TOP),
        "overlap": len({*lexical_ids[:_TOP]} & {*dense_ids[:_TOP]}) / _TOP,
        "lexical_of_dense": _worth(dense_ids[0], lexical_ids, words),
        "dense_of_lexical": _worth(lexical_ids[0], dense_ids, meaning),
    }


def dense_share(lexical: Sequence[Hit], dense: Sequence[Hit]) -> float:
    """The weight of the dense ranking, 0 to 1: a logistic regression on `features`."""
    if not lexical or not dense:
        return 1.0 if dense else 0.0
    return share_of(features(lexical, dense), fitted())


def share_of(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The logistic function of the weighted sum of the features; "constant" is a feature of 1."""
    total = weights["constant"] + sum(weights[name] * value for name, value in values.items())
    return 1.0 / (1.0 + exp(-total))


@cache
def fitted() -> dict[str, float]:
    """The weights that ship with ragkit."""
    text = resources.files(__package__).joinpath(_WEIGHTS).read_text(encoding="utf-8")
    return {name: float(value) for name, value in tomllib.loads(text)["weights"].items()}


def _drop(worth: Sequence[float], last: int) -> float:
    """How far the mean of the second to the `last` is below the first; 1 where there is no second."""
    return worth[0] - fmean(worth[1:last]) if len(worth) > 1 else worth[0]


def _worth(chunk_id: str, ids: Sequence[str], worth: Sequence[float]) -> float:
    return worth[ids.index(chunk_id)] if chunk_id in ids else 0.0
