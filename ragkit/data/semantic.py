"""Texts that mean the same: their vectors point the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from ragkit.duplicates import Copies, Digests, Joining
from ragkit.duplicates.spool import Spool
from ragkit.stages import Embedder, Progress, Vectors

if TYPE_CHECKING:
    import faiss

THRESHOLD = 0.95
_FLAT = 50_000  # vectors, up to which all are compared with all
_BLOCK = 1024
_MARGIN = 0.02  # eight bits a number move a cosine by less
_PROBES = 16
_TRAINED_ON = 50_000


class SemanticFinder:
    """Embeds texts, and takes those whose cosine is at least `threshold` for copies; the first is kept.

    An embedder reads the beginning of a text only (`Embedder.window` tokens). Texts in scripts that it does
    not read are compared as exact copies only, and counted as `unread`. Up to 50,000 texts all are compared
    with all; of more, FAISS proposes neighbours from 8-bit vectors in inverted lists (a few may be missed),
    and the cosine of the whole vectors decides. Memory: a byte a dimension and text; the vectors lie in a
    temporary file.
    """

    def __init__(
        self, embedder: Embedder, *, threshold: float = THRESHOLD, folder: Path | None = None
    ) -> None:
        if not 0.0 < threshold <= 1.0:
            raise ValueError(f"a likeness is above 0 and at most 1, not {threshold}")
        self._embedder = embedder
        self._threshold = threshold
        self._digests = Digests()
        self._vectors = Spool(folder)
        self._read: list[int] = []
        self.unread = 0

    def __enter__(self) -> SemanticFinder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._vectors.close()

    def add(self, texts: Sequence[str]) -> None:
        """Embeds texts and adds them at the end."""
        first = len(self._digests)
        for text in texts:
            self._digests.append(text)
        readable = [place for place, text in enumerate(texts) if text.strip() and self._embedder.reads(text)]
        self.unread += len(texts) - len(readable)
        if readable:
            whole = [texts[place].encode("utf-8", "replace").decode() for place in readable]
            vectors = self._embedder.embed_documents(whole)
            self._vectors.append(vectors.astype("<f4").tobytes())
            self._read += [first + place for place in readable]

    def copies(self, progress: Progress | None = None) -> Copies:
        """Compares all that was added; `progress` counts vectors."""
        exact = self._digests.copies()
        places = np.array(self._read, np.int64)
        row_of = {int(place): row for row, place in enumerate(places)}
        self._vectors.flush()

        def likeness(one: int, other: int) -> float:
            rows = self._rows([row_of[one], row_of[other]])
            return float(rows[0] @ rows[1])

        joining = Joining(len(exact.kept_as), likeness, self._threshold)
        for one, other in self._proposed(len(places), progress):
            pair = sorted((int(places[one]), int(places[other])))
            if exact.kept[pair].all():
                joining.compare(pair)
        return joining.copies(exact)

    def _rows(self, rows: Sequence[int]) -> Vectors:
        size = 4 * self._embedder.dimension
        data = b"".join(self._vectors.read(row * size, size) for row in rows)
        return np.frombuffer(data, np.float32).reshape(len(rows), -1)

    def _block(self, begin: int, end: int) -> Vectors:
        size = 4 * self._embedder.dimension
        data = self._vectors.read(begin * size, (end - begin) * size)
        return np.frombuffer(data, np.float32).reshape(end - begin, -1)

    def _proposed(self, count: int, progress: Progress | None) -> Iterator[tuple[int, int]]:
        """Pairs of rows whose cosine may reach the threshold."""
        index = self._index(count)
        for begin in range(0, count, _BLOCK):
            end = min(count, begin + _BLOCK)
            limits, _, found = index.range_search(self._block(begin, end), self._threshold - _MARGIN)
            for row, (low, high) in enumerate(pairwise(limits.tolist()), start=begin):
                for other in found[low:high].tolist():
                    if other < row:
                        yield other, row
            if progress:
                progress(end, count)

    def _index(self, count: int) -> faiss.Index:
        import faiss

        dimension = self._embedder.dimension
        if count <= _FLAT:
            index: faiss.Index = faiss.IndexFlatIP(dimension)
        else:
            lists = int(4 * count**0.5)
            kind = faiss.ScalarQuantizer.QT_8bit
            index = faiss.IndexIVFScalarQuantizer(
                faiss.IndexFlatIP(dimension), dimension, lists, kind, faiss.METRIC_INNER_PRODUCT
            )
            drawn = np.sort(np.random.default_rng(0).choice(count, min(count, _TRAINED_ON), replace=False))
            index.train(self._rows(drawn.tolist()))
            faiss.ParameterSpace().set_index_parameter(index, "nprobe", min(lists, _PROBES))
        for begin in range(0, count, _BLOCK):
            index.add(self._block(begin, min(count, begin + _BLOCK)))
        return index
