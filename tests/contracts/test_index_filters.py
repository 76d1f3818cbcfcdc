"""The contract of filters: what a search among some passages finds, against reading every passage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ragkit.embedders import HashingConfig
from ragkit.index import DenseKind, IndexSettings, LocalIndex
from ragkit.language import UnicodeAnalyzer
from ragkit.types import EVERYTHING, Chunk, Document, Filter, Page, SourceState

EMBEDDER = HashingConfig(dimension=32).build()
TITLES = ("Annual Report 2020", "Field Notes", "软件许可证手册", "Travel_50%")
WORDS = ("river", "budget", "party", "state of the art", "to be or not to be", "风险管理", "许可证", "ART")
COUNT = 240


def body(number: int) -> str:
    """Two phrases on each of two pages; what stands where follows from the number."""
    first = f"{WORDS[number % 8]} common {WORDS[(number // 8) % 8]}"
    second = f"rivers common {WORDS[(number // 3) % 8]} end"
    return f"{first}\n{second}"


def day(number: int) -> str:
    return f"20{10 + number % 12}-0{1 + number % 9}-15"


def metadata(number: int) -> dict[str, str]:
    """A date, written in one of several ways, and an author; in one of eleven a text instead of the date."""
    if number % 11 == 0:
        return {"date": "Monday, 3 May", "modified": "2015-01-01"}
    year, month, last = day(number).split("-")
    written = (
        day(number),
        f"{year}/{int(month)}/{last}",
        f"{year}{month}{last}",
        f"{year}年{int(month)}月{last}日",
        f"{day(number)}T10:00:00Z",
    )[number % 5]
    return {"Date" if number % 2 else "date": written, "created": "1999", "Author": f"Ann {number % 5}"}


def dated(document: Document) -> str:
    """The date that filters compare: the first that is one."""
    number = int(document.id[1:])
    return day(number) if number % 11 else "2015-01-01"


def add(index: LocalIndex, numbers: range) -> None:
    with index.writer() as writer:
        for number in numbers:
            text = body(number)
            middle = text.index("\n") + 1
            spans = ((0, middle), (middle, len(text)))
            chunks = [
                Chunk(id=f"c{number:04}{place}", document_id=f"d{number:04}", start=a, end=b, text=text[a:b])
                for place, (a, b) in enumerate(spans)
            ]
            writer.save_vectors(
                [chunk.search_text for chunk in chunks],
                EMBEDDER.embed_documents([chunk.search_text for chunk in chunks]),
            )
            document = Document(
                id=f"d{number:04}",
                source="",
                title=TITLES[number % 4],
                text=text,
                pages=tuple(Page(index=i, label="", start=a, end=b) for i, (a, b) in enumerate(spans)),
                language="en",
                metadata=metadata(number),
            )
            source = (
                f"/data/{'reports' if number % 2 else 'notes'}/File-{number}.{'pdf' if number % 3 else 'md'}"
            )
            writer.add(document, chunks, SourceState(source=source, size=1, mtime_ns=0, checked_ns=1))


@pytest.fixture(params=["flat", "ivf", "hnsw", "flat, jieba"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalIndex]:
    """An index of 480 passages, a third of them added after the views were written, some removed."""
    kind: DenseKind = request.param.removesuffix(", jieba")
    if kind != request.param:
        pytest.importorskip("jieba")
    analyzer = UnicodeAnalyzer(chinese="ngrams" if kind == request.param else "jieba")
    settings = IndexSettings(embedder="h", dimension=32, analyzer=analyzer.name, chunker="made")
    with LocalIndex(tmp_path, analyzer=analyzer, settings=settings, create=True, dense_kind=kind) as made:
        add(made, range(160))
        add(made, range(160, COUNT))
        with made.writer() as writer:
            for source in made.sources()[:12]:
                writer.remove_source(source)
        yield made


def living(index: LocalIndex) -> list[tuple[Chunk, Document]]:
    return [
        (chunk, document)
        for summary in index.documents()
        for document in [index.document(summary.id)]
        for chunk in index.chunks(summary.id)
    ]


CASES = {
    "source": (Filter(sources=("file-7.",)), lambda c, d: "File-7." in d.source),
    "folder": (
        Filter(sources=("reports/*.pdf",)),
        lambda c, d: "/reports/" in d.source and d.source.endswith("pdf"),
    ),
    "two sources": (
        Filter(sources=("File-3.md", "file-4.")),
        lambda c, d: d.source.split("/")[-1] in ("File-3.md", "File-4.pdf"),
    ),
    "a folder and the beginning of a name": (
        Filter(sources=("/Reports/file-1",)),
        lambda c, d: "/reports/File-1" in d.source,
    ),
    "part of a folder's name": (Filter(sources=("eports/", "ata/*.pdf")), lambda c, d: False),
    "a folder without a slash": (Filter(sources=("data", "re?orts*")), lambda c, d: False),
    "title": (Filter(titles=("annual",)), lambda c, d: d.title.startswith("Annual")),
    "chinese title": (Filter(titles=("许可证",)), lambda c, d: "许可证" in d.title),
    "signs of patterns": (Filter(titles=("_50%",)), lambda c, d: d.title == "Travel_50%"),
    "page": (Filter(pages=((2, 2),)), lambda c, d: c.start > 0),
    "no such page": (Filter(pages=((3, 9),)), lambda c, d: False),
    "metadata": (
        Filter(metadata=(("author", ("ANN 3",)),)),
        lambda c, d: d.metadata.get("Author") == "Ann 3",
    ),
    "no such key": (Filter(metadata=(("publisher", ("x",)),)), lambda c, d: False),
    "since": (Filter(since="2018-05"), lambda c, d: dated(d) >= "2018-05"),
    "one day": (Filter(since="2013-04-15", until="2013-04-15"), lambda c, d: dated(d) == "2013-04-15"),
    "until": (Filter(until="2012"), lambda c, d: dated(d)[:4] <= "2012"),
    "phrase": (Filter(phrases=("State of  the ART",)), lambda c, d: "state of the art" in c.text),
    "phrase of one word": (Filter(phrases=("Rivers",)), lambda c, d: "rivers" in c.text.split()),
    "phrase of one unknown form": (Filter(phrases=("rivering",)), lambda c, d: False),
    "without a word as written": (Filter(without=('"rivers"',)), lambda c, d: "rivers" not in c.text.split()),
    "without an unknown form": (Filter(without=('"rivering"',)), lambda c, d: True),
    "phrase inside words": (Filter(phrases=("art",)), lambda c, d: "art" in c.text.lower().split()),
    "phrase of common words": (Filter(phrases=("not to be",)), lambda c, d: "not to be" in c.text),
    "chinese phrase": (Filter(phrases=("险管理",)), lambda c, d: "险管理" in c.text),
    "chinese phrase in other characters": (Filter(phrases=("許可證",)), lambda c, d: "许可证" in c.text),
    "two phrases": (Filter(phrases=("风险管理", "common")), lambda c, d: "风险管理" in c.text),
    "unknown phrase": (Filter(phrases=("zebra crossing",)), lambda c, d: False),
    "without": (Filter(without=("river",)), lambda c, d: "river" not in c.text),
    "chinese phrase across words": (Filter(phrases=("险管",)), lambda c, d: "险管" in c.text),
    "without a chinese character": (Filter(without=("险",)), lambda c, d: "险" not in c.text),
    "without chinese": (Filter(without=("许可证",)), lambda c, d: "许可证" not in c.text),
    "thousands of conditions": (
        Filter(
            sources=(*(f"x{n}" for n in range(1100)), *(f"y/x{n}*" for n in range(1100)), "file-7"),
            titles=(*(f"*x{n}" for n in range(1100)), "o"),
            pages=(*((n, n) for n in range(3, 3000, 2)), (1, 1)),
            metadata=(("author", tuple(f"Ann {n}" for n in range(1, 1100))),),
            without=tuple(f"x{n}" for n in range(1100)),
        ),
        lambda c, d: (
            "File-7" in d.source
            and c.start == 0
            and "o" in d.title
            and d.metadata.get("Author", "0")[-1] > "0"
        ),
    ),
    "thousands of keys": (
        Filter(metadata=tuple((f"k{n}", ("x",)) for n in range(1100))),
        lambda c, d: False,
    ),
    "paths": (
        Filter(paths=("/data/reports/File-71.pdf", "/data/notes/File-200.pdf", "/data/notes", "File-73.pdf")),
        lambda c, d: d.id in {"d0071", "d0200"},
    ),
    "paths of removed documents": (Filter(paths=("/data/notes/File-0.md",)), lambda c, d: False),
    "thousands of paths": (
        Filter(paths=tuple(f"/data/reports/File-{n}.pdf" for n in range(2000)), since="2015"),
        lambda c, d: "/reports/" in d.source and d.source.endswith("pdf") and dated(d) >= "2015",
    ),
    "one filter within another": (
        Filter(
            sources=("*.pdf",),
            within=Filter(sources=("/reports/",), pages=((1, 1),), within=Filter(phrases=("common",))),
        ),
        lambda c, d: d.source.endswith("pdf") and "/reports/" in d.source and c.start == 0,
    ),
    "all together": (
        Filter(sources=("*.pdf",), pages=((1, 1),), since="2015", phrases=("common",), without=("budget",)),
        lambda c, d: (
            d.source.endswith("pdf") and c.start == 0 and dated(d) >= "2015" and "budget" not in c.text
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_filter_leaves_what_reading_every_passage_leaves(index: LocalIndex, case: str) -> None:
    among, passes = CASES[case]
    expected = {c.id for c, d in living(index) if passes(c, d)}
    vector = EMBEDDER.embed_query("common")
    found = {chunk.id for chunk, _ in index.search_dense(vector, limit=1000, among=among)}
    assert found == expected
    lexical = {chunk.id for chunk, _ in index.search_lexical(["common"], limit=1000, among=among)}
    assert lexical == expected


@pytest.mark.parametrize("few", [0, 10_000])
@pytest.mark.parametrize("case", ["folder", "since", "without", "phrase inside words"])
def test_order_and_scores_are_those_without_a_filter(
    index: LocalIndex, case: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether few passages are compared one by one or many are searched."""
    monkeypatch.setattr("ragkit.index.lexical._FEW", few)
    monkeypatch.setattr("ragkit.index.dense._FEW", few)
    among, passes = CASES[case]
    kept = {c.id for c, d in living(index) if passes(c, d)}
    for query in ("river budget", "state of the art party", "风险管理 许可证"):
        terms, vector = index.analyzer.terms(query), EMBEDDER.embed_query(query)
        every = index.search_lexical(terms, limit=1000)
        assert index.search_lexical(terms, limit=7, among=among) == [h for h in every if h[0].id in kept][:7]
        every = index.search_dense(vector, limit=1000)
        filtered = index.search_dense(vector, limit=7, among=among)
        assert filtered == [h for h in every if h[0].id in kept][:7]


