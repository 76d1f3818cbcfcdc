"""The states of all files of all people, for the indexer alone: people see theirs through `Library`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.chat.indexing.messages import Outcome
from apps.chat.reasons import SAME_AS
from apps.chat.storage import Collection, Database, StoredFile
from apps.chat.storage.files import stored
from apps.chat.storage.library import collection_of

MOST_FILES = 16  # of one collection before the others have their turn
MOST_BYTES = 1024**2  # a larger file goes alone
_MOST_DEATHS = 2  # of the worker over one file
_MOST_STOPS = 5  # of the whole server, which may have other causes
_KILLED = "reading it ended the program twice, perhaps for want of memory"
_COLLECTION = "SELECT c.*, p.name AS owner_name FROM collections c JOIN people p ON p.id = c.owner "
_QUEUED = "state = 'queued' AND removed IS NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A folder of a file that no row speaks of any more; `paths` may stand in the index yet."""

    collection: str
    folder: Path
    paths: tuple[str, ...]


class FileStates:
    """Reads and writes what the indexer does. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- collections

    def collections(self) -> list[Collection]:
        """All of them."""
        with self._database.reading() as connection:
            return [self._collection(row) for row in connection.execute(_COLLECTION)]

    def collection(self, collection_id: str) -> Collection | None:
        """One, None where it was deleted."""
        with self._database.reading() as connection:
            row = connection.execute(_COLLECTION + "WHERE c.id = ?", (collection_id,)).fetchone()
        return self._collection(row) if row else None

    def people(self) -> set[int]:
        """The numbers of all people."""
        with self._database.reading() as connection:
            return {row["id"] for row in connection.execute("SELECT id FROM people")}

    def suggest(self, collection_id: str, questions: Sequence[str]) -> None:
        """Keeps the questions that a collection answers."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE collections SET suggestions = ? WHERE id = ?",
                (json.dumps(questions, ensure_ascii=False), collection_id),
            )

    def without_suggestions(self) -> list[str]:
        """Collections with something to ask and no question."""
        sql = (
            "SELECT id FROM collections c WHERE suggestions = '[]' AND EXISTS "
            "(SELECT 1 FROM files WHERE collection = c.id AND state = 'ready' AND removed IS NULL)"
        )
        with self._database.reading() as connection:
            return [row["id"] for row in connection.execute(sql)]

    # -- the queue

    def waiting(self) -> list[str]:
        """Collections with queued files, the one that waits longest first."""
        sql = f"SELECT collection FROM files WHERE {_QUEUED} GROUP BY collection ORDER BY min(rowid)"  # noqa: S608
        with self._database.reading() as connection:
            return [row["collection"] for row in connection.execute(sql)]

    def take(self, collection: Collection) -> list[StoredFile]:
        """The next queued files of a collection, which are now being read.

        A large file is alone, and so is one that ended the worker before.
        """
        sql = f"SELECT * FROM files WHERE collection = ? AND {_QUEUED} ORDER BY rowid LIMIT {MOST_FILES}"  # noqa: S608
        with self._database.writing() as connection:
            rows = connection.execute(sql, (collection.id,)).fetchall()
            batch = _batch([stored(row, collection.files) for row in rows])
            connection.executemany(
                "UPDATE files SET state = 'parsing', attempts = attempts + 1, done = 0, total = 0, "
                "reason = '' WHERE id = ?",
                [(file.id,) for file in batch],
            )
        return batch

    def embedding(self, file: StoredFile, *, done: int, total: int) -> None:
        """How far a file that is being read has come."""
        self._each(
            "UPDATE files SET state = 'embedding', done = ?, total = ? "
            "WHERE id = ? AND state IN ('parsing', 'embedding')",
            [(done, total, file.id)],
        )

    def settle(self, file: StoredFile, outcome: Outcome) -> None:
        """What became of a file."""
        with self._database.writing() as connection:
            same = _same(connection, file, [Path(path).parent.name for path in outcome.others])
            connection.execute(
                "UPDATE files SET state = ?, reason = ?, pages = ?, empty_pages = ?, passages = ?, "
                "warnings = ?, done = 0, total = 0, attempts = 0 WHERE id = ?",
                (
                    outcome.state,
                    f"{SAME_AS}{same}" if same else outcome.reason,
                    outcome.pages,
                    outcome.empty_pages,
                    outcome.passages,
                    json.dumps(outcome.warnings, ensure_ascii=False),
                    file.id,
                ),
            )

    def fail(self, files: Iterable[StoredFile], reason: str) -> None:
        """Gives up files for this reason."""
        for file in files:
            self.settle(file, Outcome(path=str(file.path), state="failed", reason=reason))

    def put_back(self, files: Iterable[StoredFile]) -> None:
        """Queues files again that were taken, through no fault of theirs."""
        self._each(
            "UPDATE files SET state = 'queued', done = 0, total = 0, attempts = max(attempts - 1, 0) "
            "WHERE id = ? AND state IN ('parsing', 'embedding')",
            [(file.id,) for file in files],
        )

    def blame(self, files: Sequence[StoredFile], reason: str = _KILLED) -> None:
        """Queues files again that ended the worker; one that did so twice is given up, for this reason."""
        self._requeue_taken([file.id for file in files], most=_MOST_DEATHS, reason=reason)

    def recover(self) -> None:
        """Queues what was being read when the server ended, in whatever way."""
        with self._database.reading() as connection:
            sql = "SELECT id FROM files WHERE state IN ('parsing', 'embedding')"
            ids = [row["id"] for row in connection.execute(sql)]
        self._requeue_taken(ids, most=_MOST_STOPS, reason=_KILLED)

    def queue_all(self, collection_id: str, *, failed: bool = False) -> None:
        """Queues every file of a collection that is answered from, and with `failed` those that failed."""
        states = ("ready", "failed") if failed else ("ready", "ready")
        self._each(
            "UPDATE files SET state = 'queued', reason = '', attempts = 0 "
            "WHERE collection = ? AND state IN (?, ?)",
            [(collection_id, *states)],
        )

    def unlocked(self, file: StoredFile) -> None:
        """Queues a file that can be read now."""
        size = file.path.stat().st_size
        self._each(
            "UPDATE files SET state = 'queued', reason = '', attempts = 0, size = ? WHERE id = ?",
            [(size, file.id)],
        )

    # -- removal

    def wanted(self, files: Sequence[StoredFile], *, removed_before: float) -> bool:
        """Whether any of the files is neither gone nor to be purged."""
        marks = ",".join("?" * len(files))
        sql = f"SELECT 1 FROM files WHERE id IN ({marks}) AND coalesce(removed, ?) >= ? LIMIT 1"  # noqa: S608
        values = (*(file.id for file in files), removed_before, removed_before)
        with self._database.reading() as connection:
            return connection.execute(sql, values).fetchone() is not None

    def purge(self, *, removed_before: float) -> list[Leftover]:
        """Forgets files whose removal cannot be taken back any more, and says what is left of them."""
        with self._database.writing() as connection:
            rows = connection.execute(
                "DELETE FROM files WHERE removed < ? RETURNING id, collection, name", (removed_before,)
            ).fetchall()
            connection.executemany(
                "UPDATE files SET reason = '' WHERE collection = ? AND state = 'ready' AND reason = ?",
                [(row["collection"], f"{SAME_AS}{row['name']}") for row in rows],
            )
            return [self._leftover(connection, row) for row in rows]

    def all_files(self) -> list[StoredFile]:
        """Every file, the removed ones too."""
        with self._database.reading() as connection:
            folders = {row["id"]: self._collection(row).files for row in connection.execute(_COLLECTION)}
            rows = connection.execute("SELECT * FROM files").fetchall()
        return [stored(row, folders[row["collection"]]) for row in rows]

    # --

    def _requeue_taken(self, ids: Sequence[str], *, most: int, reason: str) -> None:
        self._each(
            "UPDATE files SET done = 0, total = 0, state = iif(attempts < ?, 'queued', 'failed'), "
            "reason = iif(attempts < ?, '', ?) WHERE id = ? AND state IN ('parsing', 'embedding')",
            [(most, most, reason, file_id) for file_id in ids],
        )

    def _each(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        with self._database.writing() as connection:
            connection.executemany(sql, rows)

    def _leftover(self, connection: sqlite3.Connection, file: sqlite3.Row) -> Leftover:
        row = connection.execute(_COLLECTION + "WHERE c.id = ?", (file["collection"],)).fetchone()
        folder = self._collection(row).files / file["id"]
        return Leftover(collection=row["id"], folder=folder, paths=(str(folder / file["name"]),))

    def _collection(self, row: sqlite3.Row) -> Collection:
        return collection_of(row, self._database.folder, reader=row["owner"])


def _batch(files: Sequence[StoredFile]) -> list[StoredFile]:
    """The first of the files, and those after it that can be read along with it."""
    batch, size = list(files[:1]), sum(file.size for file in files[:1])
    for file in files[1:]:
        size += file.size
        if size > MOST_BYTES or file.attempts or batch[0].attempts:
            break
        batch.append(file)
    return batch


def _same(connection: sqlite3.Connection, file: StoredFile, ids: Sequence[str]) -> str:
    """The name of the first of other files that was there before this one; "" where it is the first."""
    marks = ",".join("?" * len(ids))
    sql = (
        f"SELECT name FROM files WHERE id IN ({marks}) AND removed IS NULL AND collection = ? "  # noqa: S608
        "AND rowid < (SELECT rowid FROM files WHERE id = ?) ORDER BY rowid LIMIT 1"
    )
    row = connection.execute(sql, (*ids, file.collection, file.id)).fetchone()
    return row["name"] if row else ""
