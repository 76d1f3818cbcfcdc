"""One writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.errors import IndexLocked, StorageError

if TYPE_CHECKING:
    from filelock import FileLock


class WriteLock:
    """The lock of an index's folder; it goes with the process that holds it, however that ends."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _lock(self) -> FileLock:
        from filelock import FileLock  # only writers need it

        return FileLock(self._path / "write.lock", timeout=0)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps every other writer out. Raises `IndexLocked` at once when there is one."""
        from filelock import Timeout

        try:
            self._lock.acquire()
        except Timeout:
            raise IndexLocked(
                f"Another process is writing to the index {self._path}. "
                "Wait until it has finished, or choose another --index."
            ) from None
        except OSError as error:
            raise StorageError(f"The index {self._path} cannot be written to ({error.strerror}).") from error
        try:
            yield
        finally:
            self._lock.release()
