"""One connection to `store.sqlite`, the one truth of an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from ragkit.errors import IndexDamaged, IndexLocked, IndexNotFound, StorageError
from ragkit.index.settings import IndexSettings, settings_from_rows

_BUSY_SECONDS = 30.0
_REFUSALS = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
}
_IN_LIST = 500  # values in one IN (...)
_NO_TOTALS = {"sequence": "0", "chunks": "0", "terms": "0", "purged": "0"}

Row = tuple[Any, ...]
Value = TypeVar("Value")


class Store:
    """A SQLite database with the tables of an index; safe to share between threads."""

    def __init__(self, path: Path, *, create: IndexSettings | None = None) -> None:
        """Opens the store, or makes it with the settings in `create` where there is none.

        Raises `IndexNotFound` if there is none, `IndexDamaged` if the file is no readable store.
        """
        if create is None and not path.exists():
            raise IndexNotFound(
                f"There is no index at {path.parent}. Make one: ragkit index PATH... --index {path.parent}"
            )
        self.path = path
        self._lock = RLock()
        try:
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None
            )
            self.settings = self._prepare(create)
        except (sqlite3.DatabaseError, KeyError, ValueError) as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _REFUSALS:
                raise StorageError(
                    f"{path} cannot be opened ({error}). Mend the permissions of its folder, free some "
                    "space, or wait until no other program holds it, and run again."
                ) from error
            raise IndexDamaged(
                f"{path} cannot be read as an index ({error}). Restore it from a copy, "
                "or delete its folder and run: ragkit index PATH..."
            ) from error

    def _prepare(self, create: IndexSettings | None) -> IndexSettings:
        try:
            return self._read_settings(create)
        except BaseException:
            self.close()
            raise

    def _read_settings(self, create: IndexSettings | None) -> IndexSettings:
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        if create is not None:
            with self.transaction():
                if not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'settings'"):
                    self._make_tables(create)
        if not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'settings'"):
            raise IndexNotFound(f"The index at {self.path.parent} is still empty. Run: ragkit index PATH...")
        return settings_from_rows(dict(self.rows("SELECT key, value FROM settings")))

    def _make_tables(self, settings: IndexSettings) -> None:
        script = files("ragkit.index").joinpath("schema.sql").read_text(encoding="utf-8")
        for statement in script.split(";\n"):
            self._connection.execute(statement)
        rows = settings.as_rows() | _NO_TOTALS
        self.executemany("INSERT INTO settings VALUES (?, ?)", rows.items())

    def close(self) -> None:
        """Closes the connection; further calls raise."""
        self._connection.close()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of one query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def stream(self, sql: str, values: Sequence[object] = (), *, size: int = 500) -> Iterator[list[Row]]:
        """The rows of one query in lists of at most `size`."""
        cursor = self._connection.execute(sql, values)
        while batch := cursor.fetchmany(size):
            yield batch

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Runs one statement."""
        return self._connection.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Runs one statement for each row."""
        self._connection.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: rolled back when the block raises."""
        with self._lock, self._writing():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def vacuum(self) -> None:
        """Returns free space to the disk."""
        with self._lock, self._writing():
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def checkpoint(self) -> None:
        """Writes everything into the one file, so that it can be replaced. Raises `IndexLocked`."""
        with self._lock, self._writing():
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise IndexLocked(f"Another process is reading {self.path} without a pause. Try again.")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StorageError(
                f"{self.path} could not be written ({error}). Nothing of this change was stored, "
                "and all earlier ones stand. Free some space or mend the permissions, and run again."
            ) from error

    def number(self, key: str) -> int:
        """A counter among the settings: sequence, chunks, terms or purged."""
        return int(self.rows("SELECT value FROM settings WHERE key = ?", (key,))[0][0])

    def add_to(self, key: str, amount: int) -> int:
        """The counter after adding `amount`; call it inside a transaction."""
        sql = "UPDATE settings SET value = CAST(value AS INTEGER) + ? WHERE key = ? RETURNING value"
        return int(self.execute(sql, (amount, key)).fetchone()[0])

    def data_version(self) -> int:
        """A number that changes whenever another connection has committed."""
        return int(self.rows("PRAGMA data_version")[0][0])


def in_lists(values: Sequence[Value]) -> Iterator[tuple[str, Sequence[Value]]]:
    """The values in parts that one query can take, each with its question marks."""
    for start in range(0, len(values), _IN_LIST):
        part = values[start : start + _IN_LIST]
        yield ",".join("?" * len(part)), part
