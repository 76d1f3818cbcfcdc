"""Where evidence may stand that is not where it is said to be: other pages, other documents, other words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property

from ragkit.evaluation.golden import Evidence
from ragkit.evaluation.nearest import most_like
from ragkit.evaluation.spans import EvidenceFinder, Span
from ragkit.stages import Index

_LOOKED_AT = 30  # passages that have words of a quote
_MOST = 3  # places that are told
_LEAST_LIKE = 0.5
_LEAST_LIKE_NAME = 0.6
_MOST_NAMES = 20_000  # comparing more takes seconds for each quote
_MOST_READ = 2_000_000  # characters of a document


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """A place that may be meant: its source, its page from 1, its words, and how like the quote they are.

    A document that only has a similar name has no page and no words.
    """

    source: str
    page: int | None = None
    text: str = ""
    ratio: float = 1.0


class PlaceFinder:
    """Finds the places that evidence may mean."""

    def __init__(self, index: Index, finder: EvidenceFinder) -> None:
        self._index = index
        self._finder = finder

    def other_pages(self, evidence: Evidence) -> tuple[Nearest, ...]:
        """The other pages of the same documents that hold the quote."""
        if evidence.page is None or not evidence.quote:
            return ()
        return self._exactly(self._finder.find(evidence.model_copy(update={"page": None})))

    def holding(self, quote: str) -> list[Span]:
        """Where a quote stands in any document, once for each; they are found by its words."""
        return [span for id_ in self._likely(quote) for span in self._in_document(quote, id_)]

    def elsewhere(self, evidence: Evidence) -> tuple[Nearest, ...]:
        """Documents that hold the quote, whatever their paths."""
        return self._exactly(self.holding(evidence.quote)) if evidence.quote else ()

    def nearest(self, evidence: Evidence, documents: Sequence[str]) -> tuple[Nearest, ...]:
        """Other documents that hold the quote; else the most similar words, first in these documents."""
        if not evidence.quote:
            return ()
        if exact := self.elsewhere(evidence):
            return exact
        here = self._most_like(evidence.quote, documents)
        return here or self._most_like(evidence.quote, self._likely(evidence.quote))

    def similar_names(self, evidence: Evidence) -> tuple[Nearest, ...]:
        """Documents with a similar path, the most similar first; those that hold the quote before others."""
        name = _name(evidence.source)
        alike = self._by_folded.get(_folded(name), [])
        if not alike and len(self._by_name) <= _MOST_NAMES:
            alike = get_close_matches(name, self._by_name, n=_MOST, cutoff=_LEAST_LIKE_NAME)
        paths = [path for one in alike for path in self._by_name[one]]
        paths.sort(key=lambda path: -SequenceMatcher(None, path[::-1], evidence.source[::-1]).ratio())
        found = [Nearest(source=path, ratio=_alike(name, _name(path))) for path in paths[:_MOST]]
        return self._with_quote(evidence, found)

    def _with_quote(self, evidence: Evidence, named: Sequence[Nearest]) -> tuple[Nearest, ...]:
        if not evidence.quote:
            return tuple(named)
        holding = self._exactly(
            span
            for one in named
            for span in self._finder.find(Evidence(source=one.source, quote=evidence.quote))
        )
        return holding or tuple(named)

    def _most_like(self, quote: str, documents: Iterable[str]) -> tuple[Nearest, ...]:
        found = []
        for id_ in documents:
            text = self._index.document(id_).text[:_MOST_READ]
            like = most_like(quote, text)
            if like and like.ratio >= _LEAST_LIKE:
                found.append(self._near(Span(id_, like.start, like.end), like.ratio))
        return tuple(sorted(found, key=lambda one: -one.ratio)[:1])

    def _likely(self, quote: str) -> list[str]:
        """The documents whose passages have most of a quote's words."""
        terms = self._index.analyzer.query_terms(quote)
        hits = self._index.search_lexical(terms, limit=_LOOKED_AT) if terms else []
        return list(dict.fromkeys(chunk.document_id for chunk, _ in hits))

    def _in_document(self, quote: str, document_id: str) -> list[Span]:
        path = self._index.sources_of(document_id)[0]
        found = self._finder.find(Evidence(source=path, quote=quote))
        return [span for span in found if span.document_id == document_id]

    def _exactly(self, spans: Iterable[Span]) -> tuple[Nearest, ...]:
        return tuple(self._near(span, 1.0) for span in list(spans)[:_MOST])

    def _near(self, span: Span, ratio: float) -> Nearest:
        place = self._index.place(span.document_id, span.start)
        text = self._index.document(span.document_id).text[span.start : span.end]
        return Nearest(source=place.source, page=place.page_index + 1, text=text, ratio=round(ratio, 3))

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        """All paths by their last part."""
        named: dict[str, list[str]] = defaultdict(list)
        for summary in self._index.documents():
            for path in summary.sources:
                named[_name(path)].append(path)
        return named

    @cached_property
    def _by_folded(self) -> dict[str, list[str]]:
        """The last parts of paths that differ by case and ending only."""
        folded: dict[str, list[str]] = defaultdict(list)
        for name in self._by_name:
            folded[_folded(name)].append(name)
        return folded


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _folded(name: str) -> str:
    """A name without its ending; the id of a row stays."""
    file, mark, row = name.casefold().partition("#")
    return f"{file.rpartition('.')[0] or file}{mark}{row}"


def _alike(one: str, other: str) -> float:
    return round(SequenceMatcher(None, one.casefold(), other.casefold()).ratio(), 3)
