"""Questions with what is found for them: what answering and abstaining are measured and fitted on."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from benchmarks.chunking import read_spanned
from benchmarks.data import RetrievalSet, data_folder, read_set
from benchmarks.quality_data import JUDGED, KEPT, even_half, indexed, indexed_folder, odd_half
from ragkit.config import Config, load_config
from ragkit.evaluation.answers import has_answer
from ragkit.tuning.verifier import split
from ragkit.tuning.verifier.corpus import parts_of
from ragkit.types import Chunk, Hit

Half = Literal["even", "odd"]
Part = Half | split.Part
"""Every second question; or the questions on the documents of a part that `ragkit tune verifier` makes.

Of sets that it knows nothing of, the even half is for development and the odd one for tests; of `SPANNED`
some documents.
"""

SPANNED = "chunking"
"""Long documents that are no encyclopaedia: filings, research, talk."""
_DEVELOPED_ON = ("finance.md", "pubmed.md")

LIMIT = 8  # hits that reach the gate and the generator: the chain's own
_SPARE = 8  # passages of the documents taken away


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, its accepted answers, the hits of the default chain, and which of them are right, by id."""

    question: str
    answers: tuple[str, ...]
    right: frozenset[str]
    hits: tuple[Hit, ...]

    def answered_by(self, text: str) -> bool:
        """Whether the text holds an accepted answer."""
        return any(has_answer(text, answer) for answer in self.answers)

    def without_relevant(self) -> Asked:
        """As if what is right were not in the corpus, for a ranking that does not hang on it."""
        left = [hit for hit in self.hits if hit.chunk.id not in self.right]
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


def spanned(part: split.Part, count: int) -> list[Asked]:
    """Sampled questions on long documents; right is a passage with a character of a judged span."""
    config, names = _long_documents()
    chain = config.build()
    rows = [row for row in read_spanned() if (row[0] in _DEVELOPED_ON) == (part == "development")]
    asked = []
    for document, question, spans in random.Random(0).sample(rows, min(count, len(rows))):
        hits = tuple(chain.search(question, limit=LIMIT + _SPARE, literal=True))
        right = {
            hit.chunk.id
            for hit in hits
            if names[hit.chunk.document_id] == document and _shares(hit.chunk, spans)
        }
        asked.append(Asked(question=question, answers=(), right=frozenset(right), hits=hits))
    return asked


def off_spanned(other: str, part: Part, count: int) -> list[Asked]:
    """Sampled questions of a set, asked of the long documents."""
    theirs, chain = read_set(other), _long_documents()[0].build()
    asked = [theirs.queries[id_] for id_ in _sample(other, theirs.grades, part, count)]
    return [
        Asked(
            question=text,
            answers=(),
            right=frozenset(),
            hits=tuple(chain.search(text, limit=LIMIT, literal=True)),
        )
        for text in asked
    ]


def _long_documents() -> tuple[Config, Mapping[str, str]]:
    """The default chain over all of them, and the name of each by its id."""
    config = Config(index=KEPT / SPANNED / "asked", chunker=load_config("default").chunker, results=JUDGED)
    config = indexed_folder(data_folder() / SPANNED / "documents", config)
    return config, {one.id: Path(one.sources[0]).name for one in config.open_index().documents()}


def _shares(chunk: Chunk, spans: Collection[tuple[int, int]]) -> bool:
    return any(start < chunk.end and chunk.start < end for start, end in spans)


def _sample(name: str, about: Mapping[str, Iterable[str]], part: Part, count: int) -> list[str]:
    """Some of the questions of a part; `about` are the documents of each."""
    if part not in get_args(Half) and name in _known_sets():
        parts = _parts()
        pool = [
            id_
            for id_, documents in about.items()
            if all(parts.get(f"{name}/{document}") == part for document in documents)
        ]
    else:
        pool = even_half(about) if part in ("even", "development") else odd_half(about)
    return sorted(random.Random(0).sample(pool, min(count, len(pool))))


@cache
def _parts() -> Mapping[str, split.Part]:
    return parts_of(data_folder())


@cache
def _known_sets() -> frozenset[str]:
    return frozenset(id_.split("/", 1)[0] for id_ in _parts())


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
        documents = {known for name in relevant for known in ids.get(name, ())}
        right = frozenset(hit.chunk.id for hit in found if hit.chunk.document_id in documents)
        asked.append(Asked(question=text, answers=answers, right=right, hits=tuple(found)))
    return asked
