"""The documents that statements are made of: retrieval sets with answers, contexts of faithfulness sets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragkit.errors import LoadError
from ragkit.language import sentence_spans
from ragkit.language.chinese import simplified

ENGLISH = ("squad2-en", "xquad-en", "nq-oracle-en")
CHINESE = ("xquad-zh", "cmrc-trial-zh", "drcd-dev-zh-hant")
PUBLIC = ("wice-dev", "begin-dev", "halueval-qa", "halueval-dialogue", "halueval-summarization")
SMALL = ("wice-dev", "begin-dev")
_UNANSWERED = "unanswerable.jsonl"  # written by people; not every set has some
_TOKENISED = re.compile(r"\s+(n['\u2019]t\b)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text with questions and their answers, and some that it does not answer.

    Texts that share a name are of one document.
    """

    id: str
    source: str
    text: str
    names: tuple[str, ...]
    asked: tuple[tuple[str, str], ...] = ()
    unanswered: tuple[str, ...] = ()

    @property
    def chinese(self) -> bool:
        """Whether statements of it are made by the rules for Chinese."""
        return self.source in CHINESE

    @property
    def sentences(self) -> list[str]:
        """Its sentences, without what is none."""
        found = (self.text[start:end].strip() for start, end in sentence_spans(self.text))
        return [one for one in found if any(map(str.isalnum, one))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An answer of a public set with its context, and whether the context supports all of it."""

    id: str
    source: str
    context: str
    answer: str
    supported: bool


def read_passages(folder: Path, source: str) -> list[Passage]:
    """The paragraphs of a retrieval set, Chinese ones in simplified characters. Raises `LoadError`."""
    one_form = simplified if source in CHINESE else str
    place = folder / "retrieval" / source
    asked: dict[str, list[tuple[str, str]]] = {}
    judged = (line.split("\t") for line in _text(place / "qrels.tsv").splitlines())
    about = {query: document for query, document, _ in judged}
    for row in _rows(place / "queries.jsonl"):
        if row["id"] in about and row.get("answers"):
            answered = (one_form(row["text"]), one_form(row["answers"][0].strip()))
            asked.setdefault(about[row["id"]], []).append(answered)
    unanswered: dict[str, list[str]] = {}
    if (place / _UNANSWERED).is_file():
        for row in _rows(place / _UNANSWERED):
            unanswered.setdefault(row["about"], []).append(one_form(row["text"].strip()))
    return [
        Passage(
            id=f"{source}/{row['id']}",
            source=source,
            text=one_form(row["text"].strip()),
            names=(_name(row["title"]),),
            asked=tuple(asked.get(row["id"], ())),
            unanswered=tuple(unanswered.get(row["id"], ())),
        )
        for row in _rows(place / "corpus.jsonl")
    ]


def read_judged(folder: Path, source: str) -> list[Judged]:
    """The rows of a faithfulness set that say anything. Raises `LoadError`."""
    return [
        Judged(
            id=row["id"],
            source=source,
            context=_TOKENISED.sub(r"\1", row["context"]),
            answer=_TOKENISED.sub(r"\1", row["answer"]).strip(),
            supported=bool(int(row["label"])),
        )
        for row in _rows(folder / "faithfulness" / f"{source}.jsonl")
        if any(map(str.isalnum, row["answer"]))
    ]


def _name(title: str) -> str:
    return f"title {title.replace('_', ' ').casefold()}"


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in _text(path).splitlines())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise LoadError(
            f"Cannot read {path}: {error.strerror}. --data names the folder that holds 'faithfulness' "
            "and 'retrieval'."
        ) from error
