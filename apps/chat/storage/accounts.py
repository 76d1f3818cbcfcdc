"""Who may use the app."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from time import time
from typing import TYPE_CHECKING

from apps.chat.errors import AppError, NotFound
from apps.chat.storage.database import Database

if TYPE_CHECKING:
    from argon2 import PasswordHasher

ALONE = "local"
"""The name of the person who uses an app without accounts."""
_SHORTEST = 8
_LONGEST = 200
_MOST_LETTERS = 64
_ANYONE = "SELECT EXISTS (SELECT 1 FROM people WHERE password != '')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who is logged in, or the only one where there are no accounts."""

    id: int
    name: str
    admin: bool


class Accounts:
    """Names and Argon2id hashes of passwords."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Person]:
        """Everyone who can log in, by name."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT * FROM people WHERE password != '' ORDER BY name").fetchall()
        return [_person(row) for row in rows]

    def exist(self) -> bool:
        """Whether anyone can log in; then everyone has to."""
        with self._database.reading() as connection:
            return bool(connection.execute(_ANYONE).fetchone()[0])

    def alone(self) -> Person:
        """The person who uses the app where there are no accounts; they may do everything."""
        query = "SELECT * FROM people WHERE name = ?"
        with self._database.reading() as connection:
            row = connection.execute(query, (ALONE,)).fetchone()
        if row is not None:
            return _person(row)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO people (name, password, admin, created) VALUES (?, '', 1, ?)",
                (ALONE, time()),
            )
            return _person(connection.execute(query, (ALONE,)).fetchone())

    def add(self, name: str, password: str, *, admin: bool = False) -> Person:
        """Makes an account. The first is an admin's, and takes over what was made without accounts.

        Raises `AppError` for a name that cannot be had, or a short password.
        """
        _check_name(name)
        _check_password(password)
        hashed = self._hasher.hash(password)
        try:
            with self._database.writing() as connection:
                first = not connection.execute(_ANYONE).fetchone()[0]
                if not first or not _take_over(connection, name, hashed):
                    connection.execute(
                        "INSERT INTO people (name, password, admin, created) VALUES (?, ?, ?, ?)",
                        (name, hashed, int(admin or first), time()),
                    )
        except sqlite3.IntegrityError as error:
            raise AppError("account_taken", name=name) from error
        return self.named(name)

    def seal(self, number: int) -> str:
        """Letters that change with the password of the person with this number. Raises `NotFound`."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT password FROM people WHERE id = ? AND password != ''", (number,)
            ).fetchone()
        if row is None:
            raise NotFound("account_gone")
        return sha256(row["password"].encode()).hexdigest()

    def end_session(self, session: str, until: float) -> None:
        """Remembers (until that Unix time, when it ends by itself) that a session is over."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM ended WHERE until < ?", (time(),))
            connection.execute("INSERT OR IGNORE INTO ended VALUES (?, ?)", (session, until))

    def has_ended(self, session: str) -> bool:
        """Whether somebody logged out of a session."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT 1 FROM ended WHERE session = ?", (session,)).fetchone()
        return row is not None

    def named(self, name: str) -> Person:
        """The account of this name. Raises `NotFound`."""
        return _person(self._row(name))

    def with_id(self, number: int) -> Person:
        """The person with this number. Raises `NotFound`."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM people WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise NotFound("account_gone")
        return _person(row)

    def change_password(self, name: str, password: str) -> None:
        """Gives an account another password. Raises `NotFound`, or `AppError` for a short password."""
        _check_password(password)
        row = self._row(name)
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE people SET password = ? WHERE id = ?", (self._hasher.hash(password), row["id"])
            )

    def remove(self, name: str) -> Person:
        """Forgets an account and what the database holds of it; the files stay. Raises `NotFound`."""
        person = self.named(name)
        with self._database.writing() as connection:
            connection.execute("DELETE FROM people WHERE id = ?", (person.id,))
        return person

    def log_in(self, name: str, password: str) -> Person | None:
        """The person of this name and password, else None; takes as long for a name that is not there."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            row = self._row(name)
        except NotFound:
            row = None
        try:
            self._hasher.verify(row["password"] if row else self._nobody, password[:_LONGEST])
        except (VerificationError, InvalidHashError):
            return None
        return _person(row) if row else None

    def _row(self, name: str) -> sqlite3.Row:
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT * FROM people WHERE name = ? AND password != ''", (name,)
            ).fetchone()
        if row is None:
            known = ", ".join(person.name for person in self.all()) or "none"
            raise NotFound("account_unknown", name=name, known=known)
        return row  # type: ignore[no-any-return]  # sqlite3 has no types for its rows

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        """A hash that no password is known of."""
        return self._hasher.hash("nobody has this password")


def _person(row: sqlite3.Row) -> Person:
    return Person(id=row["id"], name=row["name"], admin=bool(row["admin"]))


def _take_over(connection: sqlite3.Connection, name: str, hashed: str) -> bool:
    """Gives the person who was alone a name and a password; False where there was nobody."""
    query = "UPDATE people SET name = ?, password = ?, admin = 1 WHERE name = ? AND password = ''"
    return connection.execute(query, (name, hashed, ALONE)).rowcount == 1


def _check_name(name: str) -> None:
    usable = name == name.strip() and name.isprintable() and 0 < len(name) <= _MOST_LETTERS
    if not usable or name.lower() == ALONE:
        raise AppError("account_name", name=name, most=_MOST_LETTERS, alone=ALONE)


def _check_password(password: str) -> None:
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise AppError("password_length", least=_SHORTEST, most=_LONGEST, count=len(password))
