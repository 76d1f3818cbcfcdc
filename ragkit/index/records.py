"""Rows of the store as the types of ragkit, and back."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Sequence

from ragkit.index.store import Row, Store, in_lists
from ragkit.types import Chunk, Document, DocumentSummary, Page, Place, SourceRun, SourceState

NEAR_DUPLICATE_OF = "near_duplicate_of"
"""The key of the metadata of a document without passages that names the document searched in its place."""
_RUN = struct.Struct("<III")
_CHUNK_COLUMNS = 'number, id, document_id, start, "end", text, heading, parent_start, parent_end, metadata'


def pack_runs(runs: Iterable[SourceRun]) -> bytes:
    """Source runs as 12 bytes each."""
    return b"".join(_RUN.pack(run.start, run.length, run.char) for run in runs)


def unpack_runs(data: bytes) -> tuple[SourceRun, ...]:
    """The inverse of `pack_runs`."""
    return tuple(SourceRun(start=s, length=n, char=c) for s, n, c in _RUN.iter_unpack(data))


# The live document, else the one that was live at a sequence which a reader still sees.
_VISIBLE = "id = ? AND (removed IS NULL OR removed > ?) ORDER BY removed IS NOT NULL, removed DESC LIMIT 1"


def read_document(store: Store, document_id: str, *, sequence: int) -> Document:
    """The whole document, live now or at `sequence`. Raises `KeyError` when it is not there."""
    rows = store.rows(
        f"SELECT number, title, text, language, metadata, warnings FROM documents WHERE {_VISIBLE}",  # noqa: S608
        (document_id, sequence),
    )
    if not rows:
        raise KeyError(document_id)
    number, title, text, language, metadata, warnings = rows[0]
    return Document(
        id=document_id,
        source=first_source(store, document_id),
        title=title,
        text=text,
        pages=tuple(map(_page, _page_rows(store, number))),
        language=language,
        metadata=json.loads(metadata),
        warnings=tuple(json.loads(warnings)),
    )


def _page_rows(store: Store, document: int) -> list[Row]:
    return store.rows(
        'SELECT number, label, start, "end", width, height, runs FROM pages '
        "WHERE document = ? ORDER BY number",
        (document,),
    )


def _page(row: Row) -> Page:
    index, label, start, end, width, height, runs = row
    return Page(
        index=index, label=label, start=start, end=end, width=width, height=height, runs=unpack_runs(runs)
    )


def first_source(store: Store, document_id: str) -> str:
    """The path shown for a document: the first of its paths in alphabetical order, or ""."""
    rows = store.rows("SELECT min(source) FROM sources WHERE document_id = ?", (document_id,))
    return rows[0][0] or ""


def read_place(store: Store, document_id: str, offset: int, *, sequence: int) -> Place:
    """Source, title and page of the character at `offset`. Raises `KeyError` for an unknown document.

    The source of a document that was live at `sequence` but is no longer is "".
    """
    rows = store.rows(
        "SELECT d.title, p.number, p.label FROM documents d LEFT JOIN pages p ON p.document = d.number "  # noqa: S608
        f"AND p.start <= ? WHERE d.number = (SELECT number FROM documents WHERE {_VISIBLE}) "
        "ORDER BY p.start DESC, p.number DESC LIMIT 1",
        (offset, document_id, sequence),
    )
    if not rows:
        raise KeyError(document_id)
    title, page_index, label = rows[0]
    source = first_source(store, document_id)
    return Place(source=source, title=title, page_index=page_index or 0, page_label=label or "")


def read_chunks(store: Store, numbers: Sequence[int], *, sequence: int) -> dict[int, Chunk]:
    """Chunks by number, as many of them as were live at `sequence`."""
    return {
        row[0]: chunk_of(row)
        for marks, part in in_lists(numbers)
        for row in store.rows(
            f"SELECT {_CHUNK_COLUMNS} FROM chunks WHERE number IN ({marks}) "  # noqa: S608  # only question marks
            "AND added <= ? AND (removed IS NULL OR removed > ?)",
            (*part, sequence, sequence),
        )
    }


def chunks_of_document(store: Store, document_id: str) -> list[Chunk]:
    """The live chunks of a document, in order."""
    rows = store.rows(
        f"SELECT {_CHUNK_COLUMNS} FROM chunks WHERE document_id = ? AND removed IS NULL "  # noqa: S608
        "AND document = (SELECT number FROM documents WHERE id = ? AND removed IS NULL) ORDER BY number",
        (document_id, document_id),
    )
    return [chunk_of(row) for row in rows]


def chunk_number(store: Store, chunk: Chunk, *, sequence: int) -> int | None:
    """The number of a chunk that is live at `sequence`; None for one that is not."""
    rows = store.rows(
        "SELECT c.number FROM chunks c JOIN documents d ON d.number = c.document "
        "WHERE d.id = ? AND d.removed IS NULL AND c.id = ? AND c.added <= ?",
        (chunk.document_id, chunk.id, sequence),
    )
    return rows[0][0] if rows else None


def chunk_of(row: Row) -> Chunk:
    """A chunk from the columns in `_CHUNK_COLUMNS`."""
    _, id_, document_id, start, end, text, heading, parent_start, parent_end, metadata = row
    return Chunk(
        id=id_,
        document_id=document_id,
        start=start,
        end=end,
        text=text,
        heading=heading,
        parent=None if parent_start is None else (parent_start, parent_end),
        metadata=json.loads(metadata) if metadata != "{}" else {},
    )


def read_summaries(store: Store) -> list[DocumentSummary]:
    """All live documents, by their first path."""
    rows = store.rows(
        "SELECT d.id, d.title, d.language, d.characters, d.warnings, "
        "(SELECT count(*) FROM pages WHERE document = d.number), "
        '(SELECT count(*) FROM pages WHERE document = d.number AND start = "end"), '
        "(SELECT count(*) FROM chunks WHERE document = d.number AND removed IS NULL), "
        "(SELECT json_group_array(source) FROM sources WHERE document_id = d.id) "
        "FROM documents d WHERE d.removed IS NULL"
    )
    return sorted(map(_summary, rows), key=lambda summary: summary.sources)


def _summary(row: Row) -> DocumentSummary:
    id_, title, language, characters, warnings, pages, empty_pages, chunks, sources = row
    return DocumentSummary(
        id=id_,
        sources=tuple(sorted(json.loads(sources))),
        title=title,
        language=language,
        pages=pages,
        empty_pages=empty_pages,
        characters=characters,
        chunks=chunks,
        warnings=tuple(json.loads(warnings)),
    )


def read_near_duplicates(store: Store) -> dict[str, str]:
    """The live documents that another one is searched for, with the id of that one."""
    sql = "SELECT id, metadata FROM documents WHERE removed IS NULL AND metadata LIKE ?"
    found = store.rows(sql, (f'%"{NEAR_DUPLICATE_OF}"%',))
    pairs = ((row[0], json.loads(row[1]).get(NEAR_DUPLICATE_OF)) for row in found)
    return {document: other for document, other in pairs if other}


def read_source(store: Store, source: str) -> tuple[str, SourceState] | None:
    """The document id at a path and the state of the file when it was last read."""
    rows = store.rows(
        "SELECT document_id, size, mtime_ns, checked_ns FROM sources WHERE source = ?", (source,)
    )
    if not rows:
        return None
    document_id, size, mtime_ns, checked_ns = rows[0]
    return document_id, SourceState(source=source, size=size, mtime_ns=mtime_ns, checked_ns=checked_ns)
