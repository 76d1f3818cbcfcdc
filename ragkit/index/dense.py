"""The dense view: the nearest vectors of the store by inner product of unit vectors.

A FAISS index in a file, mapped into memory and never changed, is its base; what the store added and
removed since is kept beside it, until it is worth writing the file anew. FAISS proposes; the scores are
inner products with the vectors in the store, so they do not depend on how a vector came in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ragkit.index import dense_file
from ragkit.index.dense_base import DenseBase, DenseKind, Mask, Numbers, fits, kind_for, lists_for
from ragkit.index.store import Store, in_lists
from ragkit.stages import Vectors

_GROWTH = 2.0  # a flat index may outgrow its limit this far before it must be rebuilt
_LISTS_GROWTH = 4.0  # ... and the number of inverted lists that its size asks for, this far
_SAVE_AFTER = 1_000  # changes not yet on disk, beyond which the file is written again ...
_SAVE_SHARE = 0.05  # ... or this share of all vectors ...
_SAVE_AT_MOST = 20_000  # ... but not more than these, which every search compares one by one
_REBUILD_SHARE = 0.2  # of dead vectors in a kind that cannot delete
_TIES = 16  # more than asked for, so that ties are seen
_ROUNDING = 1e-5  # FAISS's scores differ by that from exact ones
_FEW = 5_000  # passages that a filter leaves, compared one by one instead of searched
_Identity = tuple[int, int, int]

_ROWS = 16_384  # vectors in memory at a time, where all are read


class DenseView:
    """The nearest vectors, derived from a store."""

    def __init__(self, file: Path, store: Store, *, kind: DenseKind = "auto") -> None:
        self._file = file
        self._store = store
        self._wanted = kind
        self._base: DenseBase | None = None
        self._mapped: _Identity | None = None
        self.sequence = -1
        self.saved_sequence = -1
        self._reset(())

    def _reset(self, dead: Sequence[int]) -> None:
        """Nothing was added to the base, and nothing was removed but what is known to be dead in it."""
        self._gone: set[int] = set(dead)
        self._new_numbers: Numbers = np.empty(0, np.int64)
        self._new_vectors: Vectors = np.empty((0, self._store.settings.dimension), np.float32)
        self._saved_dead = len(self._gone)
        self._alive = self._mask_of_living()

    @property
    def kind(self) -> DenseKind:
        """The kind of the base."""
        return self._base.kind if self._base else "flat"

    def open(self) -> bool:
        """Maps the file; False when it is missing, damaged or of another kind than wanted."""
        self._base, self.sequence, self.saved_sequence = None, -1, -1
        identity = _identity(self._file)
        meta = dense_file.read_meta(self._file)
        if meta is None or not fits(self._wanted, meta["kind"], meta["total"], growth=_GROWTH):
            return False
        try:
            base = DenseBase.load(self._file, meta["kind"], mapped=True)
        except RuntimeError:
            return False
        if base.count != meta["total"] or base.index.d != self._store.settings.dimension:
            return False
        self._base, self._mapped = base, identity
        self.sequence = self.saved_sequence = meta["sequence"]
        self._reset(meta.get("dead", ()))
        return True

    # -- searching

    def search(self, vector: Vectors, limit: int, within: Numbers | None = None) -> list[tuple[int, float]]:
        """The `limit` nearest as (chunk number, cosine) by falling cosine, and every tie with the last.

        `within`, in ascending order, are the chunk numbers that may be found.
        """
        if self._base is None or limit < 1 or (within is not None and not within.size):
            return []
        if within is not None and within.size <= _FEW and self._base.kind != "flat":
            numbers = within.tolist()
        else:
            numbers = self._candidates(vector, limit, within)
        found = self._exact(vector, numbers)
        cut = found[limit - 1][1] if len(found) >= limit else -np.inf
        return [pair for pair in found if pair[1] >= cut]

    def _candidates(self, vector: Vectors, limit: int, within: Numbers | None) -> list[int]:
        """The numbers of `limit` vectors and of all that may tie with the last of them."""
        assert self._base
        allowed = self._allowed(within)
        fetch = limit + _TIES
        while True:
            found = self._base.nearest(vector, fetch, allowed) if self._base.count else []
            if len(found) < fetch or found[-1][1] < found[limit - 1][1] - _ROUNDING:
                break
            fetch *= 4
        found += self._among_new(vector, within)
        found.sort(key=lambda pair: -pair[1])
        cut = found[limit - 1][1] - _ROUNDING if len(found) >= limit else -np.inf
        extra = _TIES if self._base.kind == "ivf" else 0  # whose scores are of one byte a component
        return [n for rank, (n, score) in enumerate(found) if score >= cut or rank < limit + extra]

    def _allowed(self, within: Numbers | None) -> Mask | None:
        """Which numbers the base may return; None where there is no choice."""
        if within is None:
            return self._alive
        allowed = np.zeros(self._numbers_given() + 1, np.bool_)
        allowed[within] = True
        allowed[list(self._gone)] = False
        return allowed

    def _mask_of_living(self) -> Mask | None:
        if not self._gone:
            return None
        alive = np.ones(self._numbers_given() + 1, np.bool_)
        alive[list(self._gone)] = False
        return alive

    def _numbers_given(self) -> int:
        """The highest number that a chunk ever had."""
        rows = self._store.rows("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'")
        return int(rows[0][0]) if rows else 0

    def _among_new(self, vector: Vectors, within: Numbers | None) -> list[tuple[int, float]]:
        numbers, vectors = self._new_numbers, self._new_vectors
        if within is not None and numbers.size:
            kept = np.isin(numbers, within)
            numbers, vectors = numbers[kept], vectors[kept]
        return list(zip(numbers.tolist(), (vectors @ vector).tolist(), strict=True))

    def _exact(self, vector: Vectors, numbers: Sequence[int]) -> list[tuple[int, float]]:
        """Chunks with their cosines, the best first, each computed alone from the vector in the store."""
        query = vector.astype(np.float64)
        found: list[tuple[int, float]] = []
        for part, vectors in self.vectors_of(numbers):
            cosines = (vectors.astype(np.float64) * query).sum(axis=1)
            found += zip(part.tolist(), cosines.tolist(), strict=True)
        return sorted(found, key=lambda pair: -pair[1])

    def vectors_of(self, numbers: Sequence[int]) -> Iterator[tuple[Numbers, Vectors]]:
        """The stored vectors of some chunks with their numbers, each once, in parts."""
        for marks, part in in_lists(numbers):
            sql = (
                "SELECT c.number, v.vector FROM chunks c JOIN vectors v ON v.number = c.vector "  # noqa: S608
                f"WHERE c.number IN ({marks})"
            )
            yield self._arrays(self._store.rows(sql, part))

    def _arrays(self, rows: Sequence[tuple[int, bytes]]) -> tuple[Numbers, Vectors]:
        numbers = np.fromiter((row[0] for row in rows), np.int64, len(rows))
        vectors = np.frombuffer(b"".join(row[1] for row in rows), "<f4").astype(np.float32, copy=False)
        return numbers, vectors.reshape(len(rows), self._store.settings.dimension)

    # -- catching up

    def catch_up(self, sequence: int) -> None:
        """Takes in every change of the store up to `sequence`."""
        stale = self.sequence < self._store.number("purged")  # what was removed cannot be told any more
        if stale or (self._unsaved > self._most_unsaved and self.sequence < sequence):
            self.open()
        if self._base is None or self.sequence < self._store.number("purged"):
            self._make(sequence)
        elif sequence > self.sequence:
            self._remove(sequence)
            self._add(sequence)
            self.sequence = sequence
        if self._must_rebuild():
            self._make(sequence)

    @property
    def _unsaved(self) -> int:
        return len(self._new_numbers) + len(self._gone) - self._saved_dead

    @property
    def _most_unsaved(self) -> int:
        assert self._base
        return min(max(_SAVE_AFTER, int(_SAVE_SHARE * self._base.count)), _SAVE_AT_MOST)

    def sync(self) -> None:
        """Catches up with the store and writes the file when enough has changed. Needs the write lock."""
        replaced = self.saved_sequence >= 0 and _identity(self._file) != self._mapped
        if self._base is None or replaced:  # by another writer
            self.open()
        self.catch_up(self._store.number("sequence"))
        if self.saved_sequence < 0 or self._unsaved > self._most_unsaved or not self._file.exists():
            self.save()

    def rebuild(self) -> None:
        """Makes the view anew from the store and writes it. Needs the write lock."""
        self._make(self._store.number("sequence"))
        self.save()

    def save(self) -> None:
        """Writes the file with all changes in it, and maps it. Raises `StorageError`."""
        assert self._base
        if self._unsaved:
            if self.saved_sequence >= 0:  # the base is mapped, and must not be changed
                self._base = DenseBase.load(self._file, self._base.kind, mapped=False)
            self._fold(self._base)
        meta = {
            "kind": self._base.kind,
            "sequence": self.sequence,
            "total": self._base.count,
            "dead": sorted(self._gone),
        }
        dense_file.write(self._base.index, self._file, meta)
        self.open()

    def _fold(self, base: DenseBase) -> None:
        """Takes all changes into a base in memory."""
        dead: list[int] = []
        if base.kind == "hnsw":
            dead = sorted(self._gone)
        elif self._gone:
            base.remove(self._gone)
        base.add(self._new_numbers, self._new_vectors)
        self.saved_sequence = -1
        self._reset(dead)

    def _make(self, sequence: int) -> None:
        """A base in memory that holds everything up to `sequence`."""
        sql = "SELECT count(*) FROM chunks WHERE added <= ? AND (removed IS NULL OR removed > ?)"
        count = int(self._store.rows(sql, (sequence, sequence))[0][0])
        kind = kind_for(self._wanted, count)
        self._base = DenseBase.make(kind, self._store.settings.dimension, count, self._sample(count))
        for numbers, vectors in self.added_between(-1, sequence):
            self._base.add(numbers, vectors)
        self.sequence, self.saved_sequence = sequence, -1
        self._reset(())

    def _sample(self, count: int) -> Iterator[Vectors]:
        step = max(1, count // (lists_for(count) * 64))
        sql = (
            "SELECT c.number, v.vector FROM chunks c JOIN vectors v ON v.number = c.vector "
            "WHERE c.removed IS NULL AND c.number % ? = 0 ORDER BY c.number"
        )
        for rows in self._store.stream(sql, (step,), size=_ROWS):
            yield self._arrays(rows)[1]

    def added_between(self, first: int, last: int) -> Iterator[tuple[Numbers, Vectors]]:
        """The vectors of chunks added after `first` and live at `last`, with their numbers, in parts."""
        sql = (
            "SELECT c.number, v.vector FROM chunks c JOIN vectors v ON v.number = c.vector "
            "WHERE c.added > ? AND c.added <= ? AND (c.removed IS NULL OR c.removed > ?) ORDER BY c.number"
        )
        for rows in self._store.stream(sql, (first, last, last), size=_ROWS):
            yield self._arrays(rows)

    def _add(self, sequence: int) -> None:
        for numbers, vectors in self.added_between(self.sequence, sequence):
            self._new_numbers = np.concatenate([self._new_numbers, numbers])
            self._new_vectors = np.concatenate([self._new_vectors, vectors])

    def _remove(self, sequence: int) -> None:
        sql = "SELECT number FROM chunks WHERE removed > ? AND removed <= ? AND added <= ?"
        rows = self._store.rows(sql, (self.sequence, sequence, self.sequence))
        numbers = np.fromiter((row[0] for row in rows), np.int64, len(rows))
        if not numbers.size:
            return
        kept = ~np.isin(self._new_numbers, numbers)
        in_base = numbers[~np.isin(numbers, self._new_numbers)]
        self._new_numbers, self._new_vectors = self._new_numbers[kept], self._new_vectors[kept]
        self._gone.update(in_base.tolist())
        self._alive = self._mask_of_living()

    def _must_rebuild(self) -> bool:
        assert self._base
        total = self._base.count + len(self._new_numbers)
        if self._base.kind == "hnsw" and len(self._gone) > _REBUILD_SHARE * total:
            return True
        if self._base.kind == "ivf":
            return lists_for(total) > _LISTS_GROWTH * self._base.lists
        return self._base.kind == "flat" and kind_for(self._wanted, int(total / _GROWTH)) != "flat"


def _identity(file: Path) -> _Identity | None:
    """What changes whenever a file is replaced; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
