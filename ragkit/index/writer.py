"""Changes to the store, one transaction each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from ragkit.index.bm25 import joined
from ragkit.index.records import pack_runs
from ragkit.index.row_sources import RowSources, is_row_file, split_row
from ragkit.index.store import Store, in_lists
from ragkit.stages import Analyzer, Vectors
from ragkit.types import Chunk, Document, SourceState


def vector_key(text: str) -> bytes:
    """The key of a text's vector: equal texts share one vector."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


class StoreWriter:
    """Adds and removes documents. Each public method is one transaction: all of it happens, or nothing."""

    def __init__(self, store: Store, analyzer: Analyzer) -> None:
        self._store = store
        self._analyzer = analyzer

    def missing_vectors(self, texts: Sequence[str]) -> list[str]:
        """Those of `texts`, each once and in order, whose vector is not stored yet."""
        by_key = {vector_key(text): text for text in texts}
        known = {
            row[0]
            for marks, keys in in_lists(list(by_key))
            for row in self._store.rows(f"SELECT key FROM vectors WHERE key IN ({marks})", keys)  # noqa: S608
        }
        return [text for key, text in by_key.items() if key not in known]

    def save_vectors(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Stores one vector for each text; texts already known are left alone.

        `vectors` is float32 (len(texts), dimension). Raises `ValueError` on another shape or a number
        that is not finite: FAISS would take both silently.
        """
        shape = (len(texts), self._store.settings.dimension)
        if vectors.shape != shape or not np.isfinite(vectors).all():
            raise ValueError(f"vectors must be finite and of shape {shape}, got shape {vectors.shape}")
        rows = ((vector_key(t), v.astype("<f4").tobytes()) for t, v in zip(texts, vectors, strict=True))
        with self._store.transaction():
            self._store.executemany("INSERT OR IGNORE INTO vectors (key, vector) VALUES (?, ?)", rows)

    def add(self, document: Document, chunks: Sequence[Chunk], state: SourceState) -> bool:
        """Stores a document at the path in `state`, in place of what stood there before.

        The vectors of all chunks must be stored already. False when the same content was known under
        another path: then the path becomes one more alias of it.
        """
        with self._store.transaction():
            sequence = self._store.add_to("sequence", 1)
            new = not self._live(document.id)
            if new:
                self._insert(document, chunks, sequence)
            self._point(state, document.id, sequence)
        return new

    def recut(self, document: Document, chunks: Sequence[Chunk]) -> None:
        """Stores a known document anew, with other chunks; its paths stay.

        The vectors of all chunks must be stored already.
        """
        with self._store.transaction():
            sequence = self._store.add_to("sequence", 1)
            self._drop(document.id, sequence)
            self._insert(document, chunks, sequence)

    def alias(self, document_id: str, state: SourceState) -> None:
        """Points a path to a document that is stored already, or refreshes what is known of its file."""
        with self._store.transaction():
            self._point(state, document_id, self._store.add_to("sequence", 1))

    def put(
        self,
        documents: Sequence[tuple[Document, Sequence[Chunk]]],
        places: Sequence[tuple[SourceState, str]],
    ) -> None:
        """Stores documents, and points paths to the ids of these or of known ones, in one transaction.

        The vectors of all chunks must be stored already. Each path may be given once.
        """
        with self._store.transaction():
            sequence = self._store.add_to("sequence", 1)
            for document, chunks in documents:
                if not self._live(document.id):
                    self._insert(document, chunks, sequence)
            displaced = [self._displace(state, document_id) for state, document_id in places]
            for old in dict.fromkeys(filter(None, displaced)):
                self._drop_unless_sourced(old, sequence)

    def rows_of(self, path: str) -> RowSources:
        """The stored rows of a file that holds one document a row."""
        return RowSources(self._store, path)

    def remove_source(self, source: str) -> bool:
        """Forgets a path, and its document when that was the last path. False if the path is unknown.

        With a file of rows go all its rows; the file of a single row is read again by the next run,
        which brings the row back.
        """
        if not (row := split_row(source)) and is_row_file(Path(source)):
            return sum(map(self.remove_sources, self.rows_of(source).all())) > 0
        removed = self.remove_sources([source]) == 1
        if row and removed:
            self.rows_of(row[0]).unsettle()  # only now: it marks one of the rows that are left
        return removed

    def remove_sources(self, sources: Sequence[str]) -> int:
        """Forgets paths, and the documents that have no other, in one transaction; returns their number."""
        with self._store.transaction():
            removed = [document_id for source in sources if (document_id := self._forget(source))]
            if removed:
                sequence = self._store.add_to("sequence", 1)
                for document_id in dict.fromkeys(removed):
                    self._drop_unless_sourced(document_id, sequence)
        return len(removed)

    def purge(self, *, before: int) -> None:
        """Deletes for good what was removed at or before the sequence `before`."""
        with self._store.transaction():
            self._store.execute("UPDATE settings SET value = ? WHERE key = 'purged'", (str(before),))
            for table in ("chunks", "documents"):
                self._store.execute(f"DELETE FROM {table} WHERE removed <= ?", (before,))  # noqa: S608

    def purge_vectors(self) -> int:
        """Deletes the cached vectors that no chunk uses; returns their number."""
        sql = "DELETE FROM vectors WHERE number NOT IN (SELECT vector FROM chunks)"
        with self._store.transaction():
            return self._store.execute(sql).rowcount

    # -- inside a transaction

    def _live(self, document_id: str) -> bool:
        sql = "SELECT 1 FROM documents WHERE id = ? AND removed IS NULL"
        return bool(self._store.rows(sql, (document_id,)))

    def _forget(self, source: str) -> str | None:
        """Deletes a path; returns the document that it pointed to."""
        rows = self._store.rows("SELECT document_id FROM sources WHERE source = ?", (source,))
        if not rows:
            return None
        self._store.execute("DELETE FROM sources WHERE source = ?", (source,))
        return str(rows[0][0])

    def _point(self, state: SourceState, document_id: str, sequence: int) -> None:
        if displaced := self._displace(state, document_id):
            self._drop_unless_sourced(displaced, sequence)

    def _displace(self, state: SourceState, document_id: str) -> str | None:
        """Points a path to a document; returns the other one that it pointed to."""
        old = self._store.rows("SELECT document_id FROM sources WHERE source = ?", (state.source,))
        self._store.execute(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)",
            (state.source, document_id, state.size, state.mtime_ns, state.checked_ns),
        )
        return str(old[0][0]) if old and old[0][0] != document_id else None

    def _drop_unless_sourced(self, document_id: str, sequence: int) -> None:
        if self._store.rows("SELECT 1 FROM sources WHERE document_id = ? LIMIT 1", (document_id,)):
            return
        self._drop(document_id, sequence)

    def _drop(self, document_id: str, sequence: int) -> None:
        number = self._store.rows(
            "SELECT number FROM documents WHERE id = ? AND removed IS NULL", (document_id,)
        )[0][0]
        count, length = self._store.rows(
            "SELECT count(*), coalesce(sum(length), 0) FROM chunks WHERE document = ? AND removed IS NULL",
            (number,),
        )[0]
        self._store.execute("UPDATE documents SET removed = ? WHERE number = ?", (sequence, number))
        self._store.execute("UPDATE chunks SET removed = ? WHERE document = ?", (sequence, number))
        self._count(-count, -length)

    def _count(self, chunks: int, terms: int) -> None:
        self._store.add_to("chunks", chunks)
        self._store.add_to("terms", terms)

    def _insert(self, document: Document, chunks: Sequence[Chunk], sequence: int) -> None:
        cursor = self._store.execute(
            "INSERT INTO documents (id, title, language, metadata, warnings, characters, added, text) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document.id,
                document.title,
                document.language,
                _json(document.metadata),
                json.dumps(document.warnings, ensure_ascii=False),
                len(document.text),
                sequence,
                document.text,
            ),
        )
        number = cursor.lastrowid
        assert number is not None
        self._store.executemany(
            'INSERT INTO pages (document, number, label, start, "end", width, height, runs) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (number, p.index, p.label, p.start, p.end, p.width, p.height, pack_runs(p.runs))
                for p in document.pages
            ),
        )
        self._insert_chunks(number, chunks, sequence)

    def _insert_chunks(self, document: int, chunks: Sequence[Chunk], sequence: int) -> None:
        length = 0
        for chunk in chunks:
            terms = self._analyzer.terms(chunk.search_text)
            length += len(terms)
            self._store.execute(
                'INSERT INTO chunks (id, document, document_id, start, "end", heading, '
                "parent_start, parent_end, metadata, vector, length, added, terms, text) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, "
                "(SELECT number FROM vectors WHERE key = ?), ?, ?, ?, ?)",
                (
                    chunk.id,
                    document,
                    chunk.document_id,
                    chunk.start,
                    chunk.end,
                    chunk.heading,
                    *(chunk.parent or (None, None)),
                    _json(chunk.metadata),
                    vector_key(chunk.search_text),
                    len(terms),
                    sequence,
                    joined(terms),
                    chunk.text,
                ),
            )
        self._count(len(chunks), length)


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True)
