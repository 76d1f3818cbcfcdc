"""Which chunks a filter lets through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ragkit.index.store import Row, Store, in_lists
from ragkit.stages import Analyzer
from ragkit.types import Filter

Numbers = NDArray[np.int64]
Holders = Callable[[Sequence[str]], Sequence[int]]
"""The numbers of the chunks that hold all of some terms."""

_DATED = (
    "CASE WHEN json_extract(d.metadata, '$.{0}') GLOB '[12][0-9][0-9][0-9]*' "
    "THEN json_extract(d.metadata, '$.{0}') END"
)
_DATE = (
    f"coalesce({', '.join(map(_DATED.format, ('date', 'modified', 'created')))})"  # only ISO dates compare
)
_SPACES = re.compile(r"\s+")
_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])")
_SENTINEL = "ragkitsentinel"
_CHINESE_WORD = "中国"


def select(store: Store, among: Filter, *, analyzer: Analyzer, holders: Holders, sequence: int) -> Numbers:
    """The numbers, in ascending order, of the chunks live at `sequence` that pass the filter."""
    numbers = _of_documents(store, among, sequence)
    for phrase in among.phrases:
        numbers = np.intersect1d(numbers, _holding(store, phrase, numbers, analyzer, holders))
    for word in among.without:
        numbers = np.setdiff1d(numbers, _holding(store, word, numbers, analyzer, holders))
    return numbers


def _of_documents(store: Store, among: Filter, sequence: int) -> Numbers:
    """The chunks whose document, page and metadata fit. Chunks live exactly as long as their document."""
    clauses = ["d.added <= ?", "(d.removed IS NULL OR d.removed > ?)"]
    values: list[object] = [sequence, sequence]
    for clause, more in _conditions(among):
        clauses.append(clause)
        values += more
    sql = (
        "SELECT c.number FROM chunks c WHERE c.document IN "  # noqa: S608  # own clauses
        f"(SELECT d.number FROM documents d WHERE {' AND '.join(clauses)})"
    )
    if among.pages:
        touching, edges = _touching(among)
        sql, values = f"{sql} AND {touching}", values + edges
    return np.sort(np.fromiter((row[0] for row in store.rows(sql, values)), np.int64))


def _touching(among: Filter) -> tuple[str, list[object]]:
    """A condition that a chunk has text on one of the pages."""
    ranges = " OR ".join("p.number BETWEEN ? AND ?" for _ in among.pages)
    touches = 'p.document = c.document AND p.start < c."end" AND p."end" > c.start'
    clause = f"EXISTS (SELECT 1 FROM pages p WHERE {touches} AND ({ranges}))"  # noqa: S608  # question marks
    return clause, [edge - 1 for page_range in among.pages for edge in page_range]


def _conditions(among: Filter) -> Iterator[tuple[str, list[object]]]:
    """Conditions that a document must meet."""
    if among.sources:
        fitting, values = _any_like("s.source", among.sources, below=True)
        yield f"EXISTS (SELECT 1 FROM sources s WHERE s.document_id = d.id AND {fitting})", values  # noqa: S608  # own clauses
    if among.titles:
        yield _any_like("d.title", among.titles)
    for key, wanted in among.metadata:
        fitting, values = _any_like("m.value", wanted)
        found = f"SELECT 1 FROM json_each(d.metadata) m WHERE casefold(m.key) = ? AND {fitting}"  # noqa: S608
        yield f"EXISTS ({found})", [key.casefold(), *values]
    if among.since:
        yield f"{_DATE} >= ?", [among.since]
    if among.until:
        yield f"substr({_DATE}, 1, ?) <= ?", [len(among.until), among.until]


def _any_like(value: str, patterns: Sequence[str], *, below: bool = False) -> tuple[str, list[object]]:
    """A condition that any of the patterns fits `value`; `below`: a wildcard may begin at any folder."""
    clauses: list[str] = []
    values: list[object] = []
    for pattern in patterns:
        like = pattern.casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        wild = like.replace("*", "%").replace("?", "_")
        options = [f"%{like}%"] if wild == like else [wild, f"%/{wild}"][: 1 + below]
        for option in options:
            clauses.append(f"casefold({value}) LIKE ? ESCAPE '\\'")
            values.append(option)
    return f"({' OR '.join(clauses)})", values


def _holding(store: Store, phrase: str, numbers: Numbers, analyzer: Analyzer, holders: Holders) -> Numbers:
    """The chunks in which a word stands in any of its forms, or more than a word as it is written."""
    terms = _content_terms(analyzer, phrase)
    found = np.unique(np.fromiter(holders(terms), np.int64)) if terms else numbers
    if len(terms) == 1 and len(phrase.split()) == 1:
        return found
    pattern = _pattern(phrase, analyzer)
    kept = [
        row[0]
        for row in _texts(store, np.intersect1d(found, numbers))
        if pattern.search(_normal(f"{row[1]}\n{row[2]}", analyzer))
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
