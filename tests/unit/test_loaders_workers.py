"""Worker processes: order, limits, crashes, and nothing left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ragkit.errors import LoadError, ResourceLimit
from ragkit.loaders import WorkerPool

MEGABYTE = 1 << 20


def work(item: str) -> str:
    """Behaves as the item says."""
    kind, _, value = item.partition(":")
    if kind == "sleep":
        time.sleep(float(value))
    if kind == "hang":
        while True:
            pass
    if kind == "memory":
        return str(len(bytearray(int(value) * MEGABYTE)))
    if kind == "crash":
        ctypes.string_at(0)
    if kind == "exit":
        os._exit(int(value))
    if kind == "fail":
        raise LoadError("bad file")
    if kind == "noise":
        print("noise")
        print("noise", file=sys.stderr)
    if kind == "huge":
        return "x" * int(value)
    return f"{item} done"


def again(item: str, error: Exception) -> str:
    """A second way that fails for some."""
    if "twice" in item:
        raise LoadError("the second way fails too")
    return f"again after {error}"


def pool(
    workers: int = 2, timeout_s: float = 30, memory_bytes: int | None = 300 * MEGABYTE, *, retry: bool = False
) -> WorkerPool[str, str]:
    return WorkerPool(
        work, workers=workers, timeout_s=timeout_s, memory_bytes=memory_bytes, retry=again if retry else None
    )


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    before = set(children())
    yield
    assert set(children()) == before


def test_results_come_in_order() -> None:
    items = ["sleep:0.3", "a", "b", "fail", "c"]
    with pool() as running:
        results = list(running.map(items))
    assert [item for item, _ in results] == items
    assert [str(outcome) for _, outcome in results] == [
        "sleep:0.3 done",
        "a done",
        "b done",
        "bad file",
        "c done",
    ]
    assert isinstance(results[3][1], LoadError)


def test_no_items_start_no_worker() -> None:
    before = children()
    with pool() as running:
        assert list(running.map([])) == []
        assert children() == before


def test_workers_serve_more_than_one_map() -> None:
    with pool(1) as running:
        list(running.map(["a"]))
        (first,) = running._workers
        list(running.map(["b"]))
        assert running._workers == [first]


def test_items_are_read_only_a_little_ahead() -> None:
    read = []

    def items() -> Iterator[str]:
        for i in range(100):
            read.append(i)
            yield str(i)

    with pool(2) as running:
        for i, _ in enumerate(running.map(items())):
            assert len(read) <= i + 1 + 4


def test_time_runs_out_for_one_item_only() -> None:
    with pool(1, timeout_s=1) as running:
        started = time.monotonic()
        results = dict(running.map(["a", "hang", "b"]))
    assert time.monotonic() - started < 20
    assert results["a"] == "a done" and results["b"] == "b done"
    assert isinstance(results["hang"], ResourceLimit)
    assert str(results["hang"]) == "took longer than 1 s"


def test_memory_runs_out_for_one_item_only() -> None:
    with pool(1) as running:
        results = dict(running.map(["memory:100", "memory:2000", "b"]))
    assert results["memory:100"] == str(100 * MEGABYTE)
    assert isinstance(results["memory:2000"], ResourceLimit)
    assert str(results["memory:2000"]) == "needed more than 300 MB"
    assert results["b"] == "b done"


def test_a_crash_is_an_error_of_its_item() -> None:
    with pool(2) as running:
        results = dict(running.map(["crash", "a", "exit:3", "b"]))
    assert str(results["crash"]) == "the parser crashed (signal 11)"
    assert str(results["exit:3"]) == "the parser died (exit code 3)"
    assert (results["a"], results["b"]) == ("a done", "b done")


def test_a_retry_gets_the_error_and_a_fresh_worker() -> None:
    with pool(1, timeout_s=2, retry=True) as running:
        results = dict(running.map(["crash", "crash:twice", "memory:2000", "fail", "a"]))
    assert results["crash"] == "again after the parser crashed (signal 11)"
    assert str(results["crash:twice"]) == "the parser crashed (signal 11)"
    assert results["memory:2000"] == "again after needed more than 300 MB"
    assert str(results["fail"]) == "bad file"
    assert results["a"] == "a done"


def test_large_results_and_noise_do_not_block(capfd: pytest.CaptureFixture[str]) -> None:
    with pool(2) as running:
        results = dict(running.map(["huge:20000000", "noise", "huge:10000000"]))
    assert len(str(results["huge:20000000"])) == 20_000_000
    assert capfd.readouterr() == ("", "")


def test_leaving_early_kills_the_busy() -> None:
    with pool(2) as running:
        for item, _ in running.map(["a", "hang", "hang"]):
            assert item == "a"
            break


def test_functions_of_a_script_are_refused() -> None:
    work.__module__, before = "__main__", work.__module__
    sys.modules["__main__"].work = work  # type: ignore[attr-defined] # as if defined in a script
    try:
        with pytest.raises(ValueError, match="importable"):
            pool()
    finally:
        work.__module__ = before
        del sys.modules["__main__"].work


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_workers_die_with_their_parent(tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_loaders_workers import pool\n"
        "with pool(2) as running:\n"
        "    for item, result in running.map(['a', 'hang', 'hang']):\n"
        "        print(item, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, str(script), str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as parent:
        assert parent.stdout and parent.stdout.readline() == b"a\n"
        workers = psutil.Process(parent.pid).children(recursive=True)
        assert workers
        parent.send_signal(how)
        parent.wait(timeout=60)
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive
