"""From files to an index: what is read, embedded, kept and forgotten."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from corpus import DEMO, LIMITS, chunk_ids, config, ingest, text, write_corpus, write_old

from ragkit import ingest as ingest_module
from ragkit import ingest_run
from ragkit.chunkers import MarkdownConfig
from ragkit.embedders import HashingConfig
from ragkit.embedders.hashing import HashingEmbedder
from ragkit.errors import LoadError
from ragkit.index import LocalIndex
from ragkit.ingest import Ingest
from ragkit.ingest_report import IngestProgress, IngestReport
from ragkit.stages import Progress, Vectors


class CountingEmbedder(HashingEmbedder):
    """Remembers every text that it embeds."""

    def __init__(self) -> None:
        super().__init__(dimension=64)
        self.texts: list[str] = []

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        self.texts += texts
        return super().embed_documents(texts)


class Room:
    """A folder of files and the index that they go to."""

    def __init__(self, path: Path) -> None:
        self.files = path / "files"
        self.files.mkdir()
        self.embedder = CountingEmbedder()
        self.index: LocalIndex = config(path / "index").open_index(create=True)

    def write(self, name: str, content: str) -> Path:
        (self.files / name).parent.mkdir(parents=True, exist_ok=True)
        write_old(self.files / name, content)
        return self.files / name

    def run(self, *paths: Path, prune: bool = False) -> IngestReport:
        chunker = MarkdownConfig(size=40).build(self.embedder.token_spans, self.embedder.window)
        filler = Ingest(self.index, chunker=chunker, embedder=self.embedder, cleaners=(), limits=LIMITS)
        self.embedder.texts.clear()
        return filler.run(paths or [self.files], prune=prune)

    def status(self, report: IngestReport) -> dict[str, str]:
        return {Path(file.path).name: file.status for file in report.files}

    def terms_found(self, word: str) -> int:
        return len(self.index.search_lexical(self.index.analyzer.terms(word), limit=10))


def never_read(path: Path, **options: object) -> None:
    raise AssertionError(f"{path} was parsed")


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_unchanged_files_are_not_opened(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.write("a.md", text(1))
    room.write("b.txt", text(2))
    room.run()
    read: list[Path] = []
    monkeypatch.setattr(ingest_run, "file_id", read.append)
    monkeypatch.setattr(ingest_module, "loader_for", read.append)
    report = room.run()
    assert room.status(report) == {"a.md": "unchanged", "b.txt": "unchanged"}
    assert read == []
    assert all(file.pages == 1 and file.chunks > 1 and file.characters > 100 for file in report.files)


def test_a_touched_file_of_the_same_content_is_not_parsed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = room.write("a.md", text(1))
    room.run()
    os.utime(path, (1, 1))
    monkeypatch.setattr(ingest_module, "read_document", never_read)
    assert room.status(room.run()) == {"a.md": "unchanged"}
    monkeypatch.setattr(ingest_run, "file_id", None)
    assert room.status(room.run()) == {"a.md": "unchanged"}


def test_a_change_within_the_clock_tick_of_the_last_reading_is_noticed(room: Room) -> None:
    path = room.files / "a.txt"
    path.write_text("zebra words", encoding="utf-8")
    room.run()
    stamp = path.stat().st_mtime_ns
    path.write_text("tiger words", encoding="utf-8")
    os.utime(path, ns=(stamp, stamp))
    assert room.status(room.run()) == {"a.txt": "indexed"}
    assert room.terms_found("tiger") == 1
    assert room.terms_found("zebra") == 0


def test_only_texts_that_are_new_are_embedded(room: Room) -> None:
    paragraphs = [f"## Part {n}\n\n" + f"word{n} " * 25 + "end.\n\n" for n in range(6)]
    room.write("a.md", "".join(paragraphs))
    room.run()
    assert len(room.embedder.texts) == len(set(room.embedder.texts)) == len(chunk_ids(room.index))
    room.write("a.md", "".join([*paragraphs[:3], "## New\n\n" + "fresh " * 25 + "end.\n\n", *paragraphs[3:]]))
    report = room.run()
    assert room.status(report) == {"a.md": "indexed"}
    assert len(room.embedder.texts) == 1
    assert "fresh" in room.embedder.texts[0]


def test_a_removed_text_that_comes_back_is_not_embedded_again(room: Room) -> None:
    room.write("a.md", text(1))
    room.run()
    (room.files / "a.md").unlink()
    assert room.run(prune=True).pruned == (str(room.files / "a.md"),)
    room.write("b.md", text(1))
    assert room.status(room.run()) == {"b.md": "indexed"}
    assert room.embedder.texts == []


def test_the_same_content_under_two_paths_is_one_document(room: Room) -> None:
    first, second = room.write("a.md", text(1)), room.write("b.md", text(1))
    report = room.run()
    assert sorted(file.status for file in report.files) == ["duplicate", "indexed"]
    assert [document.sources for document in room.index.documents()] == [(str(first), str(second))]
    third = room.write("c.md", text(1))
    report = room.run()
    assert {file.path: file.reason for file in report.files}[str(third)] == f"same content as {first}"
    first.unlink()
    second.unlink()
    room.run(prune=True)
    assert [document.sources for document in room.index.documents()] == [(str(third),)]
    third.unlink()
    room.run(prune=True)
    assert room.index.documents() == []
    assert room.terms_found(text(1)) == 0


def test_two_files_that_swap_their_contents_are_both_kept(room: Room) -> None:
    room.write("a.md", text(1))
    room.write("b.md", text(2))
    room.run()
    room.write("a.md", text(2))
    room.write("b.md", text(1) + " ")
    room.write("b.md", text(1))
    room.run()
    texts = {document.sources: room.index.document(document.id).text for document in room.index.documents()}
    assert texts == {(str(room.files / "a.md"),): text(2), (str(room.files / "b.md"),): text(1)}


def test_vanished_files_are_kept_until_pruned_and_only_below_the_given_paths(room: Room) -> None:
    for name in ("x/a.md", "y/b.md"):
        room.write(name, text(name))
    room.run()
    for name in ("x/a.md", "y/b.md"):
        (room.files / name).unlink()
    report = room.run(room.files / "x")
    assert (report.missing, report.pruned) == ((str(room.files / "x/a.md"),), ())
    report = room.run(room.files / "x", prune=True)
    assert (report.missing, report.pruned) == ((), (str(room.files / "x/a.md"),))
    assert room.index.sources() == [str(room.files / "y/b.md")]


def test_a_folder_of_a_similar_name_is_not_below(room: Room) -> None:
    room.write("x/a.md", text(1))
    room.write("xy/b.md", text(2))
    room.run()
    (room.files / "xy/b.md").unlink()
    assert room.run(room.files / "x", prune=True).pruned == ()


def test_a_new_version_that_cannot_be_read_leaves_the_old_one_searchable(room: Room) -> None:
    path = room.write("a.md", "unmistakable words")
    room.run()
    path.write_bytes(b"\x00\x01\x02\xff" * 200)
    report = room.run()
    assert room.status(report) == {"a.md": "failed"}
    assert report.files[0].reason
    assert room.terms_found("unmistakable") == 1
    assert room.status(room.run()) == {"a.md": "failed"}
    room.write("a.md", "mended")
    room.run()
    assert room.terms_found("unmistakable") == 0


def test_bad_files_do_not_stop_good_ones(room: Room) -> None:
    room.write("good.md", text(1))
    (room.files / "empty.txt").touch()
    (room.files / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    shutil.copy(DEMO / "ntsb-en/20080102X00002.pdf", room.files / "good.pdf")
    assert room.status(room.run()) == {
        "good.md": "indexed",
        "good.pdf": "indexed",
        "empty.txt": "failed",
        "broken.pdf": "failed",
    }


def test_a_file_that_vanishes_during_the_run_is_reported(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.write("a.md", text(1))
    room.write("b.md", text(2))
    known = ingest_run.file_id

    def then_remove(path: Path) -> str:
        found = known(path)
        if path.name == "a.md":
            path.unlink()
        return found

    monkeypatch.setattr(ingest_run, "file_id", then_remove)
    report = room.run()
    assert room.status(report) == {"a.md": "failed", "b.md": "indexed"}


def test_a_file_name_that_is_not_utf8_is_reported(room: Room) -> None:
    room.write("a.md", text(1))
    (Path(os.fsdecode(os.fsencode(room.files) + b"/caf\xe9.txt"))).write_text("words")
    report = room.run()
    assert [(Path(file.path).name, file.status) for file in report.files] == [
        ("a.md", "indexed"),
        ("caf\\xe9.txt", "failed"),
    ]
    assert "UTF-8" in report.files[1].reason


def test_one_file_has_one_path_however_it_is_spelled(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    path = room.write("x/a.md", text(1))
    room.run()
    monkeypatch.chdir(room.files)
    for spelling in ("x", "./x", "x/../x/a.md", "../files/x"):
        assert [file.status for file in room.run(Path(spelling)).files] == ["unchanged"], spelling
    assert room.index.sources() == [str(path)]
    path.unlink()
    assert room.run(Path("x/../x"), prune=True).pruned == (str(path),)


def test_a_path_that_is_not_there_changes_nothing(room: Room) -> None:
    with pytest.raises(LoadError, match="no such file"):
        room.run(room.files / "none", prune=True)


def test_errors_that_are_no_fault_of_a_file_are_raised_and_what_was_done_is_kept(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(room.files, [f"{number:02}.md" for number in range(6)])
    monkeypatch.setattr(ingest_run, "_BATCH", 8)
    whole = HashingEmbedder.embed_documents
    calls = iter(range(100))

    def fail_later(
        self: HashingEmbedder, texts: Sequence[str], *, progress: Progress | None = None
    ) -> Vectors:
        if next(calls) == 4:
            raise RuntimeError("the device is gone")
        return whole(self, texts)

    monkeypatch.setattr(HashingEmbedder, "embed_documents", fail_later)
    with pytest.raises(RuntimeError, match="the device is gone"):
        room.run()
    assert 0 < len(room.index.documents()) < 6
    done = list(room.embedder.texts)
    room.run()
    assert len(room.index.documents()) == 6
    assert not set(done[:-8]) & set(room.embedder.texts)


def test_progress_counts_every_file_to_the_end(tmp_path: Path) -> None:
    write_corpus(tmp_path / "files", ["a.md", "b.md", "c.md"])
    seen: list[IngestProgress] = []
    with (filler := ingest(tmp_path / "index")).index:
        filler.run([tmp_path / "files"], progress=seen.append)
        assert seen[-1].chunks_done == len(chunk_ids(filler.index))
    assert [state.files_done for state in seen] == sorted(state.files_done for state in seen)
    assert (seen[-1].files_done, seen[-1].files_total) == (3, 3)


def test_progress_tells_of_each_passage_and_not_only_of_whole_batches(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    for number in range(3):
        lines = [f"Paragraph {number} {line} tells of whale {line * 7}." for line in range(12)]
        (tmp_path / "files" / f"{number}.md").write_text("\n\n".join(lines), encoding="utf-8")
    seen: list[IngestProgress] = []
    with (filler := ingest(tmp_path / "index")).index:
        filler.run([tmp_path / "files"], progress=seen.append)
    done = [state.chunks_done for state in seen]
    assert done == sorted(done)
    assert set(range(1, done[-1] + 1)) <= set(done)


def test_progress_tells_what_happens_to_each_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_run, "_BATCH", 8)
    write_corpus(tmp_path / "files", ["a.md", "b.md"])
    pdf = Path(__file__).parents[1] / "fixtures" / "pdf-us-gov" / "ntsb-NYC08CA073.pdf"
    (tmp_path / "files" / "c.pdf").write_bytes(pdf.read_bytes())
    (tmp_path / "files" / "d.csv").write_text("id,text\n1,One bridge.\n2,Two rivers.\n", encoding="utf-8")
    (tmp_path / "files" / "e.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    seen: list[IngestProgress] = []
    with (filler := ingest(tmp_path / "index")).index:
        filler.run([tmp_path / "files", tmp_path / "files" / "d.csv"], progress=seen.append)
        chunks = len(chunk_ids(filler.index))
    for name, stages in {"a.md": "red", "b.md": "red", "c.pdf": "red", "d.csv": "red", "e.pdf": "rd"}.items():
        told = [state.stage[0] for state in seen if Path(state.current).name == name]
        assert "".join(dict.fromkeys(told)) == stages, name
        assert told.count("r") == told.count("d") == 1
    assert all(state.chunks_done <= state.chunks_total for state in seen)
    for counted in ("chunks_done", "chunks_total", "files_done"):
        counts = [getattr(state, counted) for state in seen]
        assert counts == sorted(counts)
    assert (seen[-1].chunks_done, seen[-1].chunks_total) == (chunks, chunks)
    between = [state for state in seen if Path(state.current).name == "c.pdf" and state.stage == "embedding"]
    assert len({state.chunks_done for state in between}) > 2


def test_passages_that_were_embedded_before_count_as_done(room: Room) -> None:
    write_corpus(room.files, ["a.md"])
    room.run()
    (room.files / "a.md").rename(room.files / "b.md")
    with (room.files / "b.md").open("a", encoding="utf-8") as file:
        file.write("\n\n# One more\n\nAnd a last passage.\n")
    seen: list[IngestProgress] = []
    filler = Ingest(
        room.index,
        chunker=MarkdownConfig(size=40).build(room.embedder.token_spans, room.embedder.window),
        embedder=room.embedder,
        cleaners=(),
        limits=LIMITS,
    )
    filler.run([room.files], progress=seen.append)
    last = seen[-1]
    assert last.chunks_done == last.chunks_total == sum(r.chunks for r in room.run().files)


def test_readers_see_a_long_run_grow(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_run, "_SYNC_SECONDS", 0.0)
    monkeypatch.setattr(ingest_run, "_BATCH", 1)
    write_corpus(room.files, [f"{number:02}.md" for number in range(4)])
    found: list[int] = []
    chunker = MarkdownConfig(size=40).build(room.embedder.token_spans, room.embedder.window)
    filler = Ingest(room.index, chunker=chunker, embedder=room.embedder, cleaners=(), limits=LIMITS)
    with config(room.index.path).open_index() as reader:
        vector = HashingConfig(dimension=64).build().embed_query("baker")
        filler.run([room.files], progress=lambda _: found.append(len(reader.search_dense(vector, limit=500))))
    assert found == sorted(found)
    assert len(set(found)) > 2
