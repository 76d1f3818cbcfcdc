"""How well the verifiers tell supported statements from others, on documents that `trained` never saw.

The split is that of `ragkit tune verifier`: groups of documents that share a title or eight words in a row.
(`lexical_semantic` was fitted on every second statement of the same sets, so it saw some of these.)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.cores import process_per_core
from benchmarks.data import data_folder
from benchmarks.faithfulness_data import MADE, Example, from_statement, make, matched
from benchmarks.figures import Figure
from benchmarks.fit_verifier import auroc
from ragkit.entailment import select, shared_entailment, shipped
from ragkit.entailment.wording import share, worded
from ragkit.stages import Verifier
from ragkit.tuning.verifier.constructing import Statement
from ragkit.tuning.verifier.corpus import ASKED, Corpus, Sizes, read_corpus
from ragkit.verifiers import LexicalConfig, LexicalSemanticConfig, TrainedConfig
from ragkit.verifiers.alignment import UNALIGNED
from ragkit.verifiers.trained import NETWORK

TARGETS = {"wice-dev": 0.80, "begin-dev": 0.95, "made-en": 0.88, "made-zh": 0.82}
"""What the trained verifier must reach on them, five points above every single feature."""
_ABOVE = 0.05
_WRITTEN = 0.75
_VERBATIM = 2.0  # in the place of a logit: more than nearly any
_MOST_MS = 60.0
_CHUNK = 16  # answers that a process takes at once
_SINGLE = ("length", "bigram precision", "overlap")
_TRAINED = TrainedConfig().build()
_VERIFIERS: dict[str, Verifier] = {
    "bigram precision": LexicalConfig().build(),
    "lexical_semantic": LexicalSemanticConfig().build(),
    "trained": _TRAINED,
}


def measure() -> list[Figure]:
    """AUROC, balanced accuracy and F1 of each verifier and of single features on every set's kept part."""
    corpus = read_corpus(data_folder(), seed=0, sizes=Sizes())
    kept = corpus.parts["test"]
    sets = {name: [from_statement(one) for one in rows] for name, rows in kept.items() if name not in ASKED}
    sets |= {f"{name}, other rules": rows for name in MADE if (rows := _kept(corpus, name))}
    table = Table(box=box.SIMPLE, title="statements of documents kept aside", title_justify="left")
    for column in ("set", "measure", "AUROC", "balanced accuracy", "F1"):
        table.add_column(column)
    costs = list(_costs(sets))
    with process_per_core() as pool:
        judged = {name: pool.map(_judged, rows, chunksize=_CHUNK) for name, rows in sets.items()}
        read = {name: pool.map(_logit, kept[name], chunksize=_CHUNK) for name in ASKED}
        figures = [f for name, rows in sets.items() for f in _of(name, rows, list(judged[name]), table)]
        asked = [f for name in ASKED for f in _asked(name, kept[name], list(read[name]))]
    Console(width=120).print(table)
    return [*costs, *figures, *asked]


def _logit(question: Statement) -> float:
    text = question.text
    return shared_entailment(shipped()).logit(text, " ".join(select(text, [question.evidence])))


def _asked(name: str, questions: Sequence[Statement], logits: Sequence[float]) -> Iterator[Figure]:
    """How well the network tells questions that their passage answers from each kind that it does not."""
    kinds = ["written" if one.kind == "written" else "made" for one in questions if not one.supported]
    for kind in sorted(set(kinds)):
        rows = [
            (logit, one.supported)
            for logit, one in zip(logits, questions, strict=True)
            if one.supported or (one.kind == "written") == (kind == "written")
        ]
        labels = [supported for _, supported in rows]
        yield Figure(
            name=f"{name}: questions, {kind}, network alone, AUROC",
            value=auroc([logit for logit, _ in rows], labels),
            target=_WRITTEN if kind == "written" else None,
            better="higher",
            note=f"{len(labels)} questions, {sum(labels)} answered by their passage",
        )


def costs() -> list[Figure]:
    """Milliseconds of a sentence alone; on a quiet machine."""
    kept = read_corpus(data_folder(), seed=0, sizes=Sizes()).parts["test"]
    return list(_costs({name: [from_statement(one) for one in kept[name]] for name in TARGETS}))


def _kept(corpus: Corpus, name: str) -> list[Example]:
    """The statements that `faithfulness` makes of a retrieval set, of the documents kept aside."""
    return matched([one for one in make(name) if corpus.part_of.get(f"{name}/{one.group}") == "test"])


@dataclass(frozen=True, slots=True)
class _Judged:
    """The single scores of an answer; its mean support and whether all is supported, by each verifier."""

    scores: Mapping[str, float]
    support: Mapping[str, float]
    supported: Mapping[str, bool]


