"""How much is in an index, and how much room it takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ragkit.index.store import Store

_COUNTS = (
    "SELECT count(*) FROM documents WHERE removed IS NULL",
    "SELECT count(*) FROM sources",
    "SELECT count(*) FROM pages p JOIN documents d ON d.number = p.document WHERE d.removed IS NULL",
    "SELECT count(*) FROM vectors",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStatistics:
    """Sizes of an index; bytes are those of its files."""

    documents: int
    sources: int
    pages: int
    chunks: int
    vectors: int
    store_bytes: int
    lexical_bytes: int
    dense_bytes: int


def read_statistics(store: Store, *, lexical: Path, dense: Path) -> IndexStatistics:
    """Counts and sizes of a store and of the views derived from it."""
    documents, sources, pages, vectors = (int(store.rows(sql)[0][0]) for sql in _COUNTS)
    return IndexStatistics(
        documents=documents,
        sources=sources,
        pages=pages,
        chunks=store.number("chunks"),
        vectors=vectors,
        store_bytes=sum(_size(file) for file in store.path.parent.glob(store.path.name + "*")),
        lexical_bytes=sum(_size(file) for file in lexical.glob("*")),
        dense_bytes=_size(dense),
    )


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
