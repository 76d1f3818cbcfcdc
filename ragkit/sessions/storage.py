"""Saved talks, in one SQLite file: every turn is on disk before the next question is asked."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from time import strftime, time

from pydantic import TypeAdapter, ValidationError

from ragkit.errors import SessionError
from ragkit.sessions.turns import SavedTurn

_VERSION = 1
_BUSY_SECONDS = 30.0
_PATIENCE = 3000  # milliseconds for readers to end, so that deleted text can be overwritten
_PRIVATE = 0o600
_PRIVATE_FOLDER = 0o700
_MOST_LETTERS = 80
_TABLES = f"""
CREATE TABLE IF NOT EXISTS sessions (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, place TEXT NOT NULL, used REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS turns (
    session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE, number INTEGER NOT NULL,
    turn TEXT NOT NULL, PRIMARY KEY (session, number)
) STRICT;
PRAGMA user_version = {_VERSION};
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """A talk in a list: how many turns it has, the index it was about, when it was last used (Unix time)."""

    name: str
    turns: int
    place: str
    used: float


_TURN = TypeAdapter(SavedTurn)


class Sessions:
    """The talks in a file that only its owner can read; several processes may use it at once."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def all(self) -> list[SessionSummary]:
        """Every talk, the last used first. Raises `SessionError`."""
        if not self.file.exists():
            return []
        query = (
            "SELECT name, count(turns.number), place, used FROM sessions LEFT JOIN turns ON session = id "
            "GROUP BY id ORDER BY used DESC, name"
        )
        with self._open() as connection:
            rows = connection.execute(query).fetchall()
        return [SessionSummary(name=n, turns=t, place=p, used=u) for n, t, p, u in rows]

    def turns(self, name: str) -> list[SavedTurn]:
        """The turns of a talk in order; none where there is no such talk. Raises `SessionError`."""
        if not self.file.exists():
            return []
        query = "SELECT turn FROM turns JOIN sessions ON session = id WHERE name = ? ORDER BY number"
        with self._open() as connection:
            rows = connection.execute(query, (name,)).fetchall()
        try:
            return [_TURN.validate_json(turn) for (turn,) in rows]
        except ValidationError as error:
            raise self._damaged(error) from error

    def begin(self, *, place: str) -> str:
        """Makes a talk about the index at `place`, named after the minute; no two get one name.

        Raises `SessionError`.
        """
        first = strftime("%Y-%m-%d-%H%M")
        with self._open() as connection:
            for name in chain([first], (f"{first}-{number}" for number in count(2))):
                made = connection.execute(
                    "INSERT OR IGNORE INTO sessions (name, place, used) VALUES (?, ?, ?)",
                    (name, place, time()),
                )
                if made.rowcount:
                    break
        return name

    def add(self, name: str, turn: SavedTurn, *, place: str) -> None:
        """Writes one more turn of a talk about the index at `place`; on disk when it returns.

        The talk begins with its first turn. Raises `SessionError`.
        """
        check_name(name)
        values = {"name": name, "place": place, "used": time(), "turn": _TURN.dump_json(turn).decode()}
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "INSERT INTO sessions (name, place, used) VALUES (:name, :place, :used) "
                "ON CONFLICT (name) DO UPDATE SET place = excluded.place, used = excluded.used",
                values,
            )
            connection.execute(
                "INSERT INTO turns SELECT id, coalesce(max(number), 0) + 1, :turn FROM sessions "
                "LEFT JOIN turns ON session = id WHERE name = :name GROUP BY id",
                values,
            )
            connection.execute("COMMIT")

    def rename(self, name: str, new: str) -> bool:
        """Gives a talk another name; False where there is none.

        Raises `SessionError`, also for a new name that another talk has.
        """
        check_name(new)
        if not self.file.exists():
            return False
        with self._open() as connection:
            try:
                renamed = connection.execute("UPDATE sessions SET name = ? WHERE name = ?", (new, name))
            except sqlite3.IntegrityError as error:
                raise SessionError(f"There is a talk {new!r} already: choose another name.") from error
            return renamed.rowcount > 0

    def cut(self, name: str, number: int) -> int:
        """Forgets the turns of a talk from `number` (counted from 1) on, and returns how many they were.

        Their text is overwritten as soon as no other process reads the file. Raises `SessionError`.
        """
        if not self.file.exists():
            return 0
        with self._open() as connection:
            forgotten = connection.execute(
                "DELETE FROM turns WHERE session = (SELECT id FROM sessions WHERE name = ?) AND number >= ?",
                (name, number),
            ).rowcount
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return forgotten

    def delete(self, name: str) -> bool:
        """Forgets a talk, its text overwritten; False where there is none.

        Raises `SessionError`, also for a talk that is forgotten while another process keeps its text on disk.
        """
        if not self.file.exists():
            return False
        with self._open() as connection:
            found = connection.execute("DELETE FROM sessions WHERE name = ?", (name,)).rowcount > 0
            connection.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if found and busy:  # what is deleted stands in the log too
            raise SessionError(
                f"{name!r} is deleted, but another process reads the saved talks, so that its text stays in "
                f"{self.file}-wal until that ends: end it, then run `ragkit chat --list`."
            )
        return found

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._make_private()
            with closing(sqlite3.connect(self.file, timeout=_BUSY_SECONDS, isolation_level=None)) as opened:
                self._prepare(opened)
                yield opened
        except (OSError, sqlite3.OperationalError) as error:
            raise SessionError(
                f"The saved talks at {self.file} cannot be used ({error}). Mend the permissions of the "
                "folder or free some space; XDG_STATE_HOME names another folder."
            ) from error
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error

    def _make_private(self) -> None:
        """The file and its folder, for their owner alone from the first moment."""
        self.file.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        opened = os.open(self.file, os.O_RDWR | os.O_CREAT, _PRIVATE)
        try:
            os.fchmod(opened, _PRIVATE)
        finally:
            os.close(opened)

    def _prepare(self, opened: sqlite3.Connection) -> None:
        opened.execute("PRAGMA foreign_keys = ON")
        opened.execute("PRAGMA secure_delete = ON")
        version = opened.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise SessionError(f"The saved talks at {self.file} are of a newer ragkit. Use that one.")
        if version < _VERSION:
            opened.execute("PRAGMA journal_mode = WAL")
            opened.executescript(f"BEGIN IMMEDIATE;{_TABLES}COMMIT;")

    def _damaged(self, error: Exception) -> SessionError:
        reason = str(error).splitlines()[0]
        return SessionError(
            f"The saved talks at {self.file} cannot be read ({reason}). Restore the file from a copy, or "
            "move it away to begin anew."
        )


def check_name(name: str) -> None:
    """Raises `SessionError` for a name that cannot be shown or typed."""
    if not name.strip() or not name.isprintable() or len(name) > _MOST_LETTERS:
        raise SessionError(
            f"{name!r:.100} cannot name a talk: use 1 to {_MOST_LETTERS} letters that can be seen, "
            "as in budget-2024."
        )
