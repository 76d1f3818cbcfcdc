"""Pages of PDF files for people to look at: every file is opened in a worker process, never in this one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import isfinite
from pathlib import Path
from queue import LifoQueue
from types import TracebackType
from typing import TypeVar

from ragkit.errors import LoadError
from ragkit.loaders import WorkerPool, page_png, perform, save_unlocked, span_boxes
from ragkit.types import Box, Document

R = TypeVar("R")

_MEMORY = 1 << 30


class PdfPages:
    """Opens PDF files in `workers` processes that may hang or die without harm; for several threads at once.

    A process starts when it is first needed, and stays for the next page, which then takes a tenth of the
    time. Whoever comes while all are busy waits. Whatever takes longer than `timeout_s` or more memory
    than `memory_bytes` raises `ResourceLimit`, any other trouble with a file another `LoadError`.
    """

    def __init__(self, *, workers: int = 1, timeout_s: float = 20.0, memory_bytes: int = _MEMORY) -> None:
        self._idle: LifoQueue[WorkerPool[Callable[[], object], object]] = LifoQueue()
        self._count = workers
        for _ in range(workers):
            self._idle.put(WorkerPool(perform, workers=1, timeout_s=timeout_s, memory_bytes=memory_bytes))

    def __enter__(self) -> PdfPages:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Waits for what is being read, and ends the processes; they start again when they are needed."""
        pools = [self._idle.get() for _ in range(self._count)]
        for pool in pools:
            pool.close()
            self._idle.put(pool)

    def image(
        self, path: Path | str, page_index: int, *, scale: float = 2.0, password: str | None = None
    ) -> bytes:
        """The page, counted from 0, as PNG of `scale` pixels to the point; a huge page gets fewer.

        Raises `LoadError`, also for a page that is not there.
        """
        if not (isfinite(scale) and scale > 0):
            raise ValueError(f"scale must be above 0, not {scale}")
        return self._done(partial(page_png, Path(path), page_index, scale=scale, password=password))

    def boxes(
        self, path: Path | str, document: Document, start: int, end: int, *, password: str | None = None
    ) -> tuple[Box, ...]:
        """The boxes on the pages of the file that cover `document.text[start:end]`. Raises `LoadError`."""
        touched = tuple(page for page in document.pages if page.start < end and page.end > start)
        told = replace(document, text="", pages=touched)
        return self._done(partial(span_boxes, Path(path), told, start, end, password=password))

    def unlock(self, path: Path | str, target: Path | str, password: str) -> None:
        """Writes a copy of a PDF that needs no password; `target` may be the file itself.

        There is no target, or the old one, until the copy is whole. Raises `EncryptedFile` for a wrong
        password, or another `LoadError`.
        """
        path, target = Path(path), Path(target)
        try:
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unlocked-") as folder:
                copy = Path(folder) / "copy.pdf"
                self._done(partial(save_unlocked, path, copy, password=password))
                shutil.copymode(path, copy)
                copy.replace(target)
        except OSError as error:
            raise LoadError((error.strerror or str(error)).lower()) from error

    def _done(self, work: Callable[[], R]) -> R:
        pool = self._idle.get()
        try:
            ((_, outcome),) = pool.map([work])
        finally:
            self._idle.put(pool)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome  # type: ignore[return-value]  # one pool does work of every kind


def page_image(
    path: Path | str,
    page_index: int,
    *,
    scale: float = 2.0,
    password: str | None = None,
    timeout_s: float = 20.0,
) -> bytes:
    """A page of a PDF, counted from 0, as PNG, from a process of its own. For many pages, use `PdfPages`.

    Raises `LoadError`.
    """
    with PdfPages(timeout_s=timeout_s) as pages:
        return pages.image(path, page_index, scale=scale, password=password)


def unlock_pdf(path: Path | str, target: Path | str, password: str, *, timeout_s: float = 120.0) -> None:
    """Writes a copy of a PDF that needs no password, as `PdfPages.unlock` does. Raises `LoadError`."""
    with PdfPages(timeout_s=timeout_s) as pages:
        pages.unlock(path, target, password)
