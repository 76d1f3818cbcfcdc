"""Where quoted evidence stands in the documents: exact characters, whatever the chunks are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ragkit.evaluation.golden import Evidence
from ragkit.stages import Documents

_KEPT = 256  # documents whose letters are remembered


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The characters from `start` to `end` of a document."""

    document_id: str
    start: int
    end: int

    def shared(self, other: Span) -> int:
        """How many characters both hold."""
        if self.document_id != other.document_id:
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def __len__(self) -> int:
        return self.end - self.start


class EvidenceFinder:
    """Finds the quotes of evidence in documents."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._letters = lru_cache(_KEPT)(self._read_letters)

    def documents_of(self, evidence: Evidence) -> list[str]:
        """The documents under the evidence's path, which may be the end of several."""
        wanted = _parts(evidence.source)
        named = self._by_name[wanted[-1]]
        return list(dict.fromkeys(id_ for parts, id_ in named if parts[-len(wanted) :] == wanted))

    def find(self, evidence: Evidence) -> list[Span]:
        """Where the quote stands, once for each document; nothing where it does not stand.

        Only letters and digits are compared, case ignored, so that line ends, spaces and punctuation of
        another reading of the file do not matter. Without a quote it is the page, or the document.
        """
        return [span for id_ in self.documents_of(evidence) if (span := self._within(evidence, id_))]

    def _within(self, evidence: Evidence, document_id: str) -> Span | None:
        document = self._documents.document(document_id)
        start, end = 0, len(document.text)
        if evidence.page is not None:
            if evidence.page > len(document.pages):
                return None
            page = document.pages[evidence.page - 1]
            start, end = page.start, page.end
        if not evidence.quote:
            return Span(document_id, start, end)
        return _quoted(evidence.quote, self._letters(document_id), Span(document_id, start, end))

    def _read_letters(self, document_id: str) -> _Letters:
        return _letters(self._documents.document(document_id).text)

    @cached_property
    def _by_name(self) -> dict[str, list[tuple[list[str], str]]]:
        """The documents by the last part of their paths."""
        named: dict[str, list[tuple[list[str], str]]] = defaultdict(list)
        for summary in self._documents.documents():
            for source in summary.sources:
                parts = _parts(source)
                named[parts[-1]].append((parts, summary.id))
        return named


@dataclass(frozen=True, slots=True)
class _Letters:
    """The letters and digits of a text, case folded, and where each stands."""

    text: str
    places: Sequence[int]


def _parts(source: str) -> list[str]:
    return source.strip("/").split("/")


def _letters(text: str) -> _Letters:
    kept = [
        (folded, place)
        for place, letter in enumerate(text)
        if letter.isalnum() and len(folded := letter.lower()) == 1
    ]
    return _Letters("".join(letter for letter, _ in kept), [place for _, place in kept])


def _quoted(quote: str, letters: _Letters, within: Span) -> Span | None:
    wanted = _letters(quote).text
    at = letters.text.find(wanted) if wanted else -1
    while at >= 0:
        first, last = letters.places[at], letters.places[at + len(wanted) - 1] + 1
        if within.start <= first and last <= within.end:
            return Span(within.document_id, first, last)
        at = letters.text.find(wanted, at + 1)
    return None


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same characters in spans that do not touch each other."""
    whole: list[Span] = []
    for span in sorted(spans):
        last = whole[-1] if whole else None
        if last and last.document_id == span.document_id and span.start <= last.end:
            whole[-1] = Span(last.document_id, last.start, max(last.end, span.end))
        else:
            whole.append(span)
    return whole


def shared(first: Iterable[Span], second: Iterable[Span]) -> int:
    """How many characters two sets of spans have in common."""
    others = joined(second)
    return sum(one.shared(other) for one in joined(first) for other in others)
