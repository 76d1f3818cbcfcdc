"""The lexical view: Tantivy proposes candidates, exact BM25 over live statistics orders them.

Tantivy counts deleted chunks in its statistics until segments merge, and quantises lengths. Its order
is therefore only used to choose candidates; their final scores are those of `bm25.score` with the
statistics of the live chunks, so an index changed step by step ranks exactly like one built afresh.
"""

from __future__ import annotations

import shutil
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ragkit.errors import StorageError
from ragkit.index.bm25 import CorpusStatistics, inverse_document_frequency, joined, score
from ragkit.index.checksums import remove_uncommitted_deletions, segments_are_whole
from ragkit.index.lexical_schema import MARKER, Marker, marker_document, read_marker, schema
from ragkit.index.store import Store, in_lists
from ragkit.stages import WeightedTerms

if TYPE_CHECKING:
    import tantivy

Numbers = NDArray[np.int64]

_HEAP_BYTES = 64_000_000
_EXTRA_CANDIDATES = 50
_MOST_CANDIDATES = 4_000  # beyond, chunks so much alike may stand in another order than the exact one
_ROUNDING = 1.001  # Tantivy counts in 32 bits
_FEW = 2_000  # passages that a filter leaves, scored one by one instead of searched
_DEADMARKERS = 8  # replaced ones that no merge has dropped yet
_REBUILD_SHARE = 0.2  # of deleted chunks, above which rebuilding beats carrying them


