"""Work in other processes that may hang, crash or eat memory without harm to this one.

Workers are started by a plain command, not by multiprocessing: a caller's script needs no
`__main__` guard, nothing is forked, and there is no helper process.
"""

from __future__ import annotations

import json
import os
import pickle
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Generic, TypeVar

from ragkit.errors import LoadError, ResourceLimit

T = TypeVar("T")
R = TypeVar("R")

_START_SECONDS = 60.0
_LOOK_AHEAD = 2
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}  # numpy's threads are started on import, and never used here
_COMMAND = (
    "import json,sys; sys.path[:]=json.loads(sys.argv[1]); from ragkit.loaders.worker import serve; serve()"
)


class WorkerPool(Generic[T, R]):
    """Runs `function` on items in worker processes that have limits.

    An item yields `ResourceLimit` when it takes longer than `timeout_s` or more memory than
    `memory_bytes` (None: no limit), and `LoadError` when the process dies. Then, if there is a
    `retry`, it is called once as `retry(item, error)` in a fresh worker; where that fails too, the
    first error counts. Functions must be importable from a module. Use it as a context manager.
    """

    def __init__(
        self,
        function: Callable[[T], R],
        *,
        workers: int,
        timeout_s: float,
        memory_bytes: int | None,
        retry: Callable[[T, Exception], R] | None = None,
    ) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self._functions = pickle.dumps((function, retry))
        if b"__main__" in self._functions:
            raise ValueError("a worker's function and all it holds must be importable: move it to a module")
        self._has_retry = retry is not None
        self._count = workers
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._workers: list[_Worker] = []

    def __enter__(self) -> WorkerPool[T, R]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill all workers, busy or not, and wait until they are gone."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.kill()

    def map(self, items: Iterable[T]) -> Iterator[tuple[T, R | Exception]]:
        """(item, its result or error) in the order of `items`, which is read only a little ahead."""
        source = iter(items)
        tasks: deque[_Task] = deque()
        more = True
        try:
            while True:
                while more and len(tasks) < _LOOK_AHEAD * self._count:
                    try:
                        tasks.append(_Task(next(source)))
                    except StopIteration:
                        more = False
                if not tasks:
                    return
                if tasks[0].done:
                    task = tasks.popleft()
                    yield task.item, task.outcome
                    continue
                self._assign(tasks)
                self._collect()
        finally:
            self._drop_busy()

    def _assign(self, tasks: Iterable[_Task]) -> None:
        waiting = [task for task in tasks if not task.done and task.worker is None]
        for task in waiting:
            idle = next((worker for worker in self._workers if worker.task is None), None)
            if idle is None and len(self._workers) < self._count:
                idle = _Worker(self._functions, self._memory_bytes)
                self._workers.append(idle)
            if idle is None:
                return
            idle.start(task, self._timeout_s)

    def _collect(self) -> None:
        """Wait for the next result, death or end of time among the busy workers."""
        busy = {worker.connection: worker for worker in self._workers if worker.task}
        rest = min(worker.deadline for worker in busy.values()) - time.monotonic()
        ready = wait(list(busy), timeout=max(0.0, rest))
        for connection in ready:
            self._receive(busy[connection])  # type: ignore[index] # wait() returns what it was given
        now = time.monotonic()
        for worker in busy.values():
            if worker.connection not in ready and worker.deadline <= now:
                self._fail(worker, ResourceLimit(f"took longer than {self._timeout_s:g} s"))

    def _receive(self, worker: _Worker) -> None:
        try:
            kind, value = worker.connection.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            self._fail(worker, worker.cause_of_death())
            return
        if kind == "ready":
            worker.deadline = time.monotonic() + self._timeout_s
            worker.peak_at_start = value
        elif kind == "memory":
            self._fail(worker, ResourceLimit(f"needed more than {(self._memory_bytes or 0) >> 20} MB"))
        elif kind == "broken":
            raise RuntimeError(f"a worker cannot load its function: {value}")
        else:
            worker.finish(value)

    def _fail(self, worker: _Worker, error: LoadError) -> None:
        """Give the task back, for one more try or with its error, and drop the worker."""
        task = worker.task
        self._workers.remove(worker)
        worker.kill()
        if task is None:
            return
        task.worker = None
        if self._has_retry and task.error is None:
            task.error = error
        else:
            task.finish(task.error or error)

    def _drop_busy(self) -> None:
        for worker in [worker for worker in self._workers if worker.task]:
            self._workers.remove(worker)
            worker.kill()


class _Task:
    """An item on its way; `error` is set when its first try ended a worker."""

    def __init__(self, item: Any) -> None:
        self.item = item
        self.worker: _Worker | None = None
        self.error: LoadError | None = None
        self.done = False
        self.outcome: Any = None

    def finish(self, outcome: object) -> None:
        failed_twice = self.error is not None and isinstance(outcome, Exception)
        self.outcome = self.error if failed_twice else outcome
        self.worker = None
        self.done = True


class _Worker:
    """One process, and this side of the talk with it.

    Its standard input is a lifeline: when this process dies, however it dies, the worker sees the
    end of it and exits.
    """

    def __init__(self, functions: bytes, memory_bytes: int | None) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            arguments = [json.dumps(sys.path), str(theirs.fileno()), str(memory_bytes or 0)]
            self.process = subprocess.Popen(  # noqa: S603 # our own interpreter and code
                [sys.executable, "-c", _COMMAND, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=os.environ | _ENVIRONMENT,
            )
        self.connection = Connection(ours.detach())
        self.memory_bytes = memory_bytes
        self.task: _Task | None = None
        self.deadline = 0.0
        self.peak_at_start = 0  # kilobytes; a process begins with the peak of the one that started it
        self._started = False
        self._functions = functions

    def start(self, task: _Task, timeout_s: float) -> None:
        self.task, task.worker = task, self
        self.deadline = time.monotonic() + (timeout_s if self._started else _START_SECONDS)
        try:
            if not self._started:
                self.connection.send_bytes(self._functions)
                self._started = True
            self.connection.send((task.item, task.error))
        except OSError:
            self.deadline = 0.0

    def finish(self, outcome: object) -> None:
        if self.task:
            self.task.finish(outcome)
        self.task = None

    def cause_of_death(self) -> LoadError:
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        limit = self.memory_bytes
        if limit and (usage.ru_maxrss - self.peak_at_start) * 1024 > limit // 2:
            return ResourceLimit(f"needed more than {limit >> 20} MB")
        if self.process.returncode < 0:
            return LoadError(f"the parser crashed (signal {-self.process.returncode})")
        return LoadError(f"the parser died (exit code {self.process.returncode})")

    def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        self.process.wait()
        self.connection.close()
        if self.process.stdin:
            self.process.stdin.close()
