"""What lies on the disk against what the database says, after an end that nobody planned."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from apps.chat.indexing.states import FileStates, Leftover
from apps.chat.storage import Collection, StoredFile

_GONE = "the uploaded file is gone: upload it again"
_COLLECTION = re.compile(r"[0-9a-f]{16}")


def settle_folders(states: FileStates, data: Path) -> list[Leftover]:
    """Makes folders and rows agree again, and returns folders of files that are still to be cleared away.

    Call it before anything is uploaded: an upload that was cut off is a folder without a row, and swept away.
    Rows without a file fail. Folders of deleted collections go; those of people who are gone stay.
    """
    collections, files = states.collections(), states.all_files()
    _drop_deleted(data, {collection.folder for collection in collections}, states.people())
    kept = [file for file in files if file.removed is None and file.state != "failed"]
    missing = [file for file in kept if not file.path.exists()]
    states.fail(missing, _GONE)
    for collection in collections:
        _queue_unindexed(states, collection, files)
    by_folder = {file.path.parent: file for file in files}
    found = [left for collection in collections for left in _unknown(collection, by_folder)]
    return found + [_left(file) for file in missing]


def _drop_deleted(data: Path, known: set[Path], people: set[int]) -> None:
    """Folders of collections that are not in the database, of people who are."""
    for person in people:
        for folder in (data / "people" / str(person)).glob("*"):
            if folder.is_dir() and _COLLECTION.fullmatch(folder.name) and folder not in known:
                shutil.rmtree(folder, ignore_errors=True)


def _queue_unindexed(states: FileStates, collection: Collection, files: list[StoredFile]) -> None:
    """Somebody took the index away: it is made again."""
    ready = any(file.collection == collection.id and file.state == "ready" for file in files)
    if ready and not (collection.index / "store.sqlite").exists():
        states.queue_all(collection.id)


def _unknown(collection: Collection, files: dict[Path, StoredFile]) -> list[Leftover]:
    """Folders that no row speaks of. What else was left half written goes at once."""
    left = []
    for entry in collection.files.glob("*"):
        if not entry.is_dir():
            _remove(entry)
        elif file := files.get(entry):
            for other in set(entry.iterdir()) - {file.path}:
                _remove(other)
        else:
            paths = tuple(str(path) for path in sorted(entry.iterdir()))
            left.append(Leftover(collection=collection.id, folder=entry, paths=paths))
    return left


def _left(file: StoredFile) -> Leftover:
    return Leftover(collection=file.collection, folder=file.path.parent, paths=(str(file.path),))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