@pytest.mark.parametrize("case", ["paths", "page", "one filter within another"])
def test_one_passage_passes_where_a_search_finds_it(index: LocalIndex, case: str) -> None:
    among, passes = CASES[case]
    for chunk, document in living(index):
        assert index.passes(chunk, among) == passes(chunk, document)
    assert not index.passes(replace(chunk, id="other"), EVERYTHING)
    assert index.passes(chunk, EVERYTHING)


def test_a_document_of_several_paths_passes_by_any_of_them(index: LocalIndex) -> None:
    document_id, state = index.source("/data/reports/File-71.pdf") or pytest.fail("it is there")
    with index.writer() as writer:
        writer.alias(document_id, replace(state, source="/elsewhere/copy.pdf"))
    vector = EMBEDDER.embed_query("common")
    for path in ("/elsewhere/copy.pdf", "/data/reports/File-71.pdf"):
        found = index.search_dense(vector, limit=10, among=Filter(paths=("/nowhere", path)))
        assert {chunk.document_id for chunk, _ in found} == {document_id}


def test_the_path_of_a_file_of_rows_stands_for_its_rows(index: LocalIndex) -> None:
    document_id, state = index.source("/data/reports/File-71.pdf") or pytest.fail("it is there")
    with index.writer() as writer:
        for row in ("q.csv#1", "q.csv#2", "q.csv2#1"):
            writer.alias(document_id, replace(state, source=f"/data/{row}"))
    vector = EMBEDDER.embed_query("common")
    for path, count in (("/data/q.csv", 2), ("/data/q.csv#2", 2), ("/data/q.csv#3", 0), ("/data/q", 0)):
        assert len(index.search_dense(vector, limit=10, among=Filter(paths=(path,)))) == count


def test_a_remembered_filter_follows_changes(index: LocalIndex) -> None:
    among = Filter(sources=("notes/",))
    vector = EMBEDDER.embed_query("common")
    before = index.search_dense(vector, limit=1000, among=among)
    gone = next(source for source in index.sources() if "/notes/" in source)
    with index.writer() as writer:
        writer.remove_source(gone)
    after = index.search_dense(vector, limit=1000, among=among)
    assert len(after) == len(before) - 2
    assert index.search_dense(vector, limit=1000, among=EVERYTHING) != after


def test_recall_is_one_where_search_is_exact_and_less_where_it_is_not(
    index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress: list[tuple[int, int]] = []
    measured = index.recall(sample=20, progress=lambda done, total: progress.append((done, total)))
    assert measured >= 0.95
    assert progress[-1] == (index.statistics().chunks,) * 2
    search = index._dense.search
    monkeypatch.setattr(index._dense, "search", lambda vector, limit: search(-np.asarray(vector), limit))
    assert index.recall(sample=20) < 0.5
