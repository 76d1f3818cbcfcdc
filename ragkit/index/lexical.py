"""The lexical view: Tantivy proposes candidates, exact BM25 over live statistics orders them.

Tantivy counts deleted chunks in its statistics until segments merge, and quantises lengths. Its order
is therefore only used to choose candidates; their final scores are those of `bm25.score` with the
statistics of the live chunks, so an index changed step by step ranks exactly like one built afresh.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.index.bm25 import CorpusStatistics, inverse_document_frequency, score
from ragkit.index.store import Store

if TYPE_CHECKING:
    import tantivy

_HEAP_BYTES = 64_000_000
_MARKER = "marker"
_EXTRA_CANDIDATES = 50
_REBUILD_SHARE = 0.2  # of deleted chunks, above which rebuilding beats carrying them


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marker:
    """What the view has applied: written in the same commit as the chunks themselves."""

    sequence: int
    chunks: int
    terms: int
    deleted: int


class LexicalView:
    """A Tantivy index in a folder, derived from a store."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder = folder
        self._store = store
        self._index: tantivy.Index | None = None
        self._searcher: tantivy.Searcher | None = None
        self._marker: _Marker | None = None

    @property
    def sequence(self) -> int:
        """The last change that can be found; -1 when the view is missing or damaged."""
        return self._marker.sequence if self._marker else -1

    def open(self) -> bool:
        """Loads what is on disk; False when that is missing or damaged."""
        import tantivy

        self._index = self._searcher = self._marker = None
        if not (self._folder / "meta.json").exists():
            return False
        try:
            index = tantivy.Index.open(str(self._folder))
            self._load(index)
        except (ValueError, OSError, KeyError):
            return False
        return self._marker is not None

    def _load(self, index: tantivy.Index) -> None:
        index.reload()
        searcher = index.searcher()
        marker = _read_marker(searcher, index.schema)
        if marker is None or searcher.num_docs != marker.chunks + 1:
            return
        self._index, self._searcher, self._marker = index, searcher, marker

    def refresh(self) -> None:
        """Takes in what another process has committed since."""
        if self._index is not None:
            with suppress(ValueError, OSError):  # being rebuilt just now: the loaded state stays good
                self._load(self._index)

    # -- searching

    def search(self, terms: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """The `limit` best chunks as (chunk number, BM25 score), and every tie with the last of them."""
        if not self._searcher or not self._marker or not terms or limit < 1:
            return []
        counts = Counter(terms)
        numbers = self._candidates(counts, 2 * limit + _EXTRA_CANDIDATES)
        scored = self._exact(counts, numbers)
        cut = scored[limit - 1][1] if len(scored) >= limit else 0.0
        return [pair for pair in scored if pair[1] >= cut]

    def _candidates(self, counts: Counter[str], limit: int) -> list[int]:
        import tantivy

        assert self._index and self._searcher
        schema = self._index.schema
        clauses = [
            (tantivy.Occur.Should, _weighted(tantivy.Query.term_query(schema, "terms", term), count))
            for term, count in counts.items()
        ]
        found = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=limit, count=False).hits
        values = self._searcher.fast_field_values("number", [address for _, address in found])
        return [int(value) for value in values if value is not None]

    def _exact(self, counts: Counter[str], numbers: list[int]) -> list[tuple[int, float]]:
        assert self._marker
        average = CorpusStatistics(chunks=self._marker.chunks, terms=self._marker.terms).average_length
        weights = {term: count * self._idf(term) for term, count in counts.items()}
        marks = ",".join("?" * len(numbers))
        rows = self._store.rows(
            f"SELECT number, length, terms FROM chunks WHERE number IN ({marks})",  # noqa: S608
            numbers,
        )
        scored = [
            (number, score(weights, f" {terms.replace(' ', '  ')} ", length, average))
            for number, length, terms in rows
        ]
        return sorted(scored, key=lambda pair: -pair[1])

    def _idf(self, term: str) -> float:
        import tantivy

        assert self._index and self._searcher and self._marker
        if self._marker.deleted:  # Tantivy's own frequency still counts what was deleted
            query = tantivy.Query.term_query(self._index.schema, "terms", term)
            found = self._searcher.search(query, limit=1, count=True)
            containing = found.count or 0  # type: ignore[attr-defined]  # not in its stubs
        else:
            containing = self._searcher.doc_freq("terms", term)
        return inverse_document_frequency(self._marker.chunks, containing)

    # -- catching up; the caller holds the write lock

    def sync(self) -> None:
        """Applies every change of the store that is missing here; rebuilds a view that cannot be used."""
        if self._marker is None and not self.open():
            self._make_empty()
        assert self._marker
        last = self._store.number("sequence")
        if self._marker.sequence == last:
            return
        gone = self._removed_since(self._marker.sequence)
        if self._marker.deleted + len(gone) > _REBUILD_SHARE * self._marker.chunks:
            self._make_empty()
            gone = []
        self._apply(gone, last)

    def rebuild(self) -> None:
        """Makes the view anew from the store."""
        self._make_empty()
        self._apply([], self._store.number("sequence"))

    def _removed_since(self, sequence: int) -> list[int]:
        sql = "SELECT number FROM chunks WHERE removed > ? AND added <= ?"
        return [row[0] for row in self._store.rows(sql, (sequence, sequence))]

    def _apply(self, gone: list[int], last: int) -> None:
        import tantivy

        assert self._index and self._marker
        writer = self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        try:
            for number in gone:
                writer.delete_documents_by_term("number", number)
            sql = "SELECT number, terms FROM chunks WHERE added > ? AND removed IS NULL ORDER BY number"
            for rows in self._store.stream(sql, (self._marker.sequence,)):
                for number, terms in rows:
                    writer.add_document(tantivy.Document(number=number, terms=terms))
            writer.delete_documents_by_term(_MARKER, 1)
            deleted = self._marker.deleted + len(gone)
            writer.add_document(_marker_document(self._store, last, deleted))
            writer.commit()
            writer.wait_merging_threads()
        except BaseException:
            self._index = self._searcher = self._marker = None
            raise
        self._load(self._index)

    def _make_empty(self) -> None:
        import tantivy

        self._index = self._searcher = self._marker = None
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._index = tantivy.Index(_schema(), path=str(self._folder))
        self._marker = _Marker(sequence=0, chunks=0, terms=0, deleted=0)


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    builder.add_integer_field("number", indexed=True, fast=True)
    builder.add_integer_field(_MARKER, indexed=True)
    for name in ("sequence", "chunks", "total", "deleted"):
        builder.add_integer_field(name, stored=True)
    return builder.build()


def _marker_document(store: Store, sequence: int, deleted: int) -> tantivy.Document:
    import tantivy

    return tantivy.Document(
        number=-1,
        marker=1,
        sequence=sequence,
        chunks=store.number("chunks"),
        total=store.number("terms"),
        deleted=deleted,
    )


def _read_marker(searcher: tantivy.Searcher, schema: tantivy.Schema) -> _Marker | None:
    import tantivy

    found = searcher.search(tantivy.Query.term_query(schema, _MARKER, 1), limit=2).hits
    if len(found) != 1:
        return None
    values = searcher.doc(found[0][1]).to_dict()
    return _Marker(
        sequence=values["sequence"][0],
        chunks=values["chunks"][0],
        terms=values["total"][0],
        deleted=values["deleted"][0],
    )


def _weighted(query: tantivy.Query, count: int) -> tantivy.Query:
    import tantivy

    return query if count == 1 else tantivy.Query.boost_query(query, float(count))
