"""The process that indexes: `python -m apps.chat.indexing.worker`, jobs on stdin, events on stdout.

It works when nobody else wants the processor. Its standard input is a lifeline: when the server is gone,
however it went, the worker goes too.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Thread

from apps.chat.indexing.messages import (
    Embedding,
    End,
    Event,
    Job,
    Outcome,
    Suggested,
    event_line,
    read_job,
    where,
)
from ragkit import (
    Config,
    FileReport,
    IndexDamaged,
    IndexLocked,
    IndexMismatch,
    Ingest,
    IngestProgress,
    RagkitError,
)

_ENCRYPTED = "encrypted:"
_WANTS_PASSWORD = "it is encrypted: enter its password"  # noqa: S105  # for people


def do(job: Job, tell: Callable[[Event], None]) -> None:
    """Does a job and tells how it ended; nothing that can go wrong with it ends the worker.

    The index is opened for each job: in between, somebody may put another in its place.
    """
    try:
        with (ingest := _open(job)).index:
            _work(ingest, job, tell)
    except (IndexMismatch, IndexDamaged):
        tell(End(problem="other settings"))
    except IndexLocked:
        tell(End(problem="locked"))
    except RagkitError as error:
        tell(End(problem="refused", message=_without_places(str(error), job)))
    except Exception as error:
        tell(End(problem="broken", message=where(error)))
    else:
        tell(End())


def _open(job: Job) -> Ingest:
    config = Config.model_validate_json(job.config)
    try:
        return config.build_ingest()
    except (IndexMismatch, IndexDamaged):
        if not job.anew:
            raise
    shutil.rmtree(config.index)
    return config.build_ingest()


def _work(ingest: Ingest, job: Job, tell: Callable[[Event], None]) -> None:
    match job.work:
        case "index":
            _index(ingest, job, tell)
        case "remove":
            with ingest.index.writer() as writer:
                for path in job.paths:
                    writer.remove_source(path)
        case "suggest":
            from apps.chat.indexing.suggestions import suggest

            questions = suggest(ingest, Config.model_validate_json(job.config))
            tell(Suggested(questions=questions))


def _index(ingest: Ingest, job: Job, tell: Callable[[Event], None]) -> None:
    there = [path for path in job.paths if Path(path).exists()]
    for path in set(job.paths) - set(there):
        tell(Outcome(path=path, state="failed", reason="the uploaded file is gone: upload it again"))
    if there:
        report = ingest.run(there, progress=_Shown(tell).take)
        for file in report.files:
            tell(_outcome(ingest, file, job))


class _Shown:
    """Tells how far each file is, from how far a run is as a whole."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._known = 0
        self._files: dict[str, tuple[int, int]] = {}  # the first passage of each in the run, and how many

    def take(self, progress: IngestProgress) -> None:
        """The passages that are new to the run are those of the file that was read just now."""
        if progress.chunks_total > self._known:
            first, count = self._files.get(progress.current, (self._known, 0))
            self._files[progress.current] = (first, count + progress.chunks_total - self._known)
            self._known = progress.chunks_total
        for path, (first, count) in self._files.items():
            done = min(max(progress.chunks_done - first, 0), count)
            self._tell(Embedding(path=path, done=done, total=count))


def _outcome(ingest: Ingest, file: FileReport, job: Job) -> Outcome:
    if file.status == "failed":
        locked = file.reason.startswith(_ENCRYPTED)
        reason = _WANTS_PASSWORD if locked else _without_places(file.reason, job)
        return Outcome(path=file.path, state="locked" if locked else "failed", reason=reason)
    return Outcome(
        path=file.path,
        state="ready",
        pages=file.pages,
        empty_pages=file.empty_pages,
        passages=file.chunks,
        warnings=tuple(_without_places(warning, job) for warning in file.warnings),
        others=_others(ingest, file.path),
    )


def _others(ingest: Ingest, path: str) -> tuple[str, ...]:
    """The other paths with the same content."""
    known = ingest.index.source(path)
    paths = ingest.index.sources_of(known[0]) if known else []
    return tuple(other for other in paths if other != path)


def _without_places(message: str, job: Job) -> str:
    """A message without the folders of the server."""
    index = Config.model_validate_json(job.config).index
    for path, name in [(str(index), "this collection"), *((path, Path(path).name) for path in job.paths)]:
        message = message.replace(path, name)
    return message.replace(f"{index.parent}/", "")


def _be_humble() -> None:
    """Last in line for processor and disk, on half of the cores, and the first to go when memory runs out."""
    import psutil

    os.nice(19)
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[len(cores) // 2 :])
    with suppress(OSError, psutil.Error):
        psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _own_output() -> Callable[[Event], None]:
    """Events go to standard output; whatever libraries print there goes nowhere."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 1)

    def tell(event: Event) -> None:
        out.write(event_line(event))
        out.flush()

    return tell


def _read_jobs(jobs: Queue[str]) -> None:
    """Passes lines on; at the end of them nobody waits for this process any more."""
    for line in sys.stdin:
        jobs.put(line)
    os._exit(0)


def _lines(jobs: Queue[str]) -> Iterator[str]:
    while True:
        yield jobs.get()


def main() -> None:
    """Does jobs until standard input ends."""
    _be_humble()
    jobs: Queue[str] = Queue()
    tell = _own_output()
    Thread(target=_read_jobs, args=(jobs,), daemon=True).start()
    for line in _lines(jobs):
        do(read_job(line), tell)


if __name__ == "__main__":
    main()
