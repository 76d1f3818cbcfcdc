"""Documents that nearly say the same as another one: stored whole, but searched only once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ragkit.duplicates import NearIndex
from ragkit.index import LocalIndex, StoreWriter
from ragkit.index.records import NEAR_DUPLICATE_OF
from ragkit.stages import Chunker
from ragkit.types import Chunk, Document

_WARNING = "the same text as"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A document by its id and path; `before` it was there when the run began."""

    id: str
    source: str
    before: bool


class Cutter:
    """Cuts documents into passages; with a likeness, one that nearly repeats another has none.

    Such a document keeps its text, paths and pages, its metadata name the other one, and a warning says so:
    citations stay exact, since no passage of one stands for the other's words. The likeness is the Jaccard
    similarity of runs of words (`NearFinder`). What is in the index is read when it is first needed.
    """

    def __init__(self, index: LocalIndex, chunker: Chunker, *, likeness: float | None) -> None:
        self._index = index
        self._chunker = chunker
        self._near = NearIndex(likeness) if likeness else None
        self._known: dict[int, _Known] | None = None

    def cut(self, document: Document) -> tuple[Document, list[Chunk]]:
        """The document and its passages, none for a near-duplicate."""
        document = _plain(document)
        twin = self._twin(document)
        if twin is None:
            return document, self._chunker.chunk(document)
        known, likeness = twin
        warning = f"{_floor(likeness)} {_WARNING} {known.source}, which is searched in its place"
        return (
            replace(
                document,
                metadata={**document.metadata, NEAR_DUPLICATE_OF: known.id},
                warnings=(*document.warnings, warning),
            ),
            [],
        )

    def free(self, writer: StoreWriter, embed: Callable[[list[str]], None]) -> None:
        """Cuts stored near-duplicates whose other document is gone, so that they are searched again.

        `embed` stores the vectors of texts.
        """
        for document_id, other in self._index.near_duplicates().items():
            if not self._index.has_document(other):
                stored = self._index.document(document_id)
                document, chunks = self.cut(stored)
                embed([chunk.search_text for chunk in chunks])
                writer.recut(document, chunks)

    def close(self) -> None:
        """Gives temporary space back."""
        if self._near:
            self._near.close()

    def _twin(self, document: Document) -> tuple[_Known, float] | None:
        if self._near is None:
            return None
        known = self._read() if self._known is None else self._known
        alike, number = self._near.alike(document.text)
        for other, likeness in alike:
            if known[other].id != document.id and not self._is_replaced(known[other], document.source):
                return known[other], likeness
        known[number] = _Known(id=document.id, source=document.source, before=False)
        self._near.keep(number)
        return None

    def _is_replaced(self, known: _Known, source: str) -> bool:
        """Whether a document has gone, or goes since its only path now holds the new one."""
        return known.before and not set(self._index.sources_of(known.id)) - {source}

    def _read(self) -> dict[int, _Known]:
        """Takes in what the index holds."""
        assert self._near is not None
        self._known = {}
        for summary in self._index.documents():
            if summary.chunks:
                _, number = self._near.alike(self._index.document(summary.id).text)
                self._known[number] = _Known(id=summary.id, source=summary.sources[0], before=True)
                self._near.keep(number)
        return self._known


def _plain(document: Document) -> Document:
    """The document without what an earlier run noted of its likeness."""
    if NEAR_DUPLICATE_OF not in document.metadata:
        return document
    metadata = {key: value for key, value in document.metadata.items() if key != NEAR_DUPLICATE_OF}
    warnings = tuple(warning for warning in document.warnings if f"% {_WARNING} " not in warning)
    return replace(document, metadata=metadata, warnings=warnings)


def _floor(likeness: float) -> str:
    """Percent that never claim more than there is."""
    return f"{int(100 * likeness + 1e-6)} %"