def _judged(one: Example) -> _Judged:
    """All measures of one answer together, so that nothing is read twice."""
    network, aligned = _read(one)
    drafts = {key: verifier.verify(one.draft, one.hits) for key, verifier in _VERIFIERS.items()}
    return _Judged(
        scores={
            "length": -float(one.length),
            "overlap": _overlap(one),
            "network alone": network,
            "aligner alone": aligned,
        },
        support={key: float(np.mean([s.support for s in draft.sentences])) for key, draft in drafts.items()},
        supported={
            key: all(s.verdict == "supported" for s in draft.sentences) for key, draft in drafts.items()
        },
    )


def _of(name: str, examples: Sequence[Example], judged: Sequence[_Judged], table: Table) -> Iterator[Figure]:
    labels = [one.supported for one in examples]
    rows = [{**one.scores, **one.support} for one in judged]
    found = {key: auroc([row[key] for row in rows], labels) for key in rows[0]}
    noted = {key: _decided([one.supported[key] for one in judged], labels) for key in _VERIFIERS}
    for key in (*_SINGLE, "network alone", "aligner alone", "lexical_semantic", "trained"):
        accuracy, f1 = noted.get(key, ("", ""))
        table.add_row(name, key, f"{found[key]:.3f}", accuracy, f1)
        said = f"balanced accuracy {accuracy}, F1 {f1}" if accuracy else ""
        yield Figure(
            name=f"{name}: {key}, AUROC",
            value=found[key],
            target=TARGETS.get(name) if key == "trained" else None,
            better="higher",
            note=said or f"{len(labels)} statements, {sum(labels)} supported",
        )
    if name in TARGETS:
        best = max(_SINGLE, key=found.__getitem__)
        above = found["trained"] - found[best]
        yield Figure(
            name=f"{name}: trained above the best single feature",
            value=above,
            target=_ABOVE,
            better="higher",
            note=best,
        )
    yield _calibration(name, [one.support["trained"] for one in judged], labels)


def _overlap(one: Example) -> float:
    """The share of the content words that the evidence holds."""
    held = {term for hit in one.hits for term in worded(hit.chunk.text).terms}
    return share(worded(one.draft.text).terms, held)


def _read(one: Example) -> tuple[float, float]:
    """The means over the sentences of the network's logits and of what is aligned."""
    text = one.draft.text
    features = [
        _TRAINED.features(text[s.start : s.end], s.citations, one.hits).values for s in one.draft.sentences
    ]
    network = [values.get(NETWORK, _VERBATIM) for values in features]
    aligned = [-values.get(UNALIGNED, 0.0) for values in features]
    return float(np.mean(network)), float(np.mean(aligned))


def _decided(supported: Sequence[bool], labels: Sequence[bool]) -> tuple[str, str]:
    """Balanced accuracy and F1 of "every sentence is supported"."""
    said, truth = np.array(supported), np.array(labels)
    recall, rejected = said[truth].mean(), (~said[~truth]).mean()
    precision = truth[said].mean() if said.any() else 0.0
    f1 = 2.0 * precision * recall / max(1e-9, precision + recall)
    return f"{(recall + rejected) / 2:.3f}", f"{f1:.3f}"


def _calibration(name: str, means: Sequence[float], labels: Sequence[bool]) -> Figure:
    support, truth = np.array(means), np.array(labels)
    weight = np.where(truth, 0.5 / max(1, truth.sum()), 0.5 / max(1, (~truth).sum()))
    bins = np.minimum(9, (support * 10).astype(int))
    error = sum(abs(float((weight * (truth - support))[bins == one].sum())) for one in range(10))
    return Figure(name=f"{name}: trained, calibration error", value=error)


def _costs(sets: Mapping[str, Sequence[Example]]) -> Iterator[Figure]:
    """Milliseconds of a sentence that is not verbatim, the first time it is read, on one core."""
    with _one_core():
        verifier = TrainedConfig().build()
        shared_entailment.cache_clear()
        for name in TARGETS:
            chosen = sets[name][:200]
            verifier.verify(chosen[-1].draft, chosen[-1].hits)  # the model is loaded
            spent = []
            for one in chosen[:-1]:
                started = perf_counter()
                judged = verifier.verify(one.draft, one.hits).sentences
                if any(sentence.support < 1.0 for sentence in judged):
                    spent.append(1000.0 * (perf_counter() - started) / len(judged))
            middle, most = np.percentile(spent, [50, 95])
            yield Figure(
                name=f"{name}: trained, a sentence on one core, ms",
                value=float(middle),
                target=_MOST_MS,
                note=f"95th percentile {most:.0f} ms",
            )


@contextmanager
def _one_core() -> Iterator[None]:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
