"""The worker process, seen from the server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO

from apps.chat.indexing.messages import End, Event, Job, job_line, read_event

_LOOK_SECONDS = 0.25


class WorkerDied(Exception):
    """The worker ended in the middle of a job."""


class Abandoned(Exception):
    """A job was given up because its result is not wanted any more."""


class WorkerProcess:
    """One worker, started when there is work. For one thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lines: Queue[str] = Queue()

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        return self._process.pid if self._process else None

    def run(self, job: Job, *, wanted: Callable[[], bool]) -> Iterator[Event]:
        """What the worker says of a job; the last event is its `End`.

        Raises `WorkerDied`, and `Abandoned` as soon as the job is not `wanted` any more: the worker is killed
        then, and what it has stored stays.
        """
        self._send(job)
        while True:
            if not wanted():
                self.kill()
                raise Abandoned
            try:
                line = self._lines.get(timeout=_LOOK_SECONDS)
            except Empty:
                continue
            if not line:
                self.kill()
                raise WorkerDied
            event = read_event(line)
            yield event
            if isinstance(event, End):
                return

    def kill(self) -> None:
        """Ends the worker at once and waits until it is gone; an index loses nothing that was stored."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()

    def _send(self, job: Job) -> None:
        if self._process is not None and self._process.poll() is not None:
            self.kill()  # it died with nothing to do
        process = self._process or self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(job_line(job))
            process.stdin.flush()
        except BrokenPipeError as error:
            self.kill()
            raise WorkerDied from error

    def _start(self) -> subprocess.Popen[str]:
        self._lines = Queue()
        self._process = process = subprocess.Popen(  # our own interpreter and code
            [sys.executable, "-P", "-m", "apps.chat.indexing.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(_places())},
            start_new_session=True,  # Ctrl-C is for the server, which then says what to do
        )
        assert process.stdout is not None
        Thread(target=_pass_on, args=(process.stdout, self._lines), daemon=True).start()
        return process


def _pass_on(lines: IO[str], queue: Queue[str]) -> None:
    """Whole lines, then an empty one for the end; a line that death cut off is none."""
    with lines:
        for line in lines:
            if line.endswith("\n"):
                queue.put(line)
    queue.put("")


def _places() -> list[str]:
    """Where this process finds modules, without folders that change with the working directory."""
    return [place for place in sys.path if place and Path(place).is_absolute()]
