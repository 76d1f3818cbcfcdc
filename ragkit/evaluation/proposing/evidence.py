"""Exact evidence for the sentence that a question was made of."""

from __future__ import annotations

from ragkit.evaluation.golden import Evidence
from ragkit.evaluation.places import PlaceFinder
from ragkit.evaluation.spans import EvidenceFinder, Span
from ragkit.index.row_sources import apparent_file
from ragkit.stages import Index

_MOST_PLACES = 5  # a sentence that stands in more documents is a form, and tells nothing of any one of them
_PARTS = 2  # of a path that name a document


class Quoting:
    """Says where sentences stand, as golden questions do."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._finder = EvidenceFinder(index)
        self._places = PlaceFinder(index, self._finder)

    def evidence(self, span: Span) -> list[tuple[Evidence, Span]]:
        """The sentence, and the other documents that hold it word for word; each with its characters.

        Nothing where it stands on two pages, or in too many documents.
        """
        first = self._of(span)
        if first is None:
            return []
        others = [one for one in self._places.holding(first.quote) if one.document_id != span.document_id]
        if len(others) >= _MOST_PLACES:
            return []
        found = [first, *(made for other in others if (made := self._of(other)))]
        return [(one, self._finder.find(one)[0]) for one in found]

    def _of(self, span: Span) -> Evidence | None:
        """One place, if it can be found by what is said of it."""
        place, last = (self._index.place(span.document_id, at) for at in (span.start, span.end - 1))
        if place.page_index != last.page_index:
            return None
        text = self._index.document(span.document_id).text[span.start : span.end]
        for source in (_short(place.source), place.source):
            made = Evidence(source=source, page=place.page_index + 1, quote=" ".join(text.split()))
            if [one.document_id for one in self._finder.find(made)] == [span.document_id]:
                return made
        return None


def _short(path: str) -> str:
    """The last folder and the name; the id of a row stays whole."""
    file = apparent_file(path)
    return "/".join(file.rsplit("/", _PARTS)[-_PARTS:]) + path[len(file) :]
