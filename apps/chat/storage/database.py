"""The app's SQLite file."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

from apps.chat.errors import AppError

FILE = "app.sqlite"
_BUSY_SECONDS = 30.0
_TABLES = """
CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE, password TEXT NOT NULL,
    admin INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL
) STRICT;
CREATE TABLE collections (
    id TEXT PRIMARY KEY, owner INTEGER NOT NULL REFERENCES people ON DELETE CASCADE, name TEXT NOT NULL,
    chain TEXT NOT NULL DEFAULT '', suggestions TEXT NOT NULL DEFAULT '[]', created REAL NOT NULL,
    UNIQUE (owner, name)
) STRICT;
CREATE TABLE shares (
    collection TEXT NOT NULL REFERENCES collections ON DELETE CASCADE,
    person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE, PRIMARY KEY (collection, person)
) STRICT;
CREATE TABLE files (
    id TEXT PRIMARY KEY, collection TEXT NOT NULL REFERENCES collections ON DELETE CASCADE,
    name TEXT NOT NULL, size INTEGER NOT NULL, state TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0, empty_pages INTEGER NOT NULL DEFAULT 0,
    passages INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
    warnings TEXT NOT NULL DEFAULT '[]', attempts INTEGER NOT NULL DEFAULT 0,
    added REAL NOT NULL, removed REAL
) STRICT;
CREATE INDEX files_by_collection ON files (collection);
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    collection TEXT NOT NULL REFERENCES collections ON DELETE CASCADE, question TEXT NOT NULL,
    answer TEXT NOT NULL, good INTEGER NOT NULL, created REAL NOT NULL
) STRICT;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, collection TEXT NOT NULL REFERENCES collections ON DELETE CASCADE,
    scores TEXT NOT NULL, created REAL NOT NULL
) STRICT;
"""
_ENDED = "CREATE TABLE ended (session TEXT PRIMARY KEY, until REAL NOT NULL) STRICT;"
_RATINGS = """
ALTER TABLE ratings RENAME TO ratings_with_words;
CREATE TABLE ratings (
    person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    collection TEXT NOT NULL REFERENCES collections ON DELETE CASCADE, answer TEXT NOT NULL,
    good INTEGER NOT NULL, created REAL NOT NULL, PRIMARY KEY (person, collection, answer)
) STRICT;
INSERT OR REPLACE INTO ratings
    SELECT person, collection, answer_key(question, answer), good, created
    FROM ratings_with_words ORDER BY id;
DROP TABLE ratings_with_words;
"""  # without the words of questions and answers
_NOTHING = ""  # this step has gone; its number stays
_STEPS = (_TABLES, _ENDED, _NOTHING, _RATINGS)
"""What makes each version of the file from the one before."""


def answer_key(question: str, answer: str) -> str:
    """What stands for a question and its answer: their words go when the conversation does."""
    return sha256(json.dumps([question, answer]).encode()).hexdigest()


class Database:
    """A SQLite file in the app's data folder, for its owner alone; threads and processes share it."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder and the file where there are none. Raises `AppError`."""
        self.folder = folder.expanduser().absolute()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.folder / FILE, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise AppError("data_folder", folder=self.folder, reason=error.strerror) from error
        with self.reading() as connection:
            self._prepare(connection)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection whose rows are read by name; each statement is a transaction of its own."""
        file = self.folder / FILE
        with closing(sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, which holds when the block ends well."""
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(_STEPS):
            raise AppError("data_newer", folder=self.folder)
        if version < len(_STEPS):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.create_function("answer_key", 2, answer_key, deterministic=True)
            steps = "".join(_STEPS[version:])
            connection.executescript(f"BEGIN EXCLUSIVE;{steps}PRAGMA user_version = {len(_STEPS)};COMMIT;")
