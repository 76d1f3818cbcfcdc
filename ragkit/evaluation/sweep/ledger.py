"""The trials that are done, a line each, so that a sweep goes on where it was interrupted."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from ragkit.errors import StorageError
from ragkit.evaluation.sweep.results import TrialRecord

FILE = "trials.jsonl"
_VERSION = 1


class Ledger:
    """A file of trials that were made with one space, one golden set and the same documents.

    It is `new` where no trial from before counts; `changed` says why, if there were some. Each line is on
    the disk before `add` returns; one that was torn by a crash is measured again.
    """

    def __init__(self, folder: Path, made_with: Mapping[str, str]) -> None:
        """Opens the ledger in `folder`; one that was made with something else is put aside."""
        self.folder = folder
        self.new = False
        self._path = folder / FILE
        self._made_with = dict(made_with)
        self.records: dict[str, TrialRecord] = {}
        head, lines = self._read()
        self.changed = tuple(name for name in made_with if head and head.get(name) != made_with[name])
        if head and not self.changed:
            self._take(lines)
        else:
            self.begin()

    def begin(self) -> None:
        """Begins anew; the trials that there were lie in trials.old.jsonl."""
        if self._path.exists():
            self._path.replace(self._path.with_suffix(".old.jsonl"))
        self.records = {}
        self.new = True
        self._append(json.dumps({"version": _VERSION, **self._made_with}))

    def add(self, record: TrialRecord) -> None:
        """Keeps a trial. Raises `StorageError`."""
        self._append(record.model_dump_json(exclude_defaults=True))
        self.records[record.key] = record

    def _append(self, line: str) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(
                f"{self._path} cannot be written ({error.strerror}). The trials before are kept: free some "
                "space, or mend the permissions, and run the same command again."
            ) from error

    def _read(self) -> tuple[Mapping[str, str] | None, list[str]]:
        """The first line, if it is one of this version, and all others."""
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
            first, *lines = text.split("\n")
            head = json.loads(first)
            known = isinstance(head, dict) and head.pop("version", None) == _VERSION
        except (OSError, ValueError):
            return None, []
        return (head if known else None), lines

    def _take(self, lines: list[str]) -> None:
        for line in lines:
            try:
                record = TrialRecord.model_validate_json(line)
            except ValidationError:
                continue
            self.records[record.key] = record
        if lines and lines[-1]:  # torn: what is appended must not stand on that line
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n")
