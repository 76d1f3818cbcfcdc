"""Files are indexed in the background; every state is told, and nothing that was removed comes back."""

from __future__ import annotations

import logging
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from corpus import text
from indexing_app import DEMO, FIXTURES, NTSB, Shelf

from apps.chat.errors import NotAllowed, NotFound, NotReadable
from apps.chat.storage import Accounts, Library

LOCKED = FIXTURES / "pdf-odd" / "r6-user-password.pdf"
PASSWORD = "asdfzxcv"
ORDER = ["queued", "parsing", "embedding", "ready"]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path, undo_seconds=1.0)
    yield made
    made.indexer.stop(0.0)


def test_every_file_goes_its_way_and_is_then_found(shelf: Shelf) -> None:
    shelf.indexer.start()
    one = shelf.library.create("reports")
    shelf.upload(one, "report.pdf", NTSB)
    shelf.upload(one, "nature.md", DEMO / "wikipedia-zh" / "nature.md")
    seen: dict[str, list[str]] = defaultdict(list)

    def all_ready() -> bool:
        for file in shelf.files():
            if file.state not in seen[file.name][-1:]:
                seen[file.name].append(file.state)
            assert file.done <= file.total or file.total == 0
        return all(file.state == "ready" for file in shelf.files())

    shelf.until(all_ready)
    for states in seen.values():
        assert states == [state for state in ORDER if state in states], states
    report = next(file for file in shelf.files() if file.name == "report.pdf")
    assert (report.pages, report.empty_pages, report.reason, report.attempts) == (4, 0, "", 0)
    assert report.passages > 5
    assert shelf.found(one, "Muscle Shoals Piper PA-31T")[0] == "report.pdf"
    assert shelf.found(one, "尤金袋鼠")[0] == "nature.md"


def test_a_chain_that_is_open_finds_what_becomes_ready_later(shelf: Shelf) -> None:
    shelf.indexer.start()
    one = shelf.library.create("later")
    shelf.upload(one, "first.md", "# Whales\n\nWhales sing in the deep sea, and nobody knows why.")
    shelf.settle()
    assert shelf.found(one, "whales") == ["first.md"]
    shelf.upload(one, "second.md", "# Volcanoes\n\nVolcanoes spit lava where plates of the earth meet.")
    shelf.settle()
    assert "second.md" in shelf.found(one, "volcanoes lava")


