"""The two files that an import writes, a line at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from ragkit.batch import replacing
from ragkit.evaluation.golden import Question

CORPUS = "corpus.jsonl"
GOLDEN = "golden.jsonl"
_MOST_TOLD = 1000  # of more, only the number is known
_TOLD_EVERY = 1000  # documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """What an import leaves out: where it stands (a file and line, or an id), and why."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(slots=True, kw_only=True)
class Counts:
    """How much was written so far, and what was left out (the first reasons)."""

    documents: int = 0
    questions: int = 0
    unanswerable: int = 0
    unusable: int = 0
    reasons: list[Unusable] = field(default_factory=list)


class GoldenWriter:
    """Writes documents and questions as they come; of two questions with one id the second is renamed."""

    def __init__(self, folder: Path, told: Callable[[int], None] | None = None) -> None:
        self.counts = Counts()
        self.files = ExitStack()
        self._folder = folder
        self._told = told
        self._open: dict[str, TextIO] = {}
        self._questions: set[str] = set()

    def document(self, id_: str, *, title: str, text: str, metadata: Mapping[str, str] | None = None) -> str:
        """Writes a row that `ragkit index` reads, and returns the path by which evidence names it."""
        row = {"id": id_, "title": utf8(title), "text": utf8(text), **(metadata or {})}
        self._write(CORPUS, json.dumps(row, ensure_ascii=False))
        self.counts.documents += 1
        if self._told and not self.counts.documents % _TOLD_EVERY:
            self._told(self.counts.documents)
        return source_of(id_)

    def question(self, question: Question) -> None:
        """Writes a golden question."""
        name = _unused(question.id, self._questions)
        self._write(GOLDEN, question.model_copy(update={"id": name}).model_dump_json(exclude_defaults=True))
        self.counts.questions += 1
        self.counts.unanswerable += not (question.evidence or question.answers)

    def leave_out(self, where: str, reason: str) -> None:
        """Notes what cannot be used."""
        self.counts.unusable += 1
        if len(self.counts.reasons) < _MOST_TOLD:
            self.counts.reasons.append(Unusable(where=where, reason=reason))

    def _write(self, name: str, line: str) -> None:
        if name not in self._open:
            self._open[name] = self.files.enter_context(replacing(self._folder / name))
        self._open[name].write(f"{line}\n")


@contextmanager
def folder_for(folder: Path) -> Iterator[None]:
    """Makes a folder; where it was made and nothing came of it, it is gone again. Raises `OSError`."""
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if new:
            with suppress(OSError):  # something else was put there meanwhile
                folder.rmdir()
        raise


@contextmanager
def writing(folder: Path, told: Callable[[int], None] | None = None) -> Iterator[GoldenWriter]:
    """Files that take their names only when the block ends well. Raises `StorageError`."""
    writer = GoldenWriter(folder, told)
    with writer.files:
        yield writer


def source_of(document: str) -> str:
    """The path by which evidence names a document of the corpus that is written."""
    return f"{CORPUS}#{document}"


def utf8(text: str) -> str:
    """Half a surrogate pair, which JSON can hold and UTF-8 cannot, becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _unused(id_: str, known: set[str]) -> str:
    name, number = id_, 1
    while name in known:
        number += 1
        name = f"{id_}-{number}"
    known.add(name)
    return name
