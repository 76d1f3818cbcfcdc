"""The dense view: a FAISS index over the store's vectors, found by inner product of unit vectors."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ragkit.errors import StorageError
from ragkit.index.checksums import crc32
from ragkit.index.store import Store
from ragkit.stages import Vectors

if TYPE_CHECKING:
    import faiss

DenseKind = Literal["auto", "flat", "ivf", "hnsw"]

_EXACT_LIMIT = 100_000  # vectors, up to which exact search is fast enough
_TRAINABLE = 1_000  # vectors, below which inverted lists cannot be trained and search stays exact
_GROWTH = 2.0  # a flat index may outgrow its limit this far before it must be rebuilt
_LISTS_GROWTH = 4.0  # ... and the number of inverted lists that its size asks for, this far
_SAVE_AFTER = 1_000  # changes not yet on disk, beyond which the file is written again ...
_SAVE_SHARE = 0.05  # ... or this share of all vectors
_REBUILD_SHARE = 0.2  # of deleted vectors in a kind that cannot delete
_MAGIC = b"ragkitFS"
_TIES = 16
_FOOTER = struct.Struct("<QQ8s")

Numbers = NDArray[np.int64]


class DenseView:
    """A FAISS index in one file, derived from a store."""

    def __init__(self, file: Path, store: Store, *, kind: DenseKind = "auto") -> None:
        self._file = file
        self._store = store
        self._wanted = kind
        self._kind: DenseKind = "flat"
        self._index: faiss.Index | None = None
        self._deleted = 0
        self._unsaved = 0
        self.sequence = -1
        self.saved_sequence = -1

    def open(self) -> bool:
        """Loads the file; False when it is missing, damaged or of another kind than wanted."""
        import faiss

        self._index, self.sequence, self.saved_sequence = None, -1, -1
        meta = _read_footer(self._file)
        if meta is None or not self._fits(meta["kind"], meta["total"]):
            return False
        try:
            index = faiss.read_index(str(self._file))
        except RuntimeError:
            return False
        if index.ntotal != meta["total"] or index.d != self._store.settings.dimension:
            return False
        self._index, self._kind = index, meta["kind"]
        self.sequence = self.saved_sequence = meta["sequence"]
        self._deleted, self._unsaved = meta["deleted"], 0
        return True

    def _fits(self, kind: DenseKind, total: int) -> bool:
        stand_in = self._wanted == "ivf" and kind == "flat" and total <= _GROWTH * _TRAINABLE
        return stand_in or self._wanted in ("auto", kind)

    # -- searching

    def search(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """The `limit` nearest as (chunk number, cosine), and every tie with the last of them."""
        if self._index is None or self._index.ntotal == 0 or limit < 1:
            return []
        fetch = limit + _TIES + self._deleted
        while True:
            found = self._nearest(vector, fetch)
            if len(found) < fetch or len(found) <= limit or found[-1][1] < found[limit - 1][1]:
                break
            fetch *= 2
        cut = found[limit - 1][1] if len(found) >= limit and not self._deleted else -np.inf
        return [pair for pair in found if pair[1] >= cut]

    def _nearest(self, vector: Vectors, fetch: int) -> list[tuple[int, float]]:
        assert self._index is not None
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        with _one_thread():
            scores, numbers = self._index.search(query, min(fetch, self._index.ntotal))
        return [(n, s) for n, s in zip(numbers[0].tolist(), scores[0].tolist(), strict=True) if n >= 0]

    # -- catching up

    def catch_up(self, sequence: int) -> None:
        """Applies in memory every change of the store up to `sequence`."""
        if self.sequence < self._store.number("purged"):  # what was removed since cannot be told any more
            self.open()
        if self._index is None or self.sequence < self._store.number("purged"):
            self._make(sequence)
        elif sequence > self.sequence:
            self._remove(sequence)
            self._add(sequence)
            self.sequence = sequence
        if self._must_rebuild():
            self._make(sequence)

    def sync(self) -> None:
        """Catches up with the store and writes the file when enough has changed. Needs the write lock."""
        if self._index is None:
            self.open()
        self.catch_up(self._store.number("sequence"))
        assert self._index is not None
        if self._unsaved > max(_SAVE_AFTER, _SAVE_SHARE * self._index.ntotal) or not self._file.exists():
            self.save()

    def rebuild(self) -> None:
        """Makes the view anew from the store and writes it. Needs the write lock."""
        self._make(self._store.number("sequence"))
        self.save()

    def save(self) -> None:
        """Writes the file: complete under its name, or not at all."""
        import faiss

        assert self._index is not None
        temporary = self._file.with_suffix(".new")
        meta = {
            "kind": self._kind,
            "sequence": self.sequence,
            "deleted": self._deleted,
            "total": self._index.ntotal,
        }
        try:
            faiss.write_index(self._index, str(temporary))
            _append_footer(temporary, meta)
            temporary.replace(self._file)
        except (OSError, RuntimeError) as error:
            temporary.unlink(missing_ok=True)
            raise StorageError(
                f"{self._file} could not be written ({error}). Nothing is lost: it is made anew from the "
                "store. Free some space or mend the permissions, and run again."
            ) from error
        self._unsaved, self.saved_sequence = 0, self.sequence

    def _make(self, sequence: int) -> None:
        sql = "SELECT count(*) FROM chunks WHERE added <= ? AND (removed IS NULL OR removed > ?)"
        count = int(self._store.rows(sql, (sequence, sequence))[0][0])
        self._kind = _kind_for(self._wanted, count)
        self._index = _new_index(self._kind, self._store.settings.dimension, count)
        if not self._index.is_trained:
            self._index.train(self._sample(count))
        self._deleted, self.sequence = 0, -1
        self._add(sequence)
        self.sequence = sequence
        self._unsaved = count + _SAVE_AFTER + 1

    def _sample(self, count: int) -> Vectors:
        step = max(1, count // (_lists(count) * 64))
        sql = (
            "SELECT v.vector FROM chunks c JOIN vectors v ON v.number = c.vector "
            "WHERE c.removed IS NULL AND c.number % ? = 0 ORDER BY c.number"
        )
        return np.vstack([np.frombuffer(row[0], "<f4") for row in self._store.rows(sql, (step,))])

    def _add(self, sequence: int) -> None:
        assert self._index is not None
        for numbers, vectors in self._added_between(self.sequence, sequence):
            self._index.add_with_ids(vectors, numbers)
            self._unsaved += len(numbers)

    def _added_between(self, first: int, last: int) -> Iterator[tuple[Numbers, Vectors]]:
        sql = (
            "SELECT c.number, v.vector FROM chunks c JOIN vectors v ON v.number = c.vector "
            "WHERE c.added > ? AND c.added <= ? AND (c.removed IS NULL OR c.removed > ?) ORDER BY c.number"
        )
        for rows in self._store.stream(sql, (first, last, last)):
            vectors = np.frombuffer(b"".join(row[1] for row in rows), "<f4").astype(np.float32)
            yield np.array([row[0] for row in rows], np.int64), vectors.reshape(len(rows), -1)

    def _remove(self, sequence: int) -> None:
        import faiss

        assert self._index is not None
        sql = "SELECT number FROM chunks WHERE removed > ? AND removed <= ? AND added <= ?"
        numbers = [row[0] for row in self._store.rows(sql, (self.sequence, sequence, self.sequence))]
        self._unsaved += len(numbers)
        if self._kind == "hnsw":
            self._deleted += len(numbers)  # cannot delete: searches fetch more, and drop the dead
        elif numbers:
            selector = faiss.IDSelectorArray(np.array(numbers, np.int64))
            self._index.remove_ids(selector)

    def _must_rebuild(self) -> bool:
        assert self._index is not None
        total = self._index.ntotal
        if self._deleted > _REBUILD_SHARE * total:
            return True
        if self._kind == "ivf":
            lists: int = self._index.nlist  # type: ignore[attr-defined]  # IVF has it
            return _lists(total) > _LISTS_GROWTH * lists
        return self._kind == "flat" and _kind_for(self._wanted, int(total / _GROWTH)) != "flat"


@contextmanager
def _one_thread() -> Iterator[None]:
    """For one question FAISS's threads bring nothing, and on a busy machine they wait for each other."""
    import faiss

    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # of the calling thread only
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _kind_for(wanted: DenseKind, count: int) -> DenseKind:
    if wanted in ("flat", "hnsw"):
        return wanted
    return "ivf" if count > (_TRAINABLE if wanted == "ivf" else _EXACT_LIMIT) else "flat"


