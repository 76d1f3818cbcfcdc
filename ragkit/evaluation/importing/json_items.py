"""The items of one large JSON array, one in memory at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TextIO

from ragkit.errors import LoadError

_PART = 1 << 16  # characters read at first; twice as many whenever an item is longer
_SPACE = " \t\r\n"
_AFTER = frozenset(f"{_SPACE},:]}}")


class _Reader:
    """JSON values out of a text that is read bit by bit."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._decoder = json.JSONDecoder()
        self._text, self._at, self._done = "", 0, False

    def peek(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text) or not self._more(_PART):
                return self._text[self._at : self._at + 1]

    def take(self, wanted: str) -> None:
        """Goes behind one character, which must be this. Raises `LoadError`."""
        found = self.peek()
        if found != wanted:
            raise LoadError(f"not JSON ({wanted!r} is wanted, not {found or 'the end of the file'!r})")
        self._at += 1

    def value(self) -> object:
        """The next value. Raises `LoadError`."""
        self.peek()
        size = _PART
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if self._more(size):
                    size *= 2
                    continue
                raise LoadError(f"not JSON that can be read ({error})") from error
            if self._text[end : end + 1] in _AFTER or not self._more(_PART):  # else a number may go on
                self._at = end
                return value

    def _more(self, size: int) -> bool:
        """Reads on, and forgets what is behind; False at the end."""
        part = "" if self._done else self._file.read(size)
        self._done = not part
        self._text, self._at = self._text[self._at :] + part, 0
        return bool(part)


def json_items(file: TextIO, *, key: str) -> Iterator[object]:
    """The items of the array that the file is, or that its object holds under `key`.

    Raises `LoadError`, also while they are read, where it is no JSON or has no such array.
    """
    reader = _Reader(file)
    if reader.peek() == "[":
        yield from _array(reader)
        return
    reader.take("{")
    while reader.peek() != "}":
        name = reader.value()
        reader.take(":")
        if name == key:
            yield from _array(reader)
            return
        reader.value()
        if reader.peek() == ",":
            reader.take(",")
    raise LoadError(f"its object has no {key!r}")


def _array(reader: _Reader) -> Iterator[object]:
    reader.take("[")
    while reader.peek() != "]":
        yield reader.value()
        if reader.peek() != "]":
            reader.take(",")
