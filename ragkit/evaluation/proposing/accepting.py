"""The file that accepted questions go to, one by one."""

from __future__ import annotations

import os
from pathlib import Path

from ragkit.errors import StorageError
from ragkit.evaluation.golden import Question


def append_golden(path: Path, question: Question) -> None:
    """Adds one question to a golden set, which is made if it is not there; it is on the disk at the end.

    Raises `StorageError`.
    """
    line = question.model_dump_json(exclude_defaults=True).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            if file.tell() and _last_byte(path) != b"\n":
                line = b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror or error}).") from error


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)
