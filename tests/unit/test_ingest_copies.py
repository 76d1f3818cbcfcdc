"""Near-duplicate documents: stored whole, searched once, and searched again when the other one goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import LIMITS, text, write_old

from ragkit.chunkers import MarkdownConfig
from ragkit.config import Config
from ragkit.embedders import HashingConfig
from ragkit.embedders.hashing import HashingEmbedder
from ragkit.index import LocalIndex
from ragkit.ingest import Ingest
from ragkit.ingest_report import IngestReport

ONE = text(1)
NEARLY_ONE = ONE.replace(ONE.split()[40], "zebra", 1)
OTHER = text(2)


class Room:
    """Files, and an index that collapses near-duplicates or not."""

    def __init__(self, path: Path) -> None:
        self.files = path / "files"
        self.files.mkdir()
        self.index: LocalIndex = Config(
            index=path / "index", embedder=HashingConfig(dimension=32)
        ).open_index(create=True)

    def write(self, **contents: str) -> None:
        for name, content in contents.items():
            write_old(self.files / f"{name}.md", content)

    def run(self, near: float | None = 0.9, *, prune: bool = False, path: Path | None = None) -> IngestReport:
        embedder = HashingEmbedder(dimension=32)
        chunker = MarkdownConfig(size=60).build(embedder.token_spans, embedder.window)
        filler = Ingest(
            self.index, chunker=chunker, embedder=embedder, cleaners=(), limits=LIMITS, near_duplicates=near
        )
        return filler.run([path or self.files], prune=prune)

    def searched(self) -> list[str]:
        return [Path(one.sources[0]).name for one in self.index.documents() if one.chunks]

    def hits(self, word: str) -> set[str]:
        terms = self.index.analyzer.terms(word)
        return {chunk.document_id for chunk, _ in self.index.search_lexical(terms, limit=50)}


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_by_default_every_document_is_searched(room: Room) -> None:
    room.write(a=ONE, b=NEARLY_ONE)
    room.run(None)
    assert room.searched() == ["a.md", "b.md"]


def test_a_near_duplicate_is_stored_and_told_but_not_searched(room: Room) -> None:
    room.write(a=ONE, b=NEARLY_ONE, c=OTHER)
    report = room.run()
    assert room.searched() == ["a.md", "c.md"]
    assert [Path(one.sources[0]).name for one in room.index.documents()] == ["a.md", "b.md", "c.md"]
    told = next(file for file in report.files if file.path.endswith("b.md"))
    assert told.status == "duplicate"
    assert "the same text as" in told.reason and "a.md" in told.reason
    stored = room.index.document_at(str(room.files / "b.md"))
    assert stored and room.index.document(stored).text == NEARLY_ONE
    assert room.hits("zebra") == set()


def test_what_is_there_is_compared_with_in_later_runs(room: Room) -> None:
    room.write(a=ONE)
    room.run()
    room.write(b=NEARLY_ONE)
    room.run()
    assert room.searched() == ["a.md"]
    assert [file.status for file in room.run().files] == ["unchanged", "unchanged"]


def test_when_the_other_is_pruned_it_is_searched_again(room: Room) -> None:
    room.write(a=ONE, b=NEARLY_ONE)
    room.run()
    (room.files / "a.md").unlink()
    room.run(None, prune=True)
    assert room.searched() == ["b.md"]
    (stored,) = room.index.documents()
    assert stored.warnings == ()
    assert room.hits("zebra") == {stored.id}


def test_when_the_other_changes_it_is_searched_again(room: Room) -> None:
    room.write(a=ONE, b=NEARLY_ONE)
    room.run()
    room.write(a=OTHER)
    room.run()
    assert room.searched() == ["a.md", "b.md"]


def test_a_file_is_not_compared_with_its_own_earlier_version(room: Room) -> None:
    room.write(a=ONE, c=OTHER)
    room.run()
    room.write(a=NEARLY_ONE)
    room.run()
    assert room.searched() == ["a.md", "c.md"]
    assert len(room.hits("zebra")) == 1


def test_of_two_orphans_one_is_searched(room: Room) -> None:
    room.write(a=ONE, b=NEARLY_ONE, c=NEARLY_ONE.replace("zebra", "giraffe"))
    room.run()
    assert room.searched() == ["a.md"]
    (room.files / "a.md").unlink()
    room.run(prune=True)
    assert len(room.searched()) == 1


def test_rows_of_data_sets_are_compared_too(room: Room, tmp_path: Path) -> None:
    import json

    rows = [{"id": str(n), "text": value} for n, value in enumerate((ONE, OTHER, NEARLY_ONE))]
    corpus = tmp_path / "corpus.jsonl"
    write_old(corpus, "".join(json.dumps(row) + "\n" for row in rows))
    room.run(path=corpus)
    assert sorted(room.searched()) == ["corpus.jsonl#0", "corpus.jsonl#1"]
    assert len(room.index.documents()) == 3


def test_the_same_text_under_two_paths_stays_one_document(room: Room) -> None:
    room.write(a=ONE, b=ONE)
    room.run()
    assert [len(one.sources) for one in room.index.documents()] == [2]
