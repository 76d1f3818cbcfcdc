"""Reads the head of a GGUF file: its keys and the names of its tensors, no weights.

The format is that of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from ragkit.errors import ConfigError

Value = int | float | bool | str | None
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MOST = 1 << 20  # entries or characters, beyond which a file is damaged


def read_head(path: Path) -> tuple[dict[str, Value], frozenset[str]]:
    """The keys with their values, and the tensors' names; of an array its length. Raises `ConfigError`."""
    try:
        with path.open("rb") as stream:
            if stream.read(4) != b"GGUF" or _number(stream, "I") not in (2, 3):
                raise ConfigError(f"{path} is no GGUF file of version 2 or 3.")
            tensors, keys = _count(stream), _count(stream)
            head: dict[str, Value] = {}
            for _ in range(keys):
                name = _text(stream)
                head[name] = _value(stream, int(_number(stream, "I")))
            return head, frozenset(_tensor(stream) for _ in range(tensors))
    except (OSError, struct.error, UnicodeDecodeError, KeyError, ValueError) as error:
        raise ConfigError(f"{path} is damaged: its head cannot be read ({error}).") from error


def _number(stream: BinaryIO, kind: str) -> int | float | bool:
    size = struct.calcsize(kind)
    value: int | float | bool = struct.unpack(f"<{kind}", stream.read(size))[0]
    return value


def _count(stream: BinaryIO) -> int:
    count = int(_number(stream, "Q"))
    if count > _MOST:
        raise ValueError(f"a count of {count}")
    return count


def _text(stream: BinaryIO) -> str:
    return stream.read(_count(stream)).decode("utf-8")


def _value(stream: BinaryIO, kind: int) -> Value:
    if kind == _STRING:
        return _text(stream)
    if kind != _ARRAY:
        return _number(stream, _NUMBERS[kind])
    inner, count = int(_number(stream, "I")), _count(stream)
    if inner == _STRING:
        for _ in range(count):
            stream.seek(_count(stream), 1)
    else:
        stream.seek(count * struct.calcsize(_NUMBERS[inner]), 1)
    return count


def _tensor(stream: BinaryIO) -> str:
    name = _text(stream)
    dimensions = int(_number(stream, "I"))
    if dimensions > 8:
        raise ValueError(f"a tensor of {dimensions} dimensions")
    stream.seek(8 * dimensions + 4 + 8, 1)  # sizes, kind, offset
    return name
