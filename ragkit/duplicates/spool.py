"""Temporary files that hold what would not fit into memory; nothing is left of them, even after a kill."""

from __future__ import annotations

import os
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np

from ragkit.duplicates.pieces import Hashes
from ragkit.duplicates.shingles import Shingles
from ragkit.errors import StorageError

_KEPT_SETS = 1 << 22  # shingles in memory, about 300 MB of Python's numbers at most


class Spool:
    """An unnamed file in `folder` (by default that for temporary files), closed at the end of a block."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        with refusals(folder):
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed by __exit__
        self.size = 0
        self._flushed = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives the space back."""
        self._file.close()

    def append(self, data: bytes | memoryview) -> None:
        """Adds bytes at the end. Raises `StorageError` when the disk is full."""
        with refusals(self._folder):
            self._file.write(data)
        self.size += len(data)

    def flush(self) -> None:
        """Makes what was added readable."""
        if self._flushed < self.size:
            with refusals(self._folder):
                self._file.flush()
            self._flushed = self.size

    def read(self, place: int, length: int) -> bytes:
        """So many bytes from a place on."""
        return os.pread(self._file.fileno(), length, place)


class KeySpool:
    """The keys of bands of many texts; those of one band are read at a time, 8 bytes a text."""

    def __init__(self, folder: Path | None = None) -> None:
        self._spool = Spool(folder)
        self._blocks: list[tuple[int, int]] = []  # place, texts

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self._spool.size

    def append(self, keys: Hashes) -> None:
        """Adds (bands, texts)."""
        self._blocks.append((self._spool.size, keys.shape[1]))
        self._spool.append(np.ascontiguousarray(keys).tobytes())

    def band(self, number: int) -> Hashes:
        """The keys of all texts in one band."""
        self._spool.flush()
        parts = [
            np.frombuffer(self._spool.read(place + 8 * number * texts, 8 * texts), np.uint64)
            for place, texts in self._blocks
        ]
        return np.concatenate(parts) if parts else np.zeros(0, np.uint64)

    def close(self) -> None:
        """Gives the space back."""
        self._spool.close()


class ShingleSpool:
    """The shingles of many texts as sets of 32-bit numbers, 4 bytes a shingle on the disk.

    Two different shingles have one number once in four thousand million times, so the likeness of two sets
    is exact for all purposes. The sets read last stay in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._spool = Spool(folder)
        self._starts = [np.zeros(1, np.int64)]
        self._places = self._starts[0]
        self._kept: OrderedDict[int, frozenset[int]] = OrderedDict()
        self._room = _KEPT_SETS

    def __len__(self) -> int:
        return sum(map(len, self._starts)) - 1

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self._spool.size

    def append(self, shingles: Shingles) -> None:
        """Adds texts at the end."""
        self._starts.append(self._starts[-1][-1] + shingles.starts[1:])
        if not len(shingles):
            self._starts.pop()
        self._spool.append((shingles.values >> np.uint64(32)).astype("<u4").tobytes())

    def likeness(self, one: int, other: int) -> float:
        """The Jaccard similarity of two texts, 0.0 to 1.0; 0.0 where one has no shingle."""
        left, right = self._set(one), self._set(other)
        if not left or not right:
            return 0.0
        common = len(left & right)
        return common / (len(left) + len(right) - common)

    def _set(self, text: int) -> frozenset[int]:
        kept = self._kept.get(text)
        if kept is not None:
            self._kept.move_to_end(text)
            return kept
        kept = self._kept[text] = self._read(text)
        self._room -= len(kept)
        while self._room < 0 and len(self._kept) > 2:
            self._room += len(self._kept.popitem(last=False)[1])
        return kept

    def _read(self, text: int) -> frozenset[int]:
        if len(self._starts) > 1:
            self._places = np.concatenate([self._places, *(s for s in self._starts if s is not self._places)])
            self._starts = [self._places]
        self._spool.flush()
        begin, end = self._places[text : text + 2].tolist()
        return frozenset(np.frombuffer(self._spool.read(4 * begin, 4 * (end - begin)), "<u4").tolist())

    def close(self) -> None:
        """Gives the space back."""
        self._spool.close()


@contextmanager
def refusals(folder: Path | None) -> Iterator[None]:
    """What the disk refuses is a `StorageError` that names the folder of temporary files."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        mend = "write to another disk" if folder else "set TMPDIR to a folder on another disk"
        where = folder or tempfile.gettempdir()
        raise StorageError(
            f"A temporary file in {where} cannot be written ({reason}). Free some space, or {mend}."
        ) from error
