"""Rows of a file as documents: what is stored, embedded again, kept and forgotten."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from corpus import LIMITS, chunk_ids, config, queries, rankings, text, write_old

from ragkit import ingest_rows
from ragkit.chunkers import MarkdownConfig
from ragkit.embedders.hashing import HashingEmbedder
from ragkit.index import LocalIndex
from ragkit.ingest import Ingest
from ragkit.ingest_report import FileReport, IngestReport, RowCounts
from ragkit.rebuild import rebuild
from ragkit.stages import Progress, Vectors

Rows = dict[str, str]


class CountingEmbedder(HashingEmbedder):
    """Remembers every text that it embeds, and breaks down at a text that holds `fatal`."""

    def __init__(self) -> None:
        super().__init__(dimension=64)
        self.texts: list[str] = []
        self.fatal = ""

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        if self.fatal and any(self.fatal in one for one in texts):
            raise RuntimeError("the device is gone")
        self.texts += texts
        return super().embed_documents(texts)


class Room:
    """A file of rows and the index that it goes to."""

    def __init__(self, path: Path) -> None:
        self.path = path / "corpus.jsonl"
        self.embedder = CountingEmbedder()
        self.index: LocalIndex = config(path / "index").open_index(create=True)

    def write(self, rows: Rows, *more: str) -> None:
        lines = [json.dumps({"id": key, "title": "T", "text": value}) for key, value in rows.items()]
        write_old(self.path, "\n".join([*lines, *more]) + "\n")

    def run(self, *paths: Path, prune: bool = False) -> IngestReport:
        chunker = MarkdownConfig(size=40).build(self.embedder.token_spans, self.embedder.window)
        filler = Ingest(self.index, chunker=chunker, embedder=self.embedder, cleaners=(), limits=LIMITS)
        self.embedder.texts.clear()
        return filler.run(paths or [self.path], prune=prune)

    def file(self, rows: Rows, *more: str) -> FileReport:
        self.write(rows, *more)
        (report,) = self.run().files
        return report

    def stored(self) -> Rows:
        return {
            source.partition("#")[2]: self.index.document(document.id).text
            for document in self.index.documents()
            for source in document.sources
        }


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_each_row_is_a_document_and_the_report_one_file(room: Room) -> None:
    rows = {"a": text(1), "b": text(2), "odd//id#../x": "short"}
    report = room.file(rows)
    assert (report.status, report.pages, report.rows) == ("indexed", 3, RowCounts(indexed=3))
    assert report.chunks == len(chunk_ids(room.index))
    assert report.characters == sum(map(len, rows.values()))
    assert room.stored() == rows
    assert room.index.files() == [str(room.path)]


def test_an_unchanged_file_is_not_read(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    first = room.file({"a": text(1), "b": text(2)})
    monkeypatch.setattr(ingest_rows, "read_rows", None)
    (again,) = room.run().files
    assert (again.status, again.rows) == ("unchanged", RowCounts(unchanged=2))
    assert (again.chunks, again.characters) == (first.chunks, first.characters)


def test_of_a_changed_file_only_what_is_new_is_embedded_and_what_is_gone_removed(room: Room) -> None:
    room.file({"a": "zebra words", "b": "tiger words", "c": "camel words"})
    report = room.file({"c": "camel words", "a": "horse words", "d": "tiger words"})
    assert report.rows == RowCounts(indexed=1, unchanged=1, duplicate=1, removed=1)
    assert [one.splitlines()[-1] for one in room.embedder.texts] == ["horse words"]
    assert room.stored() == {"c": "camel words", "a": "horse words", "d": "tiger words"}
    assert not room.index.search_lexical(room.index.analyzer.terms("zebra"), limit=5)


def test_equal_rows_are_one_document(room: Room) -> None:
    report = room.file({"a": "same", "b": "same", "c": "other"})
    assert report.rows == RowCounts(indexed=2, duplicate=1)
    assert [len(document.sources) for document in room.index.documents()] == [2, 1]
    room.file({"b": "same", "c": "other"})
    assert room.stored() == {"b": "same", "c": "other"}


def test_the_first_of_two_rows_with_one_id_is_kept(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    for batch in (256, 1):
        monkeypatch.setattr(ingest_rows, "_ROWS", batch)
        report = room.file({"a": f"first {batch}", "b": "x"}, '{"id": "a", "text": "second"}')
        assert report.rows is not None
        assert report.rows.failed == 1
        assert report.warnings == ("line 3: the id 'a' stands on an earlier line already; that row is kept",)
        assert room.stored() == {"a": f"first {batch}", "b": "x"}


def test_bad_rows_are_named_again_until_they_are_mended(room: Room) -> None:
    room.file({"a": "x", "b": "y"})
    for _ in range(2):
        report = room.file({"a": "x"}, "{broken", '{"id": "c"}')
        assert report.rows == RowCounts(unchanged=1, failed=2)
        assert [warning.partition(":")[0] for warning in report.warnings[:2]] == ["line 2", "line 3"]
        assert "are kept until" in report.warnings[2]
        assert room.stored() == {"a": "x", "b": "y"}, "nobody knows which row is broken"
    assert room.run().files[0].rows == RowCounts(unchanged=1, failed=2)
    assert room.file({"a": "x"}).rows == RowCounts(unchanged=1, removed=1)


def test_only_the_first_of_many_bad_rows_are_listed(room: Room) -> None:
    report = room.file({"a": "x"}, *["{broken"] * 1000)
    assert len(report.warnings) == 22
    assert report.warnings[20] == "and 980 more rows that cannot be read"


@pytest.mark.parametrize("content", ["", "\n", "nothing\n", "\x00\x01\n"])
def test_a_file_without_a_row_fails_and_its_earlier_rows_stay(room: Room, content: str) -> None:
    room.file({"a": "x"})
    write_old(room.path, content)
    (report,) = room.run().files
    assert report.status == "failed"
    assert report.reason
    assert room.stored() == {"a": "x"}


def test_rows_of_a_file_that_is_gone_are_kept_until_pruned(room: Room) -> None:
    room.file({"a": "x", "b": "y"})
    room.path.unlink()
    assert room.run(room.path.parent / "index", prune=True).pruned == ()
    report = room.run(room.path)
    assert (report.missing, report.pruned) == ((str(room.path),), ())
    assert room.run(room.path, prune=True).pruned == (str(room.path),)
    assert room.index.sources() == []


def test_a_folder_does_not_bring_its_row_files(room: Room) -> None:
    room.write({"a": "x"})
    write_old(room.path.parent / "note.txt", "words")
    assert [Path(file.path).name for file in room.run(room.path.parent).files] == ["note.txt"]


def test_a_removed_row_comes_back_and_a_removed_file_too(room: Room) -> None:
    room.file({"a": "x", "b": "y", "c.csv": "z"})
    for source, left in ((f"{room.path}#c.csv", {"a", "b"}), (str(room.path), set())):
        with room.index.writer() as writer:
            assert writer.remove_source(source)
            assert not writer.remove_source(source)
        assert set(room.stored()) == left
        room.run()
        assert set(room.stored()) == {"a", "b", "c.csv"}
        assert room.embedder.texts == []


def test_a_run_that_dies_in_the_middle_is_taken_up_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_rows, "_ROWS", 2)
    rows = {str(n): f"row number {n}" for n in range(9)}
    room.file({**rows, "4": "fine", "old": "gone later"})
    room.write({**rows, "4": "fatal"})
    room.embedder.fatal = "fatal"
    with pytest.raises(RuntimeError):
        room.run()
    room.embedder.fatal = ""
    report = room.run().files[0]
    assert report.rows == RowCounts(indexed=1, unchanged=8, removed=1)
    assert room.stored() == {**rows, "4": "fatal"}
    assert room.run().files[0].status == "unchanged"


def test_a_change_while_the_clock_stands_is_noticed(room: Room) -> None:
    room.path.write_text('{"id": "a", "text": "zebra"}\n')
    room.run()
    room.path.write_text('{"id": "a", "text": "tiger"}\n')
    room.run()
    assert room.stored() == {"a": "tiger"}


def test_whatever_was_there_before_the_index_equals_a_fresh_one(tmp_path: Path) -> None:
    chance = random.Random(5)
    for number in range(6):
        old, fresh = Room(tmp_path / f"{number}-old"), Room(tmp_path / f"{number}-fresh")
        versions = [_some_rows(chance) for _ in range(3)]
        for version in versions:
            old.file(version)
        fresh.file(versions[-1])
        assert old.stored() == fresh.stored() == versions[-1]
        assert chunk_ids(old.index) == chunk_ids(fresh.index)
        asked = queries(12)
        assert rankings(old.index, old.embedder, asked) == rankings(fresh.index, fresh.embedder, asked)


def _some_rows(chance: random.Random) -> Rows:
    """Rows whose texts wander from id to id, so that every kind of change occurs."""
    ids = chance.sample(range(20), 12)
    return {str(key): text(chance.randrange(15)) for key in ids}


def test_a_rebuild_reads_the_files_again_and_keeps_what_is_gone(tmp_path: Path) -> None:
    made = config(tmp_path / "index")
    for name in ("a", "b"):
        write_old(
            tmp_path / f"{name}.jsonl", f'{{"id": 1, "text": "row {name}"}}\n{{"id": 2, "text": "two"}}\n'
        )
    with (filler := made.build_ingest()).index:
        filler.run([tmp_path / "a.jsonl", tmp_path / "b.jsonl"])
    (tmp_path / "b.jsonl").unlink()
    write_old(tmp_path / "a.jsonl", '{"id": 1, "text": "row new"}\n')
    report = rebuild(made.index, lambda path: config(path).build_ingest(), [])
    assert report.missing == (str(tmp_path / "b.jsonl"),)
    with made.open_index() as index:
        names = [source.rpartition("/")[2] for source in index.sources()]
    assert names == ["a.jsonl#1", "b.jsonl#1", "b.jsonl#2"]


def test_a_big_file_takes_no_more_memory_than_a_small_one(room: Room) -> None:
    import tracemalloc

    peaks = []
    for count in (1_000, 4_000):
        room.write({f"{count}-{n}": "one and the same text " * 20 for n in range(count)})
        tracemalloc.start()
        room.run()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5


def test_many_rows_are_stored_in_few_transactions(room: Room) -> None:
    room.file({str(n): "equal" for n in range(2_000)})
    assert room.index._store.number("sequence") < 20
