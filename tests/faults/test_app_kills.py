"""The app's indexing is killed at moments of chance, and nothing is lost or half there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import indexing_app
import psutil
import pytest
from corpus import DEMO, chunk_ids, text
from indexing_app import Shelf
from kill_indexing import damage

from apps.chat.storage import Collection

_PROGRAM = indexing_app.__file__
_WORKER = "apps.chat.indexing.worker"


def fill(shelf: Shelf, *, files: int) -> list[Collection]:
    """Two collections of small texts, a long one and a PDF."""
    made = [shelf.library.create("one"), shelf.library.create("two")]
    for number in range(files):
        shelf.upload(made[number % 2], f"{number}.md", text(number))
    shelf.upload(made[0], "long.md", "".join(map(text, range(1000, 1060))))
    shelf.upload(made[1], "report.pdf", DEMO / "ntsb-en" / "20080102X00002.pdf")
    return made


def check(shelf: Shelf, collection: Collection) -> None:
    """The index is whole, holds every ready file, and is that of an index built afresh."""
    config = shelf.chains.config(collection)
    fresh = config.model_copy(update={"index": collection.folder / "fresh"})
    fresh.build_ingest().run([collection.files])
    with config.open_index() as index, fresh.open_index() as expected:
        assert damage(index) == []
        assert chunk_ids(index) == chunk_ids(expected)
        assert set(index.sources()) == {str(file.path) for file in shelf.library.files(collection.id)}


def retry_failed(shelf: Shelf) -> None:
    """Those that were in hand at two kills are given up, as they should; somebody asks for them again."""
    shelf.until(shelf.settled, seconds=600.0)
    for file in shelf.files():
        if file.state == "failed":
            assert "ended the program twice" in file.reason
            shelf.library.retry(file.id)
    shelf.indexer.wake()
    shelf.until(shelf.settled, seconds=600.0)


def workers(parent: psutil.Process) -> list[psutil.Process]:
    return [child for child in parent.children(recursive=True) if _WORKER in child.cmdline()]


def kill_workers(folder: Path, *, times: int, seed: int) -> None:
    """Kills the worker while the server lives."""
    shelf, chance = Shelf(folder), random.Random(seed)
    made = fill(shelf, files=20 + 10 * times)
    shelf.indexer.start()
    killed = 0
    try:
        while killed < times and not shelf.settled():
            time.sleep(chance.uniform(0.05, 2.5))
            with suppress(psutil.NoSuchProcess):
                for worker in workers(psutil.Process()):
                    worker.kill()
                    killed += 1
        assert killed >= times // 2
        retry_failed(shelf)
        assert shelf.states() == {"ready": len(shelf.files())}
    finally:
        shelf.indexer.stop(5.0)
    for collection in made:
        check(shelf, collection)


def kill_servers(folder: Path, *, times: int, seed: int) -> None:
    """Kills a whole server, sometimes in the middle of an upload, and starts it again."""
    shelf, chance = Shelf(folder), random.Random(seed)
    made = fill(shelf, files=60)
    for number in range(times):
        server = start(folder)
        time.sleep(chance.uniform(0.0, 3.0))
        children = [server, *server.children(recursive=True)]
        os.kill(server.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(children, timeout=10.0)
        assert not alive, f"still there after the server: {alive}"
        cut_off(made[number % 2], f"{number:016x}")
        if shelf.settled():
            shelf.upload(made[number % 2], f"more {number}.md", text(f"more {number}"))
    shelf.indexer.start()
    try:
        retry_failed(shelf)
        shelf.until(lambda: not list((shelf.database.folder / "people").glob("*/*/files/0000*")))
        assert shelf.states() == {"ready": len(shelf.files())}
        assert len(shelf.files()) >= 62
    finally:
        shelf.indexer.stop(5.0)
    for collection in made:
        check(shelf, collection)


def start(folder: Path) -> psutil.Process:
    """What a server does without its pages, once it has begun."""
    server = psutil.Popen(
        [sys.executable, _PROGRAM, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert server.stdout.readline() == b"started\n"
    return server


def cut_off(collection: Collection, file_id: str) -> None:
    """An upload of which only a part arrived."""
    folder = collection.files / file_id
    folder.mkdir()
    (folder / "half.pdf").write_bytes(b"%PDF-1.7 half")


def test_the_worker_is_killed_at_any_moment(tmp_path: Path) -> None:
    kill_workers(tmp_path, times=6, seed=1)


def test_the_server_is_killed_at_any_moment(tmp_path: Path) -> None:
    kill_servers(tmp_path, times=8, seed=2)


@pytest.mark.slow
def test_both_are_killed_often(tmp_path: Path) -> None:
    for seed in range(2):
        for kind, kill in {"workers": kill_workers, "servers": kill_servers}.items():
            folder = tmp_path / f"{kind}-{seed}"
            folder.mkdir()
            kill(folder, times=15, seed=10 + seed)
