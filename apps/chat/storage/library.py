"""The collections that one person may see, and the files in them."""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from time import time

from apps.chat.errors import AppError, NotAllowed, NotFound
from apps.chat.storage.accounts import Person
from apps.chat.storage.database import Database
from apps.chat.storage.files import StoredFile, stored

_MOST_LETTERS = 80
_VISIBLE = """
SELECT c.*, p.name AS owner_name FROM collections c JOIN people p ON p.id = c.owner
WHERE (c.owner = :me OR EXISTS (SELECT 1 FROM shares s WHERE s.collection = c.id AND s.person = :me))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Documents that are searched together. `own` for its owner; all others may only read and ask.

    `chain` is the YAML of its chain, "" for the app's own; `suggestions` are questions that it answers.
    """

    id: str
    name: str
    owner: int
    owner_name: str
    own: bool
    folder: Path
    chain: str = ""
    suggestions: tuple[str, ...] = ()

    @property
    def index(self) -> Path:
        """Its index, which the command line can use as well."""
        return self.folder / "index"

    @property
    def chain_file(self) -> Path:
        """Where its own chain lies as a file."""
        return self.folder / "chain.yaml"

    @property
    def files(self) -> Path:
        """The folder of the uploaded files."""
        return self.folder / "files"

    @property
    def golden(self) -> Path:
        """Questions with their right passages, as `ragkit eval --golden` reads them."""
        return self.folder / "golden.jsonl"


