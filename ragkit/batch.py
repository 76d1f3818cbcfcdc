"""Many questions at once, and what was found for them as a TREC run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, TextIO
from urllib.parse import quote

import numpy as np

from ragkit.chain import Chain
from ragkit.errors import LoadError, StorageError
from ragkit.index.row_sources import split_row
from ragkit.loaders.row_lines import Line, RowError, json_values, open_rows, tabbed_pairs, table_values
from ragkit.models.cpu import cores
from ragkit.models.onnx import each
from ragkit.types import Hit

_SPACE = re.compile(r"\s")
_DEEPER = 4
_DEEPEST = 4_000  # passages looked at for one question
_TAG = "ragkit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of a batch; `id` stands for it in the run."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The (name, score) of the documents found for a question, the best first, each once.

    The scores fall strictly, also as 32-bit numbers, so that evaluation programs keep the order.
    """

    question: Question
    documents: tuple[tuple[str, float], ...]

    def lines(self) -> Iterator[str]:
        """Lines of a TREC run: question, Q0, document, rank from 1, score, tag."""
        for rank, (name, score) in enumerate(self.documents, start=1):
            yield f"{self.question.id} Q0 {name} {rank} {np.float32(score)!s} {_TAG}\n"


def read_questions(path: Path) -> tuple[list[Question], list[RowError]]:
    """The questions in a file, and the lines that hold none.

    .jsonl and .csv have `id` (or `_id`) and `text`; any other file is id, tab, text. Raises `LoadError`.
    """
    questions: dict[str, Question] = {}
    errors: list[RowError] = []
    with _naming(path), open_rows(path) as file:
        for line in _lines(file, path.name.lower().removesuffix(".gz")):
            found = line if isinstance(line, RowError) else _question(line)
            if isinstance(found, Question) and found.id in questions:
                found = RowError(line=_number(line), reason=f"the id {found.id!r} stands on an earlier line")
            if isinstance(found, RowError):
                errors.append(found)
            else:
                questions[found.id] = found
    if not questions:
        raise LoadError("\n".join([f"{path} holds no question that can be read", *map(str, errors[:20])]))
    return list(questions.values()), errors


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """A loader's error says which file it is about."""
    try:
        yield
    except LoadError as error:
        raise LoadError(f"{path}: {error}") from error


class BatchSearch:
    """Asks a chain many questions, one on each core.

    A document is found once, by its best passage. Questions are taken as they are written: quotation
    marks and filters in them are text. The result does not depend on the number of threads.
    """

    def __init__(self, chain: Chain, *, limit: int, threads: int | None = None) -> None:
        self._chain = chain
        self._limit = limit
        self._threads = threads or cores()
        self._names = lru_cache(maxsize=1 << 16)(self._read_names)
        self._owners: dict[str, str] = {}
        self.ambiguous: set[str] = set()
        """Names that stand for more than one document, as where two files have a row of the same id."""

    def run(self, questions: Sequence[Question]) -> Iterator[Ranking]:
        """The rankings in the order of the questions; at most `limit` documents each."""
        if questions:
            yield self._ranking(questions[0])  # alone, so that models are loaded once
            yield from each(self._ranking, questions[1:], threads=self._threads)

    def _ranking(self, question: Question) -> Ranking:
        best = self._documents(question.text)
        named: dict[str, float] = {}
        for document_id, score in best.items():
            for name in self._names(document_id):
                if self._owners.setdefault(name, document_id) != document_id:
                    self.ambiguous.add(name)
                named.setdefault(name, score)
        ranked = list(named.items())[: self._limit]
        return Ranking(question=question, documents=tuple(_falling(ranked)))

    def _documents(self, text: str) -> dict[str, float]:
        """The best score of each document; more passages are fetched while documents are wanting."""
        depth = self._limit
        while True:
            hits = self._chain.search(text, limit=depth, literal=True)
            found = _best(hits)
            if len(found) >= self._limit or len(hits) < depth or depth >= _DEEPEST:
                return found
            depth = min(_DEEPER * depth, _DEEPEST)

    def _read_names(self, document_id: str) -> tuple[str, ...]:
        """The ids of the rows with this content; of a file, its path, from the working directory if below."""
        return tuple(map(_name, self._chain.documents.sources_of(document_id)))


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text file that takes its name only when the block ends well. Raises `StorageError`.

    What is no ordinary file, such as /dev/null or a pipe, is written as it is.
    """
    target = path.resolve()
    plain = target.is_file() or not target.exists()
    beside = target.with_name(f".{target.name}.{os.getpid()}.new") if plain else target
    try:
        with beside.open("w", encoding="utf-8") as file:
            yield file
        if plain:
            beside.replace(target)
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror or error}).") from error
    finally:
        if plain:
            beside.unlink(missing_ok=True)


def _lines(file: BinaryIO, name: str) -> Iterator[Line | RowError]:
    if name.endswith((".jsonl", ".ndjson")):
        return json_values(file)
    return table_values(file, tabs=False) if name.endswith(".csv") else tabbed_pairs(file)


def _question(line: Line) -> Question | RowError:
    name, text = line.values.get("id", line.values.get("_id")), line.values.get("text")
    if isinstance(name, bool) or not isinstance(name, str | int) or not str(name).strip():
        return RowError(line=line.number, reason=f"'id' must be a text or a whole number, not {name!r:.40}")
    if not isinstance(text, str) or not text.strip():
        return RowError(line=line.number, reason=f"'text' must be a text that is not empty, not {text!r:.40}")
    if _SPACE.search(name := str(name).strip()):
        return RowError(line=line.number, reason=f"the id {name!r} holds white space, which a run cannot")
    return Question(id=name, text=text)


def _number(line: Line | RowError) -> int:
    return line.line if isinstance(line, RowError) else line.number


def _best(hits: Iterable[Hit]) -> dict[str, float]:
    """Documents in the order in which their first passage, or one that says the same, was found."""
    best: dict[str, float] = {}
    for hit in hits:
        for chunk in (hit.chunk, *hit.alike):
            best.setdefault(chunk.document_id, hit.score)
    return best


def _falling(ranked: Iterable[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    """Scores cut to below the one before, where they are not."""
    last = np.float32(np.inf)
    for name, score in ranked:
        last = min(np.float32(score), np.nextafter(last, np.float32(-np.inf)))
        yield name, float(last)


def _name(source: str) -> str:
    """White space, which separates the columns of a run, is written as in web addresses."""
    row = split_row(source)
    name = row[1] if row else source.removeprefix(f"{Path.cwd()}/")
    return _SPACE.sub(lambda found: quote(found.group()), name)