class LexicalView:
    """A Tantivy index in a folder, derived from a store."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder = folder
        self._store = store
        self._index: tantivy.Index | None = None
        self._searcher: tantivy.Searcher | None = None
        self._marker: Marker | None = None

    @property
    def sequence(self) -> int:
        """The last change that can be found; -1 when the view is missing or damaged."""
        return self._marker.sequence if self._marker else -1

    def open(self) -> bool:
        """Loads what is on disk; False when that is missing or damaged."""
        import tantivy

        self._index = self._searcher = self._marker = None
        try:
            if segments_are_whole(self._folder):
                self._load(tantivy.Index.open(str(self._folder)))
        except (ValueError, OSError, KeyError, struct.error):
            return False
        return self._marker is not None

    def _load(self, index: tantivy.Index) -> None:
        index.reload()
        searcher = index.searcher()
        marker = read_marker(searcher, index.schema)
        if marker is None or searcher.num_docs != marker.chunks + 1:
            return
        self._index, self._searcher, self._marker = index, searcher, marker

    def refresh(self) -> None:
        """Takes in what another process has committed since."""
        if self._index is None:
            self.open()
        else:
            with suppress(ValueError, OSError):  # being rebuilt just now: the loaded state stays good
                self._load(self._index)

    # -- searching

    def search(
        self, terms: WeightedTerms, limit: int, within: Numbers | None = None
    ) -> list[tuple[int, float]]:
        """The `limit` best chunks as (chunk number, BM25 score), and every tie with the last of them.

        `within`, in ascending order, are the chunk numbers that may be found.
        """
        if not self._searcher or not self._marker or not terms or limit < 1:
            return []
        counts = Counter(terms)  # or the weights themselves
        containing = {term: self.frequency(term) for term in counts}
        weights = {
            joined([term]): count * inverse_document_frequency(self._marker.chunks, containing[term])
            for term, count in counts.items()
        }
        if within is not None and within.size <= _FEW:
            scored = sorted(self._exact(weights, within.tolist()), key=lambda pair: -pair[1])
            scored = [pair for pair in scored if pair[1] > 0.0]
        else:
            scored = self._found(counts, weights, limit, within)
        cut = scored[limit - 1][1] if len(scored) >= limit else 0.0
        return [pair for pair in scored if pair[1] >= cut]

    def _found(
        self, counts: Counter[str], weights: dict[str, float], limit: int, within: Numbers | None
    ) -> list[tuple[int, float]]:
        """Exact scores, the best first, of Tantivy's first chunks: as many as can hold the `limit` best."""
        bound = self._bound({term: self.frequency(term) for term in counts})
        fetch = 2 * limit + _EXTRA_CANDIDATES
        while True:
            proposed = self._candidates(counts, fetch)
            found = proposed if within is None else _kept(proposed, within)
            scored = self._best(weights, found, limit, bound)
            cut = scored[limit - 1][1] if len(scored) >= limit else 0.0
            enough = len(found) > _MOST_CANDIDATES or (proposed and proposed[-1][1] * bound < cut)
            if len(proposed) < fetch or enough:
                return scored
            fetch *= 4

    def holders(self, terms: Sequence[str]) -> list[int]:
        """The numbers of all chunks that hold every one of the terms."""
        import tantivy

        if not self._searcher or not self._index:
            return []
        fields = self._index.schema
        clauses = [(tantivy.Occur.Must, tantivy.Query.term_query(fields, "terms", term)) for term in terms]
        query = tantivy.Query.boolean_query(clauses)
        hits = self._searcher.search(query, limit=max(1, self._searcher.num_docs), count=False).hits
        values = self._searcher.fast_field_values("number", [address for _, address in hits])
        return [int(value or 0) for value in values]

    def _candidates(self, counts: Counter[str], limit: int) -> list[tuple[int, float]]:
        """The first chunks in Tantivy's order, with its scores."""
        import tantivy

        assert self._index and self._searcher
        fields = self._index.schema
        clauses = [
            (tantivy.Occur.Should, _weighted(tantivy.Query.term_query(fields, "terms", term), count))
            for term, count in counts.items()
        ]
        found = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=limit, count=False).hits
        values = self._searcher.fast_field_values("number", [address for _, address in found])
        return [(int(value or 0), score) for value, (score, _) in zip(values, found, strict=True)]

    def _best(
        self, weights: dict[str, float], found: list[tuple[int, float]], limit: int, bound: float
    ) -> list[tuple[int, float]]:
        """Exact scores, the best first, of every candidate that can be among the first `limit`."""
        scored = self._exact(weights, [number for number, _ in found[:limit]])
        floor = min((score for _, score in scored), default=0.0)
        rest = [number for number, score in found[limit:] if score * bound >= floor]
        return sorted(scored + self._exact(weights, rest), key=lambda pair: -pair[1])

    def _exact(self, weights: dict[str, float], numbers: list[int]) -> list[tuple[int, float]]:
        assert self._marker
        average = CorpusStatistics(chunks=self._marker.chunks, terms=self._marker.terms).average_length
        return [
            (number, score(weights, terms, length, average))
            for marks, part in in_lists(numbers)
            for number, length, terms in self._store.rows(
                f"SELECT number, length, terms FROM chunks WHERE number IN ({marks})",  # noqa: S608
                part,
            )
        ]

    def frequency(self, term: str) -> int:
        """The number of live chunks that hold a term."""
        import tantivy

        if not (self._index and self._searcher and self._marker):
            return 0
        if not self._marker.deleted:
            return self._searcher.doc_freq("terms", term)
        query = tantivy.Query.term_query(self._index.schema, "terms", term)
        found = self._searcher.search(query, limit=1, count=True)
        return found.count or 0  # type: ignore[attr-defined]  # not in its stubs

    def _bound(self, containing: dict[str, int]) -> float:
        """How many times Tantivy's score an exact score can be.

        Tantivy rounds lengths down, so its scores are too high; but it counts the dead, who make a term
        look more common and the average chunk shorter than they are.
        """
        assert self._searcher and self._marker
        size = self._searcher.num_docs
        ratios = [
            inverse_document_frequency(self._marker.chunks, live)
            / inverse_document_frequency(size, min(size, self._searcher.doc_freq("terms", term)))
            for term, live in containing.items()
            if live
        ]
        shorter = 1.0 + (self._marker.deleted + _DEADMARKERS) / max(1, self._marker.chunks)
        return _ROUNDING * max(ratios, default=1.0) * shorter

    # -- catching up; the caller holds the write lock

    def sync(self) -> None:
        """Applies every change of the store that is missing here; rebuilds a view that cannot be used."""
        self.refresh()  # another writer may have been here
        if self._marker is None:
            self.rebuild()
        assert self._marker
        last = self._store.number("sequence")
        if self._marker.sequence == last:
            return
        gone = self._removed_since(self._marker.sequence)
        unknown = self._marker.sequence < self._store.number("purged")
        if unknown or self._marker.deleted + len(gone) > _REBUILD_SHARE * self._marker.chunks:
            self.rebuild()
        else:
            self._apply(gone, last)

    def rebuild(self) -> None:
        """Makes the view anew from the store. Raises `StorageError`."""
        self._make_empty()
        self._apply([], self._store.number("sequence"))

    def _removed_since(self, sequence: int) -> list[int]:
        sql = "SELECT number FROM chunks WHERE removed > ? AND added <= ?"
        return [row[0] for row in self._store.rows(sql, (sequence, sequence))]

    def _apply(self, gone: list[int], last: int) -> None:
        assert self._index
        index = self._index
        with self._writing():
            remove_uncommitted_deletions(self._folder)
            writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
            try:
                self._write(writer, gone, last)
            finally:
                del writer  # with it goes its lock, which an exception's traceback would keep
            self._load(index)

    def _write(self, writer: tantivy.IndexWriter, gone: list[int], last: int) -> None:
        import tantivy

        assert self._marker
        try:
            for number in gone:
                writer.delete_documents_by_term("number", number)
            sql = (
                "SELECT number, terms FROM chunks WHERE added > ? AND removed IS NULL ORDER BY added, number"
            )
            for rows in self._store.stream(sql, (self._marker.sequence,)):
                for number, terms in rows:
                    writer.add_document(tantivy.Document(number=number, terms=terms))
            writer.delete_documents_by_term(MARKER, 1)
            writer.add_document(marker_document(self._store, last, self._marker.deleted + len(gone)))
            writer.commit()
            writer.wait_merging_threads()
        finally:
            del writer

    def _make_empty(self) -> None:
        import tantivy

        with self._writing():
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True, exist_ok=True)
            self._index, self._searcher = tantivy.Index(schema(), path=str(self._folder)), None
            self._marker = Marker(sequence=0, chunks=0, terms=0, deleted=0)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """When writing fails, what is loaded is given up: the next search or change opens it again."""
        try:
            yield
        except BaseException as error:
            self._index = self._searcher = self._marker = None
            if isinstance(error, OSError | ValueError):
                raise StorageError(
                    f"{self._folder} could not be written ({error}). Nothing is lost: it is made anew from "
                    "the store. Free some space or mend the permissions, and run again."
                ) from error
            raise


def _kept(found: list[tuple[int, float]], within: Numbers) -> list[tuple[int, float]]:
    """Those of the chunks that stand in `within`."""
    numbers = np.fromiter((number for number, _ in found), np.int64, len(found))
    places = np.searchsorted(within, numbers).clip(max=len(within) - 1)
    return [found[index] for index in np.flatnonzero(within[places] == numbers).tolist()]


def _weighted(query: tantivy.Query, count: int) -> tantivy.Query:
    import tantivy

    return query if count == 1 else tantivy.Query.boost_query(query, float(count))