class Library:
    """What one person may see and change: an id is looked up among theirs, a forged one is not found."""

    def __init__(self, database: Database, person: Person) -> None:
        self._database = database
        self.person = person

    # -- collections

    def collections(self) -> list[Collection]:
        """Their own, then those that others share with them, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(_VISIBLE + "ORDER BY c.owner != :me, c.name", self._me).fetchall()
        return [self._collection(row) for row in rows]

    def collection(self, collection_id: str) -> Collection:
        """One that they may read and ask. Raises `NotFound`."""
        with self._database.reading() as connection:
            row = connection.execute(_VISIBLE + "AND c.id = :id", self._me | {"id": collection_id}).fetchone()
        if row is None:
            raise NotFound("no_such_collection")
        return self._collection(row)

    def own(self, collection_id: str) -> Collection:
        """One that they may change. Raises `NotFound`, or `NotAllowed` for one that is shared with them."""
        collection = self.collection(collection_id)
        if not collection.own:
            raise NotAllowed("collection_theirs", name=collection.name, owner=collection.owner_name)
        return collection

    def create(self, name: str) -> Collection:
        """A new, empty collection. Raises `AppError` for a name that is taken or not usable."""
        name = _checked(name)
        collection_id = secrets.token_hex(8)
        try:
            with self._database.writing() as connection:
                connection.execute(
                    "INSERT INTO collections (id, owner, name, created) VALUES (?, ?, ?, ?)",
                    (collection_id, self.person.id, name, time()),
                )
        except sqlite3.IntegrityError as error:
            raise AppError("collection_taken", name=name) from error
        return self.collection(collection_id)

    def rename(self, collection_id: str, name: str) -> None:
        """Raises as `own` and `create` do."""
        name = _checked(name)
        try:
            collection = self.own(collection_id)
            with self._database.writing() as connection:
                connection.execute("UPDATE collections SET name = ? WHERE id = ?", (name, collection.id))
        except sqlite3.IntegrityError as error:
            raise AppError("collection_taken", name=name) from error

    def set_chain(self, collection_id: str, chain: str) -> None:
        """Gives a collection another chain, as YAML. Raises as `own` does."""
        collection = self.own(collection_id)
        _write_chain(replace(collection, chain=chain))
        with self._database.writing() as connection:
            connection.execute("UPDATE collections SET chain = ? WHERE id = ?", (chain, collection.id))

    def chain_file(self, collection: Collection) -> Path | None:
        """The collection's own chain as a file, for the command line; None where it has none of its own."""
        if not collection.chain:
            return None
        if not collection.chain_file.exists():  # it was set before there were such files
            _write_chain(collection)
        return collection.chain_file

    def delete(self, collection_id: str) -> None:
        """Removes a collection with its files and its index, for good. Raises as `own` does."""
        collection = self.own(collection_id)
        with self._database.writing() as connection:
            connection.execute("DELETE FROM collections WHERE id = ?", (collection.id,))
        shutil.rmtree(collection.folder, ignore_errors=True)

    # -- sharing

    def share(self, collection_id: str, person: Person) -> None:
        """Lets somebody read and ask a collection. Raises as `own` does."""
        collection = self.own(collection_id)
        with self._database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO shares VALUES (?, ?)", (collection.id, person.id))

    def unshare(self, collection_id: str, person: Person) -> None:
        """Ends what `share` began. Raises as `own` does."""
        collection = self.own(collection_id)
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM shares WHERE collection = ? AND person = ?", (collection.id, person.id)
            )

    def shared_with(self, collection_id: str) -> list[str]:
        """The names of those who may read it beside its owner. Raises as `own` does."""
        query = "SELECT name FROM people JOIN shares ON person = id WHERE collection = ? ORDER BY name"
        with self._database.reading() as connection:
            return [row["name"] for row in connection.execute(query, (self.own(collection_id).id,))]

    # -- files

    def files(self, collection_id: str) -> list[StoredFile]:
        """Its files in the order of their names; removed ones are left out. Raises `NotFound`."""
        collection = self.collection(collection_id)
        query = (
            "SELECT * FROM files WHERE collection = ? AND removed IS NULL ORDER BY name COLLATE NOCASE, id"
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, (collection.id,)).fetchall()
        return [stored(row, collection.files) for row in rows]

    def has_removed(self, collection_id: str) -> bool:
        """Whether files stand in its index that are removed, and not purged yet. Raises `NotFound`."""
        query = "SELECT 1 FROM files WHERE collection = ? AND removed IS NOT NULL"
        with self._database.reading() as connection:
            return connection.execute(query, (self.collection(collection_id).id,)).fetchone() is not None

    def file(self, file_id: str) -> StoredFile:
        """One file of any collection that they may read, also a removed one. Raises `NotFound`."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM files WHERE id = ?", (file_id,)).fetchone()
        if row is None:
            raise NotFound("no_such_file")
        try:
            return stored(row, self.collection(row["collection"]).files)
        except NotFound as error:
            raise NotFound("no_such_file") from error

    def own_file(self, file_id: str) -> StoredFile:
        """One that they may change. Raises `NotFound`, `NotAllowed`."""
        file = self.file(file_id)
        self.own(file.collection)
        return file

    def add(self, collection_id: str, *, file_id: str, name: str, size: int) -> StoredFile:
        """Enters a file that stands at `files/<file_id>/<name>`, to be indexed. Raises as `own` does."""
        collection = self.own(collection_id)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO files (id, collection, name, size, state, added) "
                "VALUES (?, ?, ?, ?, 'queued', ?)",
                (file_id, collection.id, name, size, time()),
            )
        return self.file(file_id)

    def remove(self, file_ids: Iterable[str]) -> None:
        """Takes files out of answers at once; `restore` takes it back until they are purged."""
        self._set_removed(file_ids, time())

    def restore(self, file_ids: Iterable[str]) -> None:
        """Takes a removal back. Raises `NotFound` for a file that was purged."""
        self._set_removed(file_ids, None)

    def retry(self, file_id: str) -> None:
        """Queues a file again that could not be indexed."""
        file = self.own_file(file_id)
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE files SET state = 'queued', reason = '', attempts = 0 WHERE id = ?", (file.id,)
            )

    def used(self) -> tuple[int, int]:
        """How many files their own collections hold, and how many bytes."""
        query = (
            "SELECT count(*), coalesce(sum(size), 0) FROM files JOIN collections c ON c.id = collection "
            "WHERE c.owner = ?"
        )
        with self._database.reading() as connection:
            count, size = connection.execute(query, (self.person.id,)).fetchone()
        return count, size

    def _set_removed(self, file_ids: Iterable[str], when: float | None) -> None:
        owned = [(when, self.own_file(file_id).id) for file_id in file_ids]
        with self._database.writing() as connection:
            connection.executemany("UPDATE files SET removed = ? WHERE id = ?", owned)

    @property
    def _me(self) -> dict[str, object]:
        return {"me": self.person.id}

    def _collection(self, row: sqlite3.Row) -> Collection:
        return collection_of(row, self._database.folder, reader=self.person.id)


def collection_of(row: sqlite3.Row, data: Path, *, reader: int) -> Collection:
    """The collection of a database row, as the person with the number `reader` sees it."""
    return Collection(
        id=row["id"],
        name=row["name"],
        owner=row["owner"],
        owner_name=row["owner_name"],
        own=row["owner"] == reader,
        folder=data / "people" / str(row["owner"]) / row["id"],
        chain=row["chain"],
        suggestions=tuple(json.loads(row["suggestions"])),
    )


def _write_chain(collection: Collection) -> None:
    collection.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    collection.chain_file.write_text(collection.chain, encoding="utf-8")


def _checked(name: str) -> str:
    name = name.strip()
    if not name or not name.isprintable() or len(name) > _MOST_LETTERS:
        raise AppError("collection_name", name=name, most=_MOST_LETTERS)
    return name
