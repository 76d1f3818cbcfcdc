"""Which chunks a filter lets through."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ragkit.index.matching import any_source_fits, document_fits
from ragkit.index.row_sources import documents_at
from ragkit.index.store import Row, Store, in_lists
from ragkit.stages import Analyzer
from ragkit.types import Filter

Numbers = NDArray[np.int64]
Holders = Callable[[Sequence[str]], Sequence[int]]
"""The numbers of the chunks that hold all of some terms."""
_Documents = tuple[str, tuple[object, ...]]  # a query for their numbers, and its values

_MOST_RANGES = 400  # in one query: SQLite nests them, at most 1,000 deep
_LIVE = "d.added <= ? AND (d.removed IS NULL OR d.removed > ?)"
_WITH_ID = "SELECT d.number FROM documents d WHERE d.id IN (SELECT value FROM json_each(?))"
_IN_RANGE = "p.number BETWEEN ? AND ?"
_TOUCHING = (
    "EXISTS (SELECT 1 FROM pages p WHERE p.document = c.document "
    'AND p.start < c."end" AND p."end" > c.start AND ({}))'
)
_QUOTED_WORD = re.compile(r'"\S+"')
_SPACES = re.compile(r"\s+")
_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])")
_SENTINEL = "ragkitsentinel"
_CHINESE_WORD = "中国"


def select(store: Store, among: Filter, *, analyzer: Analyzer, holders: Holders, sequence: int) -> Numbers:
    """The numbers, in ascending order, of the chunks live at `sequence` that pass the filter.

    However many conditions there are. A word of `without` in quotation marks is meant as it is written.
    """
    numbers = _on_pages(store, _fitting_documents(store, among, sequence), among.pages)
    if among.within:
        passing = select(store, among.within, analyzer=analyzer, holders=holders, sequence=sequence)
        numbers = np.intersect1d(numbers, passing)
    for phrase in dict.fromkeys(among.phrases):
        numbers = _written(store, phrase, numbers, analyzer, holders)
    for word in dict.fromkeys(among.without):
        numbers = np.setdiff1d(numbers, _excluded(store, word, numbers, analyzer, holders))
    return numbers


def _fitting_documents(store: Store, among: Filter, sequence: int) -> _Documents:
    """The documents whose path, title and metadata fit."""
    live = (sequence, sequence)
    chosen: list[set[int]] = []
    if among.paths:
        chosen.append(_at_paths(store, among.paths, sequence))
    if among.sources:
        fits = any_source_fits(among.sources)
        joined = "documents d JOIN sources s ON s.document_id = d.id"
        chosen.append({row[0] for row in _live(store, "d.number, s.source", joined, live) if fits(row[1])})
    if among.titles or among.metadata or among.since or among.until:
        described = document_fits(among)
        rows = _live(store, "d.number, d.title, d.metadata", "documents d", live)
        chosen.append({row[0] for row in rows if described(row[1], json.loads(row[2]))})
    if not chosen:
        return f"SELECT d.number FROM documents d WHERE {_LIVE}", live  # noqa: S608  # own clauses
    return "SELECT value FROM json_each(?)", (json.dumps(sorted(set.intersection(*chosen))),)


def _at_paths(store: Store, paths: Sequence[str], sequence: int) -> set[int]:
    """The documents of which one path is listed, or the file of rows that it stands in."""
    ids = json.dumps(documents_at(store, paths))
    living = (f"{_WITH_ID} AND d.removed IS NULL AND d.added <= ?", (ids, sequence))
    removed_since = (f"{_WITH_ID} AND d.removed > ? AND d.added <= ?", (ids, sequence, sequence))
    return {row[0] for sql, values in (living, removed_since) for row in store.rows(sql, values)}


def _live(store: Store, columns: str, tables: str, live: tuple[int, int]) -> Iterator[Row]:
    """Rows of the documents that live."""
    return chain.from_iterable(store.stream(f"SELECT {columns} FROM {tables} WHERE {_LIVE}", live))  # noqa: S608  # own clauses


def _on_pages(store: Store, documents: _Documents, pages: Sequence[tuple[int, int]]) -> Numbers:
    """The chunks of documents that have text on one of the pages. They live as long as their document."""
    sql = f"SELECT c.number FROM chunks c WHERE c.document IN ({documents[0]})"  # noqa: S608  # own clauses
    values: list[object] = [*documents[1]]
    if not pages:
        return _numbers(store.rows(sql, values))
    ranges = _disjoint(pages)
    found: list[Row] = []
    for start in range(0, len(ranges), _MOST_RANGES):
        part = ranges[start : start + _MOST_RANGES]
        touching = _TOUCHING.format(" OR ".join([_IN_RANGE] * len(part)))
        edges = [edge - 1 for page_range in part for edge in page_range]
        found += store.rows(f"{sql} AND {touching}", [*values, *edges])
    return _numbers(found)


def _numbers(rows: Iterable[Row]) -> Numbers:
    return np.unique(np.fromiter((row[0] for row in rows), np.int64))


def _disjoint(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same numbers in as few ranges as can be."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return merged


def _excluded(store: Store, word: str, numbers: Numbers, analyzer: Analyzer, holders: Holders) -> Numbers:
    """The chunks in which a word stands in any of its forms, or what is quoted or longer as it is written."""
    if _QUOTED_WORD.fullmatch(word):
        return _written(store, word[1:-1], numbers, analyzer, holders)
    terms = _content_terms(analyzer, word)
    if len(terms) == 1 and len(word.split()) == 1:
        return np.unique(np.fromiter(holders(terms), np.int64))
    return _written(store, word, numbers, analyzer, holders)


def _written(store: Store, phrase: str, numbers: Numbers, analyzer: Analyzer, holders: Holders) -> Numbers:
    """Those of the chunks in which a phrase stands word for word."""
    terms = _content_terms(analyzer, phrase)
    if terms and len(numbers):
        numbers = np.intersect1d(numbers, np.fromiter(holders(terms), np.int64))
    pattern = _pattern(phrase, analyzer)
    kept = [
        row[0] for row in _texts(store, numbers) if pattern.search(_normal(f"{row[1]}\n{row[2]}", analyzer))
    ]
    return np.array(sorted(kept), np.int64)


def _content_terms(analyzer: Analyzer, phrase: str) -> list[str]:
    """The terms by which a phrase can be looked up: none, where it is of words that are not indexed.

    Word by word, for a phrase alone may be taken for another language than the passage around it.
    A dictionary cuts Chinese by its context, so that its words are no way to look a phrase up.
    """
    ending = len(analyzer.terms(_SENTINEL))
    whole = not set(_CHINESE_WORD).issubset(analyzer.terms(_CHINESE_WORD))
    words = [word for word in phrase.split() if not (whole and any(map(_is_unspaced, word)))]
    terms = (analyzer.terms(f"{word} {_SENTINEL}")[:-ending] for word in words)
    return list(dict.fromkeys(chain.from_iterable(terms)))


def _texts(store: Store, numbers: Numbers) -> Iterator[Row]:
    for marks, part in in_lists(numbers.tolist()):
        yield from store.rows(f"SELECT number, heading, text FROM chunks WHERE number IN ({marks})", part)  # noqa: S608


def _pattern(phrase: str, analyzer: Analyzer) -> re.Pattern[str]:
    """Where the phrase stands between ends of words; scripts without spaces have none."""
    wanted = _normal(phrase, analyzer)
    before = r"(?<!\w)" if _is_spaced(wanted[:1]) else ""
    after = r"(?!\w)" if _is_spaced(wanted[-1:]) else ""
    return re.compile(before + re.escape(wanted) + after)


def _is_spaced(char: str) -> bool:
    return char.isalnum() and char < "\u2e80"


def _is_unspaced(char: str) -> bool:
    return char.isalnum() and char >= "\u2e80"


def _normal(text: str, analyzer: Analyzer) -> str:
    """One spelling, and no spacing that does not part words."""
    return _GAP.sub("", _SPACES.sub(" ", analyzer.folded(text))).strip()
