"""Fits the weights of adaptive fusion on the even halves of all sets and writes them.

A fused score is (1 - w) times the lexical plus w times the dense worth of a passage, where w is the logistic
function of a weighted sum of the features of the question. The weights maximise the mean log-likelihood that
the softmax over the candidates gives to the relevant ones, every set counting the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import RetrievalSet, read_set
from benchmarks.figures import Figure
from benchmarks.quality_data import even_half, indexed, odd_half
from ragkit.retrievers import Bm25Config, DenseConfig, HybridConfig, adaptive
from ragkit.retrievers.normalisation import normalised
from ragkit.types import Hit

SETS = ("cmrc-trial-zh", "drcd-dev-zh-hant", "nq-oracle-en", "squad2-en", "xquad-en", "xquad-zh")
WEIGHTS = Path(adaptive.__file__).with_name("adaptive.toml")
MOST_BELOW_PARENT = -0.003
_DEPTH = HybridConfig().candidates
_PENALTY = 1e-5  # on the squares of all weights but the constant
_ALL_OF_ONE = 50.0  # a constant that leaves the other ranking nothing
_START = 10.0  # sharpness of the softmax, which is fitted as well
_FEATURES = (
    "lexical_drop",
    "lexical_fall",
    "dense_drop",
    "dense_fall",
    "overlap",
    "lexical_of_dense",
    "dense_of_lexical",
)
_HEAD = """\
# How adaptive fusion weighs a question's features. Written by `python -m benchmarks fit-fusion`, which
# fits on every second question (by id, from the first) of its sets, English and Chinese.
[weights]
"""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Questions of one set: `features` (Q, F), the others (Q, candidates), padded with zeros."""

    features: Array
    lexical: Array
    dense: Array
    relevant: NDArray[np.bool_]
    there: NDArray[np.bool_]


def measure() -> list[Figure]:
    """Writes the weights; nDCG@10 on the odd halves, also with a fit on the other sets alone."""
    sets = [read_set(name) for name in SETS]
    fitting = [examples(data, even_half(data.grades)) for data in sets]
    held_out = [examples(data, odd_half(data.grades)) for data in sets]
    names, weights = fit(fitting)
    lines = (f"{name} = {weight:.2f}\n" for name, weight in zip(names, weights, strict=True))
    WEIGHTS.write_text(_HEAD + "".join(lines), encoding="utf-8")
    figures = []
    for number, data in enumerate(sets):
        _, others = fit([part for place, part in enumerate(fitting) if place != number])
        values = {
            label: float(np.mean(ndcg(held_out[number], chosen)))
            for label, chosen in {
                "bm25": _constant(-_ALL_OF_ONE),
                "dense": _constant(_ALL_OF_ONE),
                "convex .5": _constant(0.0),
                "adaptive": weights,
                "adaptive, others' fit": others,
            }.items()
        }
        figures += _figures(data.name, values)
    return figures


def _constant(value: float) -> Array:
    """Weights that give every question the same share."""
    return np.array([value, *(0.0 for _ in _FEATURES)])


def _figures(name: str, values: Mapping[str, float]) -> list[Figure]:
    """The values, and how far a fit on the other sets is from the better parent."""
    behind = values["adaptive, others' fit"] - max(values["bm25"], values["dense"])
    return [
        *(Figure(name=f"{name}: {label}", value=value, better="higher") for label, value in values.items()),
        Figure(
            name=f"{name}: others' fit - better parent",
            value=behind,
            target=MOST_BELOW_PARENT,
            better="higher",
        ),
    ]


def examples(data: RetrievalSet, questions: Sequence[str]) -> Examples:
    """What both retrievers find for the questions for which both find something."""
    config = indexed(data, questions)
    embedder = config.embedder.build()
    index = config.open_index(embedder)
    retrievers = [part.build(index, embedder) for part in (Bm25Config(), DenseConfig())]
    names = {summary.id: {Path(path).stem for path in summary.sources} for summary in index.documents()}
    rows = []
    for question in questions:
        lexical, dense = (one.retrieve(data.queries[question], limit=_DEPTH) for one in retrievers)
        relevant = {id_ for id_, of in names.items() if of & data.grades[question].keys()}
        if lexical and dense:
            rows.append(_row(lexical, dense, relevant))
    features, *tables = zip(*rows, strict=True)
    lexical, dense, relevant, there = (np.array(table) for table in tables)
    return Examples(
        features=np.array(features), lexical=lexical, dense=dense, relevant=relevant > 0, there=there > 0
    )


