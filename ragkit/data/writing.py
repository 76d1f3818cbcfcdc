"""Where results go: never over their own input, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from ragkit.batch import replacing
from ragkit.data.records import TextSource
from ragkit.errors import ConfigError
from ragkit.loaders.row_lines import RowError

_MOST_TOLD = 1000  # of more, only the number is known


@dataclass(slots=True, kw_only=True)
class Lines:
    """How many lines were read, how many were written, and which could not be read (the first of them)."""

    read: int = 0
    written: int = 0
    bad: int = 0
    reasons: list[RowError] = field(default_factory=list)

    def fail(self, error: RowError) -> None:
        """Notes a line that cannot be read."""
        self.bad += 1
        if len(self.reasons) < _MOST_TOLD:
            self.reasons.append(error)


def require_free(out: Path, source: TextSource, *, overwrite: bool, like: bool = True) -> None:
    """Raises `ConfigError` for a file that cannot be written: the input, one that is there, another kind.

    A file `like` the input holds lines of the same kind.
    """
    if out.exists() and out.resolve() == source.path.resolve():
        raise ConfigError(f"{out} is the input, which is never changed; write to another file")
    if out.is_dir():
        raise ConfigError(f"{out} is a folder; name a file")
    if out.is_file() and not overwrite:
        raise ConfigError(f"{out} is there already; write to another file, or add --force")
    wanted = ".txt" if like and source.kind == "lines" else ".jsonl"
    if out.suffix.lower() == ".gz":
        raise ConfigError(f"{out} would be packed; write {wanted}, and pack it afterwards")
    if like and not out.is_char_device() and (out.suffix.lower() == ".txt") != (source.kind == "lines"):
        raise ConfigError(f"{out} must end in {wanted}, as it holds lines of the kind that {source.path} has")


@contextmanager
def line_file(path: Path) -> Iterator[TextIO]:
    """A file that takes its name only when the block ends well. Raises `StorageError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        yield file
