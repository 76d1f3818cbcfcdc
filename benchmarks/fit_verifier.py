"""Fits the weights of the verifier `lexical_semantic` on the even halves of the sets and writes them.

Support is the logistic function of a weighted sum of features. The weights minimise the mean negative
log-likelihood of the labels, every set and within it both labels counting the same; what speaks for support
may have no weight below zero, what speaks against it none above, so that less evidence never gives more
support. Statements in Chinese, which have more terms to the word, have weights of their own. So have those
that the reranker reads, and it is printed what the cosine of an embedding would add to them and to Chinese;
these are fitted on a sample.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.faithfulness_data import Example, halves, is_spoiled, matched, read_examples
from benchmarks.figures import Figure
from ragkit.embedders import ByScriptConfig
from ragkit.stages import Embedder
from ragkit.verifiers import LexicalSemanticConfig, LexicalSemanticVerifier, lexical_semantic
from ragkit.verifiers.features import AGAINST, HELD, Checked
from ragkit.verifiers.meaning import LOGIT

SETS = {
    "spaced": ("wice-dev", "begin-dev", "halueval-qa", "squad2-en", "xquad-en"),
    "unspaced": ("cmrc-trial-zh", "xquad-zh", "drcd-dev-zh-hant"),
}
WEIGHTS = Path(lexical_semantic.__file__).with_name("lexical_semantic.toml")
FEATURES = (*HELD, *AGAINST)
COSINE = "cosine"
_SAMPLED = 150  # statements of each half, where models read
_PENALTY = 1e-3  # on the squares of all weights but the constant
_HEAD = """\
# How the verifier lexical_semantic weighs its features. Written by `python -m benchmarks fit-verifier`, which
# fits on every second group of statements (one claim, or one paragraph) of its sets.
"""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Statements of one set: columns of features (N,) by name, labels (N,), weights (N,)."""

    columns: Mapping[str, Array]
    labels: Array
    weights: Array

    def matrix(self, names: Sequence[str]) -> Array:
        """(N, 1 + len(names)), the constant first."""
        return np.stack([np.ones(len(self.labels)), *(self.columns[name] for name in names)], axis=1)


Sets = Mapping[str, Rows]


def measure() -> list[Figure]:
    """Writes the weights; the AUROC of each set's odd half, also with a fit on the other sets alone."""
    text = _HEAD
    figures: list[Figure] = []
    for script, names in SETS.items():
        split = {name: halves(read_examples(name)) for name in names}
        even = {name: matched(half) if is_spoiled(name) else half for name, (half, _) in split.items()}
        odd = {name: half for name, (_, half) in split.items()}
        worded = [{name: rows(half) for name, half in side.items()} for side in (even, odd)]
        weights, found = _fitted("fitted", FEATURES, *worded)
        text, figures = text + _section(script, FEATURES, weights), figures + found + _foreign(*worded)
        read = [{name: rows(half, read=True) for name, half in side.items()} for side in (even, odd)]
        models = ((), (COSINE,)) if script == "unspaced" else ((), (COSINE,), (LOGIT,), (LOGIT, COSINE))
        for added in models:
            chosen = (*FEATURES, *added)
            weights, found = _fitted(" ".join(["sampled, words", *added]), chosen, *read)
            figures += found
            text += _section(f"{script}_{LOGIT}", chosen, weights) if added == (LOGIT,) else ""
    WEIGHTS.write_text(text, encoding="utf-8")
    return figures


def _fitted(label: str, names: Sequence[str], even: Sets, odd: Sets) -> tuple[Array, list[Figure]]:
    weights = fit(list(even.values()), names)
    return weights, [_figure(f"{name}: {label}", names, weights, part) for name, part in odd.items()]


def _foreign(even: Sets, odd: Sets) -> list[Figure]:
    """What a fit on the other sets alone is worth."""
    figures = []
    for name, part in odd.items():
        weights = fit([one for other, one in even.items() if other != name], FEATURES)
        figures.append(_figure(f"{name}: others' fit", FEATURES, weights, part))
    return figures


