"""What the Tantivy index of the lexical view holds: chunks, and a marker of the state they make up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.index.store import Store

if TYPE_CHECKING:
    import tantivy

MARKER = "marker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What the view has applied: written in the same commit as the chunks themselves."""

    sequence: int
    chunks: int
    terms: int
    deleted: int


def schema() -> tantivy.Schema:
    """The fields: terms that are ready, the chunk number, and what only the marker has."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    builder.add_integer_field("number", indexed=True, fast=True)
    builder.add_integer_field(MARKER, indexed=True)
    for name in ("sequence", "chunks", "total", "deleted"):
        builder.add_integer_field(name, stored=True)
    return builder.build()


def marker_document(store: Store, sequence: int, deleted: int) -> tantivy.Document:
    """The marker that belongs to a sequence of the store."""
    import tantivy

    return tantivy.Document(
        number=-1,
        marker=1,
        sequence=sequence,
        chunks=store.number("chunks"),
        total=store.number("terms"),
        deleted=deleted,
    )


def read_marker(searcher: tantivy.Searcher, fields: tantivy.Schema) -> Marker | None:
    """The one marker, or None where there is not exactly one."""
    import tantivy

    found = searcher.search(tantivy.Query.term_query(fields, MARKER, 1), limit=2).hits
    if len(found) != 1:
        return None
    values = searcher.doc(found[0][1]).to_dict()
    return Marker(
        sequence=values["sequence"][0],
        chunks=values["chunks"][0],
        terms=values["total"][0],
        deleted=values["deleted"][0],
    )
