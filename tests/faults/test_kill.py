"""Indexing that is killed, interrupted or out of disk loses at most the document in flight."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from kill_indexing import Bench, damage, differences, kill_often

from ragkit.errors import IndexNotFound


def test_killed_at_any_moment_the_index_opens_whole_and_the_next_run_finishes(tmp_path: Path) -> None:
    assert len(kill_often(tmp_path, times=12, seed=1)) == 12


@pytest.mark.slow
def test_killed_a_hundred_times_it_still_equals_a_fresh_one(tmp_path: Path) -> None:
    assert len(kill_often(tmp_path, times=100, seed=2)) == 100


def limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("size", [0, 40_000, 250_000, 600_000])
def test_a_full_disk_is_one_clear_line_and_the_store_stays_whole(tmp_path: Path, size: int) -> None:
    bench = Bench.make(tmp_path)
    child = bench.start(eager=size != 250_000, prepare=partial(limit_files, size))
    _, errors = child.communicate(timeout=120)
    assert child.returncode == 1
    assert errors.startswith("error: "), errors
    assert "Traceback" not in errors
    assert "Free some space" in errors or "free some space" in errors
    with suppress(IndexNotFound), bench.open() as index:  # not even the tables found room
        assert damage(index) == []
    assert differences(bench) == []


def test_a_disk_that_fills_up_later_keeps_what_was_there(tmp_path: Path) -> None:
    bench = Bench.make(tmp_path)
    bench.start().communicate(timeout=120)
    shutil.rmtree(bench.index / "lexical")
    child = bench.start(prepare=partial(limit_files, 10_000))
    _, errors = child.communicate(timeout=120)
    assert (child.returncode, errors.startswith("error: ")) == (1, True), errors
    assert not list(bench.index.glob("*.new"))
    with bench.open() as index:
        assert damage(index) == []
        assert len(index.documents()) == 61


@pytest.mark.parametrize("eager", [False, True])
def test_ctrl_c_keeps_what_was_done_and_says_so(tmp_path: Path, eager: bool) -> None:
    bench = Bench.make(tmp_path)
    child = bench.start(eager=eager)
    deadline = time.monotonic() + 60
    while not (bench.index / "dense.faiss").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGINT)
    out, errors = child.communicate(timeout=60)
    # -SIGINT: Python ends so when the signal came inside exec() of a text, as in the import of a dataclass
    assert child.returncode in (130, -signal.SIGINT), errors
    assert out == ""
    with bench.open() as index:
        assert damage(index) == []
        held = index.statistics()
    assert errors == (
        f"Interrupted. The index holds {held.documents} documents, and what was embedded is kept: "
        f"{held.vectors} passages. Run the same command again to go on from there.\n"
    )
    assert differences(bench) == []
