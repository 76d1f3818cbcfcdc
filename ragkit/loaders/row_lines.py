"""The lines of .jsonl, .csv and .tsv files, read one by one."""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

from ragkit.errors import LoadError

_LONGEST = 1 << 26  # bytes of a line; a longer one is no row
_NOT_UTF8 = "not UTF-8 (mend it: iconv -f GB18030 -t UTF-8, or whatever it is written in)"
_HEADINGS = {(1, name) for name in ("id", "_id", "qid", "query_id", "query-id")}
_OTHER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """A row that cannot be read: its line, counted from 1, its id if that can be read, and why."""

    line: int
    reason: str
    id: str | None = None

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The named values that begin on a line, counted from 1."""

    number: int
    values: Mapping[str, object]


@contextmanager
def open_rows(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked if it is a .gz. Raises `LoadError`, also while it is read."""
    try:
        with path.open("rb") as raw:
            if path.suffix.lower() == ".gz":
                with gzip.open(raw) as file:
                    yield cast(BinaryIO, file)
            else:
                yield raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise LoadError(f"a damaged or incomplete .gz file ({error})") from error
    except OSError as error:
        raise LoadError((error.strerror or str(error)).lower()) from error


def json_values(file: BinaryIO) -> Iterator[Line | RowError]:
    """The object on each line that is not blank."""
    for number, data in numbered_lines(file):
        if data is None:
            yield RowError(line=number, reason=f"longer than {_LONGEST >> 20} MB")
        elif data.strip():
            yield json_line(number, data)


def json_line(number: int, data: bytes) -> Line | RowError:
    """The object on a line."""
    try:
        values = json.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        return RowError(line=number, reason=_NOT_UTF8)
    except json.JSONDecodeError as error:
        return RowError(line=number, reason=f"not JSON ({error.msg}, column {error.colno})")
    except (ValueError, RecursionError) as error:
        return RowError(line=number, reason=f"not JSON that can be read ({error})")
    if not isinstance(values, dict):
        return RowError(line=number, reason=f"a JSON object is wanted, not {values!r:.40}")
    return Line(number=number, values=values)


def table_values(file: BinaryIO, *, tabs: bool) -> Iterator[Line | RowError]:
    """The rows behind the first, which names the columns. Cells of a .csv may be quoted; of a .tsv not.

    A .csv is separated by commas, else by semicolons or tabs. Raises `LoadError` without `id` and `text`.
    """
    lines = _Texts(file)
    try:
        names, separator = _columns(next(lines, ""), "\t" if tabs else ",;\t")
    except csv.Error as error:
        raise LoadError(
            f"its first line cannot be read as a heading ({error}). Lines must end in LF or CR LF, and the "
            "first must name the columns 'id' and 'text'"
        ) from error
    quoting: Literal[0, 3] = csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL
    reader = csv.reader(lines, delimiter=separator, quoting=quoting, strict=True)
    while True:
        number = lines.number + 1
        try:
            cells = _next_row(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RowError(line=number, reason=_explained(error, lines.number - number))
            continue
        if cells:
            yield _table_line(number, names, cells)


def tabbed_pairs(file: BinaryIO) -> Iterator[Line | RowError]:
    """`id`, a tab and `text` on each line that is not blank; a first line that names them is left out."""
    for number, data in numbered_lines(file):
        try:
            text = "" if data is None else data.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            yield RowError(line=number, reason=_NOT_UTF8)
            continue
        name, tab, value = text.partition("\t")
        if data is None or (text.strip() and not tab):
            yield RowError(line=number, reason="an id, a tab and a text are wanted")
        elif tab and (number, name.strip().lower()) not in _HEADINGS:
            yield Line(number=number, values={"id": name, "text": value})


def _columns(heading: str, separators: str) -> tuple[list[str], str]:
    """The names of the columns, and what separates them."""
    found: list[str] = []
    for separator in separators:
        cells = next(csv.reader([heading], delimiter=separator), [])
        names = [cell.strip() for cell in cells]
        if "text" in names and {"id", "_id"} & set(names):
            return names, separator
        found = found if len(found) > len(names) else names
    shown = ", ".join(map(ascii, found))[:200]
    raise LoadError(f"its first line must name the columns 'id' and 'text'; it names {shown or 'none'}")


def _next_row(reader: Iterator[list[str]]) -> list[str]:
    """The next cells, which may be longer than the csv module takes by itself."""
    before = csv.field_size_limit(_LONGEST)
    try:
        return next(reader)
    finally:
        csv.field_size_limit(before)


def _explained(error: csv.Error, more: int) -> str:
    if "unexpected end of data" in str(error):
        return f"a quote is opened and never closed, so {more} more lines to the end of the file are lost"
    return f"not CSV ({error})"


def _table_line(number: int, names: Sequence[str], cells: Sequence[str]) -> Line | RowError:
    if len(cells) != len(names):
        return RowError(line=number, reason=f"{len(cells)} cells, but {len(names)} columns")
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return RowError(line=number, reason=_NOT_UTF8)
    return Line(number=number, values=dict(zip(names, cells, strict=True)))


class _Texts:
    """Lines as text, with the number of the last one; bytes that are not UTF-8 become lone surrogates."""

    def __init__(self, file: BinaryIO) -> None:
        self.number = 0
        self._lines = numbered_lines(file)

    def __iter__(self) -> _Texts:
        return self

    def __next__(self) -> str:
        self.number, data = next(self._lines)
        if data is None:
            raise csv.Error(f"longer than {_LONGEST >> 20} MB")
        return data.decode("utf-8", "surrogateescape")


def numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """(number, bytes) of each line, None for one that is too long to be a row. Raises `LoadError`."""
    number = 0
    while data := file.readline(_LONGEST):
        number += 1
        if number == 1:
            if data.startswith(_OTHER_MARKS):
                raise LoadError("it is UTF-16; make it UTF-8: iconv -f UTF-16 -t UTF-8")
            data = data.removeprefix(codecs.BOM_UTF8)
        if len(data) < _LONGEST:
            yield number, data
            continue
        while data and not data.endswith(b"\n"):
            data = file.readline(_LONGEST)
        yield number, None
