"""Questions with what is found for them: what answering and abstaining are measured and fitted on."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from benchmarks.data import RetrievalSet, data_folder, read_set
from benchmarks.quality_data import even_half, indexed, odd_half
from ragkit.evaluation.answers import has_answer
from ragkit.tuning.verifier import split
from ragkit.tuning.verifier.corpus import parts_of
from ragkit.types import Hit

Half = Literal["even", "odd"]
Part = Half | split.Part
"""Every second question; or the questions on the documents of a part that `ragkit tune verifier` makes."""

LIMIT = 8  # hits that reach the gate and the generator: the chain's own
_SPARE = 8  # passages of the documents taken away


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, its accepted answers, its relevant documents and the hits of the default chain."""

    question: str
    answers: tuple[str, ...]
    relevant: frozenset[str]
    hits: tuple[Hit, ...]

    def answered_by(self, text: str) -> bool:
        """Whether the text holds an accepted answer."""
        return any(has_answer(text, answer) for answer in self.answers)

    def without_relevant(self) -> Asked:
        """As if the relevant documents were not in the corpus, for a ranking that does not hang on them."""
        left = [hit for hit in self.hits if hit.chunk.document_id not in self.relevant]
        return replace(self, hits=tuple(left[:LIMIT]))

    def as_asked(self) -> Asked:
        """With as many hits as a chain gives."""
        return replace(self, hits=self.hits[:LIMIT])


def answerable(name: str, part: Part, count: int) -> list[Asked]:
    """Sampled questions of a set, asked of its corpus."""
    data, accepted = read_set(name), _answers(name)
    rows = {id_: data.queries[id_] for id_ in _sample(name, data.grades, part, count)}
    return _asked(data, rows, {id_: (accepted[id_], data.grades[id_].keys()) for id_ in rows})


def off_topic(name: str, other: str, part: Part, count: int) -> list[Asked]:
    """Sampled questions of another set, asked of this one's corpus."""
    theirs = read_set(other)
    rows = {f"{other} {id_}": theirs.queries[id_] for id_ in _sample(other, theirs.grades, part, count)}
    return _asked(read_set(name), rows, {})


def adversarial(name: str, part: Part, count: int) -> list[Asked]:
    """Sampled questions written so that a paragraph of the set seems to answer them."""
    file = data_folder() / "retrieval" / name / "unanswerable.jsonl"
    rows = {row["id"]: row for row in _rows(file)}
    chosen = _sample(name, {id_: (row["about"],) for id_, row in rows.items()}, part, count)
    return _asked(read_set(name), {id_: rows[id_]["text"] for id_ in chosen}, {})


def _sample(name: str, about: Mapping[str, Iterable[str]], part: Part, count: int) -> list[str]:
    """Some of the questions of a part; `about` are the documents of each."""
    if part in get_args(Half):
        pool = even_half(about) if part == "even" else odd_half(about)
    else:
        parts = _parts()
        pool = [
            id_
            for id_, documents in about.items()
            if all(parts.get(f"{name}/{document}") == part for document in documents)
        ]
    return sorted(random.Random(0).sample(pool, min(count, len(pool))))


@cache
def _parts() -> Mapping[str, split.Part]:
    return parts_of(data_folder())


@cache
def _answers(name: str) -> dict[str, tuple[str, ...]]:
    rows = _rows(data_folder() / "retrieval" / name / "queries.jsonl")
    return {row["id"]: tuple(row["answers"]) for row in rows}


def _rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _asked(
    data: RetrievalSet, rows: dict[str, str], truth: Mapping[str, tuple[tuple[str, ...], Iterable[str]]]
) -> list[Asked]:
    """What the default chain finds for the questions; those without a word are left out."""
    rows = {id_: text for id_, text in rows.items() if any(map(str.isalnum, text))}
    config = indexed(replace(data, queries=rows), list(rows))
    chain = config.build()
    ids: dict[str, list[str]] = {}
    for summary in config.open_index().documents():
        for source in summary.sources:
            ids.setdefault(Path(source).stem, []).append(summary.id)
    asked = []
    for id_, text in rows.items():
        answers, relevant = truth.get(id_, ((), ()))
        found = chain.search(text, limit=LIMIT + _SPARE, literal=True)
        right = frozenset(known for name in relevant for known in ids.get(name, ()))
        asked.append(Asked(question=text, answers=answers, relevant=right, hits=tuple(found)))
    return asked
