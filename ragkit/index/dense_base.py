"""The FAISS index in the file of the dense view: made once, mapped into memory, and only read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ragkit.models.cpu import cores
from ragkit.stages import Vectors

if TYPE_CHECKING:
    import faiss

DenseKind = Literal["auto", "flat", "ivf", "hnsw"]
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_EXACT_LIMIT = 100_000  # vectors, up to which exact search is fast enough
_TRAINABLE = 1_000  # vectors, below which inverted lists cannot be trained and search stays exact
_MANY = 400_000  # vectors in inverted lists, above which one question is worth all cores
_LINKS = 32  # of each vector in an HNSW graph
_PROBED = 7  # one in so many inverted lists is searched ...
_PROBED_LEAST = 16  # ... and at least so many
_BREADTH = 128  # of a search in an HNSW graph, at least


class DenseBase:
    """Vectors with their chunk numbers, found by inner product.

    "flat" is exact. "ivf" keeps one byte for each component in inverted lists, "hnsw" a graph; both miss
    a little: `ragkit stats --recall` measures how much.
    """

    def __init__(self, index: faiss.Index, kind: DenseKind) -> None:
        self.index = index
        self.kind = kind
        if kind == "ivf":
            index.parallel_mode = 1  # type: ignore[attr-defined]  # threads share the lists of one question

    @classmethod
    def make(cls, kind: DenseKind, dimension: int, count: int, sample: Iterator[Vectors]) -> DenseBase:
        """An empty index for about `count` vectors; `sample` gives some of them, to learn from."""
        import faiss

        if kind == "flat":
            return cls(faiss.IndexIDMap(faiss.IndexFlatIP(dimension)), kind)
        if kind == "hnsw":
            graph = faiss.IndexHNSWFlat(dimension, _LINKS, faiss.METRIC_INNER_PRODUCT)
            return cls(faiss.IndexIDMap(graph), kind)
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dimension),
            dimension,
            lists_for(count),
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
        )
        with _threads(cores()):
            index.train(np.vstack(list(sample)))
        return cls(index, kind)

    @classmethod
    def load(cls, file: Path, kind: DenseKind, *, mapped: bool) -> DenseBase:
        """The index in a file; `mapped` reads its parts when they are needed, and allows no change.

        Raises `RuntimeError` when FAISS cannot read the file.
        """
        import faiss

        lazily = faiss.IO_FLAG_MMAP if kind == "ivf" else faiss.IO_FLAG_MMAP_IFC
        return cls(faiss.read_index(str(file), lazily if mapped else 0), kind)

    @property
    def count(self) -> int:
        """How many vectors there are."""
        return int(self.index.ntotal)

    @property
    def lists(self) -> int:
        """Inverted lists; 0 for the other kinds."""
        return int(getattr(self.index, "nlist", 0))

    # -- searching

    def nearest(self, query: Vectors, fetch: int, allowed: Mask | None) -> list[tuple[int, float]]:
        """At most `fetch` (chunk number, score) by falling score, among the numbers that `allowed` marks."""
        row = np.ascontiguousarray(query, dtype=np.float32).reshape(1, -1)
        many = self.kind == "ivf" and self.count > _MANY
        with _threads(cores() if many else 1):  # for few, threads only wait for each other
            scores, numbers = self.index.search(
                row, min(fetch, self.count), params=self._parameters(fetch, allowed)
            )
        return [(n, s) for n, s in zip(numbers[0].tolist(), scores[0].tolist(), strict=True) if n >= 0]

    def _parameters(self, fetch: int, allowed: Mask | None) -> faiss.SearchParameters | None:
        import faiss

        selector, share = None, 1.0
        if allowed is not None:
            share = max(1e-6, float(allowed.sum()) / max(1, self.count))
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]  # its stubs are C++'s
        if self.kind == "ivf":
            probes = max(_PROBED_LEAST, self.lists // _PROBED)
            probes = int(probes / min(1.0, share))  # the fewer may be found, the farther they lie
            return _filled(faiss.SearchParametersIVF(), selector, nprobe=min(self.lists, probes))
        if self.kind == "hnsw":
            graph = faiss.SearchParametersHNSW()  # type: ignore[attr-defined]  # not in its stubs
            breadth = int(max(_BREADTH, 2 * fetch) / min(1.0, share))
            return _filled(graph, selector, efSearch=min(self.count, breadth))
        return _filled(faiss.SearchParameters(), selector) if selector else None

    # -- changing what was made, or loaded without mapping

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Adds vectors, (len(numbers), dimension)."""
        with _threads(cores()):
            self.index.add_with_ids(vectors, numbers)

    def remove(self, numbers: Iterable[int]) -> None:
        """Takes out vectors; not for "hnsw", whose dead must be kept out of every search."""
        import faiss

        self.index.remove_ids(faiss.IDSelectorBatch(np.fromiter(numbers, np.int64)))


def _filled(
    parameters: faiss.SearchParameters, selector: faiss.IDSelector | None, **values: int
) -> faiss.SearchParameters:
    """The parameters with these values; the selector lives as long as they do."""
    for name, value in values.items():
        setattr(parameters, name, value)
    if selector is not None:
        parameters.sel = selector
        parameters.kept = selector  # type: ignore[attr-defined]  # C++ does not own it
    return parameters


def kind_for(wanted: DenseKind, count: int) -> DenseKind:
    """The kind for so many vectors."""
    if wanted in ("flat", "hnsw"):
        return wanted
    return "ivf" if count > (_TRAINABLE if wanted == "ivf" else _EXACT_LIMIT) else "flat"


def fits(wanted: DenseKind, kind: DenseKind, count: int, *, growth: float) -> bool:
    """Whether an index of this kind may serve where `wanted` is asked for."""
    stand_in = wanted == "ivf" and kind == "flat" and count <= growth * _TRAINABLE
    return stand_in or wanted in ("auto", kind)


def lists_for(count: int) -> int:
    """Inverted lists for so many vectors: 4 times the square root, with enough vectors to train each."""
    return max(1, min(int(4 * count**0.5), count // 39))


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """FAISS uses so many threads meanwhile (of the calling thread only)."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
