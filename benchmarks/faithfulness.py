"""How well verifiers tell supported statements from others: on public sets, and in Chinese on made ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.faithfulness_data import MADE, PUBLIC, Example, halves, is_spoiled, matched, read_examples
from benchmarks.figures import Figure
from benchmarks.fit_verifier import FEATURES, auroc
from ragkit.types import Draft
from ragkit.verifiers import LexicalConfig, LexicalSemanticConfig
from ragkit.verifiers.features import AGAINST
from ragkit.verifiers.meaning import LOGIT

OVERLAP = {"wice-dev": 0.75, "begin-dev": 0.93}
"""The AUROC of shared words that was measured before there was a verifier."""
_VERIFIER = LexicalSemanticConfig().build()


def measure() -> list[Figure]:
    """AUROC, precision and recall on the odd halves of all sets; nothing was fitted on them."""
    figures: list[Figure] = []
    for name in (*PUBLIC, *MADE):
        odd = halves(read_examples(name))[1]
        figures += [_cost(name, odd), *_of(name, odd)]
        if is_spoiled(name):
            figures += _of(f"{name}, lengths matched", matched(odd))
    return figures


def _cost(name: str, examples: Sequence[Example]) -> Figure:
    """How long a sentence takes that its quotes do not hold word by word, the first time it is read."""
    milliseconds = []
    for one in examples:
        started = perf_counter()
        judged = _VERIFIER.verify(one.draft, one.hits).sentences
        if any(sentence.support < 1.0 for sentence in judged):
            milliseconds.append(1000.0 * (perf_counter() - started) / len(judged))
    value, most = np.percentile(milliseconds, [50, 95])
    return Figure(name=f"{name}: a sentence, ms", value=float(value), note=f"95th percentile {most:.0f} ms")


def _of(name: str, examples: Sequence[Example]) -> Iterator[Figure]:
    labels = [one.supported for one in examples]
    lexical, worded, ours = (
        [verifier.verify(one.draft, one.hits) for one in examples]
        for verifier in (LexicalConfig().build(), LexicalSemanticConfig(reranker=None).build(), _VERIFIER)
    )
    before, words, after = (
        auroc([_support(draft) for draft in drafts], labels) for drafts in (lexical, worded, ours)
    )
    yield Figure(
        name=f"{name}: length only, AUROC",
        value=auroc([-one.length for one in examples], labels),
        better="higher",
        note=f"{len(examples)} answers, {sum(labels)} supported",
    )
    yield Figure(
        name=f"{name}: lexical, AUROC", value=before, better="higher", note=_verdicts(lexical, labels)
    )
    yield Figure(
        name=f"{name}: lexical_semantic without a model, AUROC",
        value=words,
        better="higher",
        note=_verdicts(worded, labels),
    )
    yield Figure(
        name=f"{name}: lexical_semantic, AUROC",
        value=after,
        target=max(before, OVERLAP.get(name, 0.0)),
        better="higher",
        note=f"{_verdicts(ours, labels)}; {_calibration(ours, labels)}",
    )
    _show(name, examples, labels)


def _support(draft: Draft) -> float:
    """The mean over the sentences of an answer."""
    return float(np.mean([sentence.support for sentence in draft.sentences]))


def _verdict(draft: Draft) -> str:
    """The worst verdict of its sentences."""
    verdicts = {sentence.verdict for sentence in draft.sentences}
    return next(verdict for verdict in ("unsupported", "weak", "supported") if verdict in verdicts)


def _verdicts(drafts: Sequence[Draft], labels: Sequence[bool]) -> str:
    """Precision and recall: "supported" among the supported answers, "unsupported" among the others."""
    found = [_verdict(draft) for draft in drafts]
    parts = []
    for verdict, truth in (("supported", True), ("unsupported", False)):
        right = sum(one == verdict and label == truth for one, label in zip(found, labels, strict=True))
        precision = right / max(1, found.count(verdict))
        parts.append(f"{verdict} P {precision:.2f} R {right / max(1, labels.count(truth)):.2f}")
    return ", ".join(parts)


def _calibration(drafts: Sequence[Draft], labels: Sequence[bool]) -> str:
    """The expected calibration error over ten bins, both labels weighing the same."""
    support = np.array([_support(draft) for draft in drafts])
    truth = np.array(labels)
    share = np.where(truth, 0.5 / max(1, truth.sum()), 0.5 / max(1, (~truth).sum()))
    bins = np.minimum(9, (support * 10).astype(int))
    error = sum(abs(float((share * (truth - support))[bins == one].sum())) for one in range(10))
    return f"calibration error {error:.3f}"


def _show(name: str, examples: Sequence[Example], labels: Sequence[bool]) -> None:
    """Each feature alone, of answers that are not verbatim; the mean support of each kind of statement."""
    table = Table(box=box.SIMPLE, title=name, title_justify="left")
    for column in ("feature alone", "AUROC"):
        table.add_column(column)
    measured = [(_features(one), label) for one, label in zip(examples, labels, strict=True)]
    for feature in (*FEATURES, LOGIT):
        sign = -1.0 if feature in AGAINST else 1.0
        known = [(sign * row[feature], label) for row, label in measured if feature in row]
        if known:
            table.add_row(feature, f"{auroc(*zip(*known, strict=True)):.3f}")
    for kind in dict.fromkeys(one.kind for one in examples if one.kind != "public"):
        row = [_support(_VERIFIER.verify(one.draft, one.hits)) for one in examples if one.kind == kind]
        table.add_row(f"mean support: {kind}", f"{np.mean(row):.3f}")
    Console(width=120).print(table)


def _features(one: Example) -> dict[str, float]:
    """The means over the sentences; nothing where each is held word by word."""
    text = one.draft.text
    checked = [_VERIFIER.features(text[s.start : s.end], s.citations, one.hits) for s in one.draft.sentences]
    rows = [one.values for one in checked if not one.verbatim]
    shared = set(rows[0]).intersection(*rows) if rows else set()
    return {name: float(np.mean([row[name] for row in rows])) for name in shared}
