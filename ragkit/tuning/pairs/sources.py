"""The documents that pairs are made of: passages with questions, answers, and questions written to fool."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ragkit.errors import ConfigError
from ragkit.language.chinese import simplified
from ragkit.tuning.verifier.split import Part, groups, part_of

_UNANSWERED = "unanswerable.jsonl"  # written by people; not every set has some


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question and its accepted answers."""

    id: str
    question: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A passage with questions that it answers, and questions that it only seems to answer.

    Passages of one `document` never come into two parts.
    """

    id: str
    document: str
    text: str
    asked: tuple[Asked, ...] = ()
    fooling: tuple[Asked, ...] = ()


def read_set(folder: Path) -> list[Material]:
    """The passages of a judged retrieval set: corpus.jsonl, queries.jsonl, qrels.tsv. Raises `ConfigError`.

    Only questions with answers that stand in their passage are taken.
    """
    about = _judged(folder / "qrels.tsv")
    asked: dict[str, list[Asked]] = {}
    for row in _rows(folder / "queries.jsonl"):
        answers = tuple(dict.fromkeys(answer.strip() for answer in row.get("answers", ()) if answer.strip()))
        if answers:
            question = Asked(id=row["id"], question=row["text"].strip(), answers=answers)
            for document in about.get(row["id"], ()):
                asked.setdefault(document, []).append(question)
    fooling: dict[str, list[Asked]] = {}
    if (folder / _UNANSWERED).is_file():
        for row in _rows(folder / _UNANSWERED):
            question = Asked(id=row["id"], question=row["text"].strip())
            fooling.setdefault(row["about"], []).append(question)
    return [
        Material(
            id=f"{folder.name}/{row['id']}",
            document=_titled(row.get("title") or row["id"]),
            text=row["text"].strip(),
            asked=tuple(asked.get(row["id"], ())),
            fooling=tuple(one for one in fooling.get(row["id"], ()) if any(map(str.isalnum, one.question))),
        )
        for row in _rows(folder / "corpus.jsonl")
    ]


def distinct(materials: Iterable[Material]) -> list[Material]:
    """Each text once, with the questions of all that have it."""
    found: dict[str, Material] = {}
    for one in materials:
        if same := found.get(one.text):
            known = {asked.question for asked in (*same.asked, *same.fooling)}
            found[one.text] = replace(
                same,
                asked=same.asked + tuple(a for a in one.asked if a.question not in known),
                fooling=same.fooling + tuple(a for a in one.fooling if a.question not in known),
            )
        else:
            found[one.text] = one
    return list(found.values())


def divided(materials: Iterable[Material], *, seed: int) -> dict[Part, list[Material]]:
    """The passages of each part: those of one document, or with eight words in a row in common, together."""
    known = list(materials)
    numbers = groups([one.text for one in known], [(one.document,) for one in known])
    keys: dict[int, str] = {}
    for one, number in zip(known, numbers, strict=True):
        keys[number] = min(keys.get(number, one.id), one.id)
    parts: dict[Part, list[Material]] = {"train": [], "development": [], "test": []}
    for one, number in zip(known, numbers, strict=True):
        key = keys[number] if not seed else f"{seed} {keys[number]}"
        parts[part_of(key, small=False)].append(one)
    return parts


def _titled(title: str) -> str:
    return f"title {simplified(title).replace('_', ' ').casefold()}"


def _judged(file: Path) -> dict[str, list[str]]:
    """The documents that answer each query: those with a grade above 0."""
    found: dict[str, list[str]] = {}
    for number, line in enumerate(_text(file).splitlines(), start=1):
        query, _, rest = line.partition("\t")
        document, _, grade = rest.partition("\t")
        if not line.strip() or not grade.strip().lstrip("-").isdigit():
            if line.strip() and number > 1:  # the first may name the columns
                raise ConfigError(f"{file}, line {number}: a query, a document and a grade are wanted.")
            continue
        if int(grade) > 0:
            found.setdefault(query, []).append(document)
    return found


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_text(file).split("\n"), start=1):
        if line.strip():
            try:
                row = json.loads(line)
                yield {**row, "id": str(row["id"] if "id" in row else row["_id"])}  # as BEIR writes it
            except (ValueError, TypeError, KeyError) as error:
                raise ConfigError(f"{file}, line {number} is no JSON object with an id: {error}") from error


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"Cannot read {file}: {error}. A retrieval set is a folder with corpus.jsonl, queries.jsonl and "
            "qrels.tsv; `ragkit eval import` makes golden sets of others."
        ) from error