def test_the_worker_is_humble(shelf: Shelf) -> None:
    shelf.indexer.start()
    shelf.upload(shelf.library.create("a"), "a.md", text(1))
    shelf.settle()
    (worker,) = [child for child in psutil.Process().children() if "indexing.worker" in str(child.cmdline())]
    cores = len(psutil.Process().cpu_affinity() or ())
    assert worker.nice() == 19
    assert len(worker.cpu_affinity() or ()) <= max(1, cores - cores // 2)
    shelf.indexer.stop(10.0)
    assert not worker.is_running()


def test_collections_take_turns(shelf: Shelf) -> None:
    large, small = shelf.library.create("large"), shelf.library.create("small")
    for number in range(60):
        shelf.upload(large, f"{number}.md", text(number))
    last = shelf.upload(small, "small.md", text("small"))
    shelf.indexer.start()
    shelf.until(lambda: shelf.library.file(last.id).state == "ready")
    waiting = [file for file in shelf.library.files(large.id) if file.waiting]
    assert len(waiting) >= 20
    shelf.settle()
    assert shelf.states() == {"ready": 61}


def test_the_same_content_names_the_file_that_was_there_before(shelf: Shelf) -> None:
    one, other = shelf.library.create("one"), shelf.library.create("other")
    shelf.upload(one, "b.md", text(1))
    shelf.upload(one, "a copy.md", text(1))
    shelf.upload(other, "c.md", text(1))
    shelf.indexer.start()
    shelf.settle()
    assert [(file.name, file.state, file.reason) for file in shelf.files()] == [
        ("a copy.md", "ready", "same content as b.md"),
        ("b.md", "ready", ""),
        ("c.md", "ready", ""),
    ]
    first = next(file for file in shelf.files() if file.name == "b.md")
    shelf.library.remove([first.id])
    shelf.until(lambda: not first.path.exists())
    assert [file.reason for file in shelf.files()] == ["", ""]
    assert shelf.found(one, text(1)[:60]) == ["a copy.md"]


def test_files_that_cannot_be_read_say_why_and_not_where(shelf: Shelf, tmp_path: Path) -> None:
    one = shelf.library.create("odd")
    data = NTSB.read_bytes()
    shelf.upload(one, "half.pdf", data[:200])
    shelf.upload(one, "scan.pdf", FIXTURES / "pdf-odd" / "imagemagick-lzw.pdf")
    shelf.upload(one, "empty.txt", b"")
    gone = shelf.upload(one, "gone.md", text(1))
    gone.path.unlink()
    shelf.upload(one, "good.md", text(2))
    shelf.indexer._desk.work()  # without start, which looks for missing files itself
    shelf.indexer.start()
    shelf.settle()
    by_name = {file.name: file for file in shelf.files()}
    assert {name for name, file in by_name.items() if file.state == "ready"} == {"good.md"}
    assert "OCR" in by_name["scan.pdf"].reason
    assert by_name["gone.md"].reason == "the uploaded file is gone: upload it again"
    for file in by_name.values():
        assert bool(file.reason) == (file.state == "failed")
        assert str(tmp_path) not in file.reason


def test_a_locked_file_is_read_once_its_password_is_given(shelf: Shelf) -> None:
    shelf.indexer.start()
    one = shelf.library.create("secret")
    file = shelf.upload(one, "locked.pdf", LOCKED)
    shelf.settle()
    assert shelf.library.file(file.id).state == "locked"
    with pytest.raises(NotReadable, match=r"not the password of 'locked\.pdf'"):
        shelf.indexer.unlock(shelf.library, file.id, "guess")
    assert shelf.library.file(file.id).state == "locked"
    assert file.path.read_bytes() == LOCKED.read_bytes()
    shelf.indexer.unlock(shelf.library, file.id, PASSWORD)
    shelf.settle()
    unlocked = shelf.library.file(file.id)
    assert (unlocked.state, unlocked.reason, unlocked.size) == ("ready", "", file.path.stat().st_size)
    assert list(file.path.parent.iterdir()) == [file.path]


def test_only_the_owner_may_unlock(shelf: Shelf) -> None:
    file = shelf.upload(shelf.library.create("secret"), "locked.pdf", LOCKED)
    shelf.indexer.start()
    shelf.settle()
    accounts = Accounts(shelf.database)
    accounts.add("owner", "a password")  # the first account takes over what was there before
    reader = accounts.add("reader", "a password")
    theirs = Library(shelf.database, reader)
    with pytest.raises(NotFound):
        shelf.indexer.unlock(theirs, file.id, PASSWORD)
    shelf.library.share(file.collection, reader)
    with pytest.raises(NotAllowed):
        shelf.indexer.unlock(theirs, file.id, PASSWORD)


def test_a_removal_can_be_taken_back_and_is_then_carried_out(shelf: Shelf) -> None:
    shelf.indexer.start()
    one = shelf.library.create("undo")
    kept = shelf.upload(one, "kept.md", "# Whales\n\nWhales sing in the deep sea, and nobody knows why.")
    lost = shelf.upload(one, "lost.md", "# Volcanoes\n\nVolcanoes spit lava where plates of the earth meet.")
    shelf.settle()
    shelf.library.remove([kept.id, lost.id])
    shelf.library.restore([kept.id])
    shelf.until(lambda: not lost.path.parent.exists())
    with pytest.raises(NotFound):
        shelf.library.restore([lost.id])
    time.sleep(1.5)
    assert kept.path.exists()
    assert shelf.found(one, "whales") == ["kept.md"]
    assert shelf.found(one, "volcanoes lava") == []


def test_what_is_removed_before_its_turn_is_never_read(shelf: Shelf) -> None:
    one = shelf.library.create("early")
    file = shelf.upload(one, "early.md", text(1))
    shelf.library.remove([file.id])
    shelf.indexer.start()
    shelf.until(lambda: not file.path.parent.exists())
    assert not one.index.exists()


def test_a_file_can_be_removed_while_it_is_indexed(shelf: Shelf) -> None:
    shelf.indexer.start()
    one = shelf.library.create("busy")
    long = shelf.upload(one, "long.md", "".join(map(text, range(300))))
    shelf.until(lambda: shelf.library.file(long.id).state == "embedding")
    shelf.library.remove([long.id])
    shelf.until(lambda: not long.path.parent.exists())
    shelf.upload(one, "next.md", text("next"))
    shelf.settle()
    assert [file.name for file in shelf.files()] == ["next.md"]
    assert shelf.found(one, text("next")[:80]) == ["next.md"]


def test_no_half_folder_is_left_of_a_collection_deleted_while_it_is_indexed(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.indexer.start()
    one, other = shelf.library.create("deleted"), shelf.library.create("other")
    file = shelf.upload(one, "long.md", "".join(map(text, range(300))))
    shelf.until(lambda: shelf.library.file(file.id).state == "embedding")
    shelf.library.delete(one.id)
    shelf.upload(other, "next.md", text("next"))
    shelf.settle()
    assert shelf.states() == {"ready": 1}
    assert not one.folder.exists()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_stopped_in_the_middle_it_goes_on_after_the_next_start(shelf: Shelf) -> None:
    shelf.indexer.start()
    one = shelf.library.create("stopped")
    file = shelf.upload(one, "long.md", "".join(map(text, range(200))))
    shelf.until(lambda: shelf.library.file(file.id).state == "embedding")
    before = time.monotonic()
    shelf.indexer.stop(0.2)
    assert time.monotonic() - before < 5.0
    stopped = shelf.library.file(file.id)
    assert (stopped.state, stopped.attempts) == ("queued", 0)
    assert not [child for child in psutil.Process().children() if "indexing.worker" in str(child.cmdline())]
    shelf.indexer.start()
    shelf.settle()
    assert shelf.states() == {"ready": 1}


def test_other_settings_begin_the_index_anew(shelf: Shelf) -> None:
    shelf.indexer.start()
    one = shelf.library.create("changed")
    for number in range(20):
        shelf.upload(one, f"{number}.md", text(number))
    shelf.settle()
    before = shelf.chains.of(one).search("baker")[0].chunk
    shelf.library.set_chain(
        one.id, "embedder: {type: hashing, dimension: 32}\nchunker: {type: fixed, size: 80}"
    )
    changed = shelf.library.collection(one.id)
    shelf.indexer.rebuild(changed)
    shelf.settle()
    assert shelf.states() == {"ready": 20}
    after = shelf.chains.of(changed).search("baker")[0].chunk
    assert after.id != before.id
    with shelf.chains.config(changed).open_index() as index:
        assert len(index.documents()) == 20


def test_a_chain_that_cannot_be_used_fails_its_files_with_the_reason(shelf: Shelf) -> None:
    one = shelf.library.create("wrong")
    shelf.library.set_chain(one.id, "embedder: {type: nonsense}")
    shelf.upload(one, "a.md", text(1))
    shelf.indexer.start()
    shelf.settle()
    (file,) = shelf.files()
    assert file.state == "failed"
    assert "nonsense" in file.reason


def test_a_start_settles_what_an_unplanned_end_left(shelf: Shelf) -> None:
    one, deleted = shelf.library.create("left"), shelf.library.create("deleted")
    ready = shelf.upload(one, "ready.md", text(1))
    gone = shelf.upload(one, "gone.md", text(2))
    shelf.indexer.start()
    shelf.settle()
    shelf.indexer.stop(10.0)
    gone.path.unlink()
    (ready.path.parent / ".unlocked-x").mkdir()
    half = one.files / "0123456789abcdef"
    half.mkdir()
    (half / "half.pdf").write_bytes(b"%PDF-1.7")
    deleted.files.mkdir(parents=True)
    with shelf.database.writing() as connection:
        connection.execute("DELETE FROM collections WHERE id = ?", (deleted.id,))
    shelf.indexer.start()
    shelf.until(lambda: not half.exists() and not gone.path.parent.exists())
    assert not deleted.folder.exists()
    assert list(ready.path.parent.iterdir()) == [ready.path]
    assert {file.name: file.state for file in shelf.files()} == {"ready.md": "ready", "gone.md": "failed"}
    assert shelf.found(one, text(2)[:80]) == ["ready.md"]


def test_an_index_that_is_taken_away_is_made_again(shelf: Shelf) -> None:
    one = shelf.library.create("again")
    shelf.upload(one, "a.md", text(1))
    shelf.indexer.start()
    shelf.settle()
    shelf.indexer.stop(10.0)
    shutil.rmtree(one.index)
    shelf.chains.forget(one.id)
    shelf.indexer.start()
    shelf.until((one.index / "store.sqlite").exists)
    shelf.settle()
    assert shelf.found(one, text(1)[:80]) == ["a.md"]


def test_somebody_else_may_write_to_the_index_meanwhile(shelf: Shelf) -> None:
    one = shelf.library.create("shared")
    first = shelf.upload(one, "a.md", text(1))
    shelf.indexer.start()
    shelf.settle()
    with shelf.chains.config(one).open_index() as index, index.writer():
        file = shelf.upload(one, "b.md", text(2))
        shelf.until(lambda: bool(shelf.indexer._desk._held))
        assert shelf.library.file(file.id).attempts == 0
    shelf.settle()
    assert {file.state for file in shelf.files()} == {"ready"}
    assert first.id


def test_no_log_says_what_stands_in_documents(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shelf.indexer.start()
    one = shelf.library.create("quiet collection")
    shelf.upload(one, "quiet name.md", "# Xylophone\n\nXylophone is an instrument of wooden bars, struck.")
    shelf.upload(one, "odd.pdf", NTSB.read_bytes()[:300])
    shelf.settle()
    shelf.until(lambda: not shelf.indexer._desk._unasked)
    told = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("apps."))
    assert " files, " in told
    for secret in ("Xylophone", "instrument", "quiet", "odd.pdf"):
        assert secret not in told


def test_a_large_file_of_one_person_does_not_keep_the_files_of_another_waiting(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.chat.indexing.desk._SLICE_SECONDS", 1.0)
    accounts = Accounts(shelf.database)
    accounts.add("anna", "correct horse")
    ben = Library(shelf.database, accounts.add("ben", "battery staple"))
    large = "\n\n".join(
        f"Paragraph {number} tells of whale {number * 7} and of ship {number}." for number in range(18_000)
    )
    book = shelf.upload(shelf.library.create("books"), "book.txt", large)
    shelf.indexer.start()
    shelf.until(lambda: shelf.library.file(book.id).state == "embedding")
    one = ben.create("letters")
    shelf.library, mine = ben, shelf.library
    letter = shelf.upload(one, "letter.md", "# A letter\n\nIt was sent from Lisbon in the spring of 1911.")
    shelf.until(lambda: ben.file(letter.id).state == "ready")
    assert mine.file(book.id).state != "ready"
    shelf.until(lambda: mine.file(book.id).state == "ready")
    assert mine.file(book.id).attempts == 0
