"""The texts of a file or a folder, one in memory at a time."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal

from ragkit.errors import ConfigError, LoadError
from ragkit.loaders.row_lines import RowError, json_line, numbered_lines, open_rows
from ragkit.stages import Progress
from ragkit.types import Document

Kind = Literal["jsonl", "lines", "documents"]
_HALVES = re.compile("[\ud800-\udfff]")
_TOLD_EVERY = 256  # lines
_ENDINGS = "a .jsonl or .ndjson, a .txt with a text on each line (all of them also .gz), or a folder"
_SECONDS, _MEMORY = 120.0, 2 << 30  # that reading one document may cost


def json_text(values: Mapping[str, object]) -> str:
    """One line of JSON; halves of characters, which UTF-8 cannot hold, are escaped."""
    text = json.dumps(values, ensure_ascii=False)
    return text if is_whole(text) else json.dumps(values)


def is_whole(text: str) -> bool:
    """Whether a text holds no half of a surrogate pair."""
    return text.isascii() or not _HALVES.search(text)


def beginning(text: str, characters: int) -> str:
    """The first characters of a text on one line, for people; halves of characters become question marks."""
    return _HALVES.sub("?", " ".join(text[: 4 * characters].split())[:characters])


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One text: `number` is its line, counted from 1 (in a folder its place among the documents).

    `values` is the object that it stands in, None where the line is the text.
    """

    number: int
    text: str
    field: str
    raw: str
    values: Mapping[str, object] | None

    @property
    def id(self) -> str:
        """Its `id` or `_id`, or ""."""
        values = self.values or {}
        found = values.get("id", values.get("_id"))
        return str(found) if isinstance(found, str | int) else ""

    def line(self, text: str | None = None) -> str:
        """The line as it was, or with another text; all other fields stay."""
        if text is None or text == self.text:
            return self.raw
        if self.values is None:
            return " ".join(text.split("\n"))
        return json_text({**self.values, self.field: text})


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSource:
    """A file or folder of texts. `field` is where an object has its text."""

    path: Path
    kind: Kind
    field: str
    size: int
    """Bytes; of a folder 0."""
    changed_ns: int

    @classmethod
    def open(cls, path: Path, *, field: str = "text") -> TextSource:
        """What `path` holds, by its ending. Raises `ConfigError` that names what is read."""
        name = path.name.lower().removesuffix(".gz")
        if path.is_dir():
            kind: Kind = "documents"
        elif not path.exists():
            raise ConfigError(f"{path} is not there; name {_ENDINGS}")
        elif name.endswith((".jsonl", ".ndjson")):
            kind = "jsonl"
        elif name.endswith(".txt"):
            kind = "lines"
        else:
            raise ConfigError(f"{path} is not read here; name {_ENDINGS}")
        info = path.stat()
        size = 0 if kind == "documents" else info.st_size
        return cls(path=path, kind=kind, field=field, size=size, changed_ns=info.st_mtime_ns)

    def read(self, progress: Progress | None = None) -> Iterator[Record | RowError]:
        """The texts in order, and what cannot be read; `progress` counts bytes, or documents.

        Raises `LoadError` where nothing can be read, or no more.
        """
        if self.kind == "documents":
            yield from _documents(self.path, progress)
            return
        make = _record if self.kind == "jsonl" else _line
        try:
            with open_rows(self.path) as file:
                place = _place(file)
                for number, data in numbered_lines(file):
                    if progress and number % _TOLD_EVERY == 0:
                        progress(place(), self.size)
                    if data is None:
                        yield RowError(line=number, reason="longer than a line may be (64 MB)")
                    elif data.strip():
                        yield make(number, data, self.field)
        except LoadError as error:
            raise LoadError(f"{self.path}: {error}") from error

    def require_unchanged(self) -> None:
        """Raises `LoadError` where the file is another than when it was opened."""
        info = self.path.stat()
        if self.kind != "documents" and (info.st_size, info.st_mtime_ns) != (self.size, self.changed_ns):
            raise LoadError(f"{self.path} changed while it was read; run the command again")


def _place(file: BinaryIO) -> Callable[[], int]:
    """How far a file is read; of a .gz its packed bytes."""
    return getattr(file, "fileobj", file).tell


def _record(number: int, data: bytes, field: str) -> Record | RowError:
    line = json_line(number, data)
    if isinstance(line, RowError):
        return line
    if field not in line.values:
        names = ", ".join(map(ascii, list(line.values)[:8])) or "nothing"
        return RowError(line=number, reason=f"no field {field!r} (it has {names}); --field names another")
    text = line.values[field]
    if not isinstance(text, str):
        return RowError(line=number, reason=f"{field!r} must be a text, not {text!r:.40}")
    raw = data.decode().rstrip("\r\n")
    return Record(number=number, text=text, field=field, raw=raw, values=line.values)


def _line(number: int, data: bytes, field: str) -> Record | RowError:
    try:
        text = data.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        return RowError(line=number, reason="not UTF-8 (mend it: iconv -f GB18030 -t UTF-8)")
    return Record(number=number, text=text, field=field, raw=text, values=None)


def _documents(folder: Path, progress: Progress | None) -> Iterator[Record | RowError]:
    """Every document of a folder through its loader, as `ragkit index` reads it."""
    from ragkit.cleaning import default_cleaners
    from ragkit.loaders import WorkerPool, find_files, read_document, reread_document

    files = list(find_files([folder]))
    cleaners = default_cleaners()
    with WorkerPool(
        partial(read_document, cleaners=cleaners),
        retry=partial(reread_document, cleaners=cleaners),
        workers=len(os.sched_getaffinity(0)),
        timeout_s=_SECONDS,
        memory_bytes=_MEMORY,
    ) as pool:
        for number, (path, result) in enumerate(pool.map(files), start=1):
            if progress:
                progress(number, len(files))
            name = path.relative_to(folder).as_posix()
            if isinstance(result, Document):
                yield _of_document(number, name, result)
            else:
                yield RowError(line=number, id=name, reason=f"{name}: {result}")


def _of_document(number: int, name: str, document: Document) -> Record:
    values = {"id": name, "title": document.title, "text": document.text}
    raw = json_text(values)
    return Record(number=number, text=document.text, field="text", raw=raw, values=values)