def _section(title: str, names: Sequence[str], weights: Array) -> str:
    rows = zip(("constant", *names), weights, strict=True)
    return f"\n[{title}]\n" + "".join(f"{name} = {weight:.2f}\n" for name, weight in rows if weight)


def rows(examples: Sequence[Example], *, read: bool = False) -> Rows:
    """The statements that stand alone in their answer and not word by word in a quote, which decides alone.

    (In a longer answer the label may be another sentence's.) The labels weigh the same before these are taken
    out, so that support is the chance that is left. With `read` models read a sample of them.
    """
    alone = [one for one in examples if len(one.draft.sentences) == 1]
    verifier = LexicalSemanticConfig(reranker=None).build()
    worded = [_checked(verifier, one) for one in alone]
    labels = [one.supported for one in alone]
    left = [place for place, one in enumerate(worded) if not one.verbatim]
    kept = sorted(random.Random(0).sample(left, min(_SAMPLED, len(left)))) if read else left
    values = [_read(alone[place]) if read else worded[place].values for place in kept]
    weight = {label: 0.5 * len(left) / len(kept) / max(1, labels.count(label)) for label in (True, False)}
    return Rows(
        {name: np.array([row[name] for row in values]) for name in values[0]},
        np.array([float(labels[place]) for place in kept]),
        np.array([weight[labels[place]] for place in kept]),
    )


def _checked(verifier: LexicalSemanticVerifier, one: Example) -> Checked:
    sentence = one.draft.sentences[0]
    return verifier.features(one.draft.text[sentence.start : sentence.end], sentence.citations, one.hits)


def _read(one: Example) -> dict[str, float]:
    """With the logit and the cosine of the sentence nearest to it; 0 where no model reads it."""
    checked = _checked(LexicalSemanticConfig().build(), one)
    first, *others = _embedder().embed_documents([one.draft.text, *checked.closest])
    return (
        {LOGIT: 0.0} | checked.values | {COSINE: max((float(first @ other) for other in others), default=0.0)}
    )


@cache
def _embedder() -> Embedder:
    return ByScriptConfig().build()


def fit(parts: Sequence[Rows], names: Sequence[str]) -> Array:
    """The constant and a weight for each feature, rounded to two decimals."""
    from scipy.optimize import minimize

    features = np.concatenate([part.matrix(names) for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    share = np.concatenate([part.weights for part in parts]) / len(parts)

    def loss(weights: Array) -> tuple[float, Array]:
        scores = features @ weights  # (N,)
        chances = 1.0 / (1.0 + np.exp(-scores))
        surprise = np.logaddexp(0.0, -scores) * labels + np.logaddexp(0.0, scores) * (1.0 - labels)
        slope = features.T @ (share * (chances - labels))
        slope[1:] += 2.0 * _PENALTY * weights[1:]
        return float(share @ surprise + _PENALTY * weights[1:] @ weights[1:]), slope

    bounds = [(None, None), *((None, 0.0) if name in AGAINST else (0.0, None) for name in names)]
    solved = minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(np.round(solved.x, 2) + 0.0)


def auroc(scores: Sequence[float] | Array, labels: Sequence[bool] | Array) -> float:
    """The chance that a supported one scores above an unsupported one, ties counting half."""
    from scipy.stats import rankdata

    truth = np.asarray(labels, dtype=bool)
    true, false = int(truth.sum()), int((~truth).sum())
    ranks = rankdata(np.asarray(scores, dtype=float))
    return float((ranks[truth].sum() - true * (true + 1) / 2) / max(1, true * false))


def _figure(name: str, names: Sequence[str], weights: Array, part: Rows) -> Figure:
    return Figure(
        name=f"{name}, AUROC of what is not verbatim",
        value=auroc(part.matrix(names) @ weights, part.labels),
        better="higher",
        note=f"{len(part.labels)} statements",
    )
