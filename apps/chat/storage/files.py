"""A file of a collection, from its upload to its removal."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

State = Literal["queued", "parsing", "embedding", "ready", "locked", "failed"]
"""Waiting, being read, being embedded, answered from, wanting its password, or not readable."""

STATES: tuple[State, ...] = get_args(State)
WAITING: tuple[State, ...] = ("queued", "parsing", "embedding")
_LONGEST = 180  # bytes of a name; file systems take 255


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One uploaded file.

    While it is embedded, `done` of `total` passages are. `reason` says why it failed, or which file of the
    collection a ready one has the content of. `removed` is when it was removed (Unix time), None if it was
    not: its removal can be taken back until it is carried out.
    """

    id: str
    collection: str
    name: str
    path: Path
    size: int
    state: State
    done: int = 0
    total: int = 0
    pages: int = 0
    empty_pages: int = 0
    passages: int = 0
    reason: str = ""
    warnings: tuple[str, ...] = ()
    attempts: int = 0
    added: float = 0.0
    removed: float | None = None

    @property
    def waiting(self) -> bool:
        """Whether it is still to be indexed."""
        return self.state in WAITING


def stored(row: sqlite3.Row, folder: Path) -> StoredFile:
    """The file of a database row in the folder of its collection's files."""
    values = {key: row[key] for key in row.keys() if key != "warnings"}  # noqa: SIM118  # a Row has no items
    path = folder / row["id"] / row["name"]
    return StoredFile(path=path, warnings=tuple(json.loads(row["warnings"])), **values)


def has_pages(name: str) -> bool:
    """Whether a file of this name has pages that people can turn to; others are one text."""
    return name.lower().endswith(".pdf")


def safe_name(name: str) -> str:
    """The last part of a name that somebody sent, without what a file system or a reader could mistake."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(letter for letter in last if letter.isprintable()).strip().lstrip(".")
    stem, dot, ending = shown.rpartition(".")
    if not stem or len(ending) > 10:
        stem, dot, ending = shown, "", ""
    room = _LONGEST - len((dot + ending).encode())
    return (stem.encode()[:room].decode(errors="ignore") + dot + ending) or "file"
