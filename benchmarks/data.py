"""The public retrieval sets that benchmarks run on."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT_DATA = Path("../shared/data")
SETTLED_SECONDS = 3600  # how long ago the files were written, as their times tell


class DataMissing(Exception):
    """There is no such data set on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalSet:
    """Documents, questions and accepted answers by id; `grades` are those of a question's documents."""

    name: str
    documents: dict[str, str]
    queries: dict[str, str]
    grades: dict[str, dict[str, int]]
    answers: dict[str, tuple[str, ...]]

    def sample(self, count: int, *, seed: int = 0) -> list[str]:
        """Ids of `count` judged questions, or all of them if there are fewer."""
        judged = [query for query in self.queries if query in self.grades]
        return sorted(random.Random(seed).sample(judged, min(count, len(judged))))


def data_folder() -> Path:
    """The folder in RAGKIT_DATA, or ../shared/data. Raises `DataMissing`."""
    folder = Path(os.environ.get("RAGKIT_DATA", DEFAULT_DATA))
    if not (folder / "retrieval").is_dir():
        raise DataMissing(
            f"No benchmark data at {folder.absolute()}: it has no folder 'retrieval'. "
            "Name the data folder with --data PATH or RAGKIT_DATA=PATH (see benchmarks/README.md)."
        )
    return folder


def set_names() -> list[str]:
    """The retrieval sets that are there."""
    return sorted(path.parent.name for path in (data_folder() / "retrieval").glob("*/corpus.jsonl"))


def read_set(name: str) -> RetrievalSet:
    """A retrieval set. A document's text is its title, an empty line, its text. Raises `DataMissing`."""
    folder = data_folder() / "retrieval" / name
    if not (folder / "corpus.jsonl").is_file():
        raise DataMissing(
            f"No retrieval set {name!r} in {folder.parent}: choose of {', '.join(set_names())}."
        )
    grades: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, document, grade = line.split("\t")
        grades.setdefault(query, {})[document] = int(grade)
    questions = _rows(folder / "queries.jsonl")
    return RetrievalSet(
        name=name,
        documents={row["id"]: f"{row['title']}\n\n{row['text']}" for row in _rows(folder / "corpus.jsonl")},
        queries={row["id"]: row["text"] for row in questions},
        grades=grades,
        answers={row["id"]: tuple(row.get("answers", ())) for row in questions},
    )


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def write_texts(folder: Path, texts: Sequence[tuple[str, str]]) -> Path:
    """Writes (name, text) as files that look an hour old, so that ingest trusts their times."""
    folder.mkdir(parents=True)
    for name, text in texts:
        file = folder / f"{name}.txt"
        file.write_text(text, encoding="utf-8")
        written = file.stat().st_mtime - SETTLED_SECONDS
        os.utime(file, (written, written))
    return folder