def _new_index(kind: DenseKind, dimension: int, count: int) -> faiss.Index:
    import faiss

    if kind == "flat":
        return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
    if kind == "hnsw":
        return faiss.IndexIDMap2(faiss.IndexHNSWFlat(dimension, 32, faiss.METRIC_INNER_PRODUCT))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension),
        dimension,
        _lists(count),
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.nprobe = max(8, _lists(count) // 32)
    index.set_direct_map_type(faiss.DirectMap.Hashtable)  # type: ignore[attr-defined]  # not in its stubs
    return index


def _lists(count: int) -> int:
    """Inverted lists for so many vectors: 4 times the square root, with enough vectors to train each."""
    return max(1, min(int(4 * count**0.5), count // 39))


def _append_footer(file: Path, meta: dict[str, Any]) -> None:
    """Behind FAISS's own bytes: JSON, its CRC-32, its length (8 bytes each), a magic number."""
    size = file.stat().st_size
    body = json.dumps(meta | {"size": size, "crc": crc32(file, size)}).encode()
    with file.open("ab") as stream:
        stream.write(body + _FOOTER.pack(zlib.crc32(body), len(body), _MAGIC))
        stream.flush()
        os.fsync(stream.fileno())


def _read_footer(file: Path) -> dict[str, Any] | None:
    """The footer of a file that is whole, else None."""
    try:
        with file.open("rb") as stream:
            end = stream.seek(-_FOOTER.size, os.SEEK_END)
            crc, length, magic = _FOOTER.unpack(stream.read())
            if magic != _MAGIC or length > end:
                return None
            stream.seek(end - length)
            body = stream.read(length)
    except OSError:
        return None
    if zlib.crc32(body) != crc:
        return None
    meta: dict[str, Any] = json.loads(body)
    return meta if meta["size"] == end - length and meta["crc"] == crc32(file, meta["size"]) else None
