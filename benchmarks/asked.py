"""Questions with what is found for them: what answering and abstaining are measured and fitted on."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from benchmarks.data import RetrievalSet, data_folder, read_set
from benchmarks.quality_data import even_half, indexed, odd_half
from ragkit.evaluation.answers import has_answer
from ragkit.types import Hit

Half = Literal["even", "odd"]

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


def answerable(name: str, half: Half, count: int) -> list[Asked]:
    """Sampled questions of a set, asked of its corpus."""
    data, accepted = read_set(name), _answers(name)
    rows = {id_: data.queries[id_] for id_ in _sample(data.grades, half, count)}
    return _asked(data, rows, {id_: (accepted[id_], data.grades[id_].keys()) for id_ in rows})


def off_topic(name: str, other: str, half: Half, count: int) -> list[Asked]:
    """Sampled questions of another set, asked of this one's corpus."""
    theirs = read_set(other)
    rows = {f"{other} {id_}": theirs.queries[id_] for id_ in _sample(theirs.grades, half, count)}
    return _asked(read_set(name), rows, {})


def adversarial(name: str, half: Half, count: int) -> list[Asked]:
    """Sampled questions written so that a paragraph of the set seems to answer them."""
    file = data_folder() / "retrieval" / name / "unanswerable.jsonl"
    texts = {row["id"]: row["text"] for row in _rows(file)}
    return _asked(read_set(name), {id_: texts[id_] for id_ in _sample(texts, half, count)}, {})


def _sample(questions: Iterable[str], half: Half, count: int) -> list[str]:
    pool = even_half(questions) if half == "even" else odd_half(questions)
    return sorted(random.Random(0).sample(pool, min(count, len(pool))))


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