def _row(lexical: list[Hit], dense: list[Hit], relevant: set[str]) -> tuple[list[float], Array, ...]:
    """Features; and worth, relevance and presence of the candidates, by chunk id as ties are ordered."""
    documents = {hit.chunk.id: hit.chunk.document_id for hit in (*lexical, *dense)}
    ids = sorted(documents)
    tables = np.zeros((4, 2 * _DEPTH))
    for row, (hits, stage) in enumerate(((lexical, "bm25"), (dense, "dense"))):
        for hit, worth in zip(hits, normalised(hits, stage=stage), strict=True):
            tables[row, ids.index(hit.chunk.id)] = worth
    tables[2, : len(ids)] = [documents[id_] in relevant for id_ in ids]
    tables[3, : len(ids)] = 1.0
    features = adaptive.features(lexical, dense)
    return [1.0, *(features[name] for name in _FEATURES)], *tables


def fit(parts: Sequence[Examples]) -> tuple[list[str], Array]:
    """Names and weights, rounded to two decimals."""
    from scipy.optimize import minimize

    found = [_only_found(part) for part in parts]
    start = np.zeros(found[0].features.shape[1] + 1)
    start[-1] = np.log(_START)
    solved = minimize(_loss, start, args=(found,), jac=True, method="L-BFGS-B")
    return ["constant", *_FEATURES], np.round(solved.x[:-1], 2)


def _loss(values: Array, parts: Sequence[Examples]) -> tuple[float, Array]:
    """The penalised negative log-likelihood and its gradient."""
    weights, sharpness = values[:-1], np.exp(values[-1])
    total, slope = _PENALTY * float(weights[1:] @ weights[1:]), np.zeros_like(values)
    slope[1:-1] = 2.0 * _PENALTY * weights[1:]
    for part in parts:
        share = _share(part, weights)[:, None]  # (Q, 1)
        scores = sharpness * ((1.0 - share) * part.lexical + share * part.dense)  # (Q, candidates)
        mass = np.where(part.there, np.exp(scores - scores.max(1, keepdims=True)), 0.0)
        right = np.where(part.relevant, mass, 0.0)
        total -= float(np.log(right.sum(1) / mass.sum(1)).mean()) / len(parts)
        surplus = mass / mass.sum(1, keepdims=True) - right / right.sum(1, keepdims=True)
        surplus /= len(share) * len(parts)
        turn = (surplus * sharpness * (part.dense - part.lexical)).sum(1) * (share * (1.0 - share))[:, 0]
        slope[:-1] += part.features.T @ turn
        slope[-1] += float((surplus * scores).sum())
    return total, slope


def ndcg(part: Examples, weights: Array) -> Array:
    """nDCG@10 of each question as if it had one relevant document, at its best passage."""
    share = _share(part, weights)[:, None]
    scores = np.where(part.there, (1.0 - share) * part.lexical + share * part.dense, -1.0)
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.argmax(np.take_along_axis(part.relevant, order, axis=1), axis=1) + 1
    found = part.relevant.any(1) & (ranks <= 10)
    return np.where(found, 1.0 / np.log2(1.0 + ranks), 0.0)


def _share(part: Examples, weights: Array) -> Array:
    """The weight of the dense ranking, (Q,)."""
    return np.asarray(1.0 / (1.0 + np.exp(-part.features @ weights)))


def _only_found(part: Examples) -> Examples:
    """The questions of which a relevant passage is among the candidates."""
    found = part.relevant.any(1)
    return Examples(
        features=part.features[found],
        lexical=part.lexical[found],
        dense=part.dense[found],
        relevant=part.relevant[found],
        there=part.there[found],
    )
