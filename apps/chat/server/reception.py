"""Uploaded files on their way into a collection: measured while they arrive, entered when they are whole."""

from __future__ import annotations

import os
import secrets
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import BinaryIO

from apps.chat.server.kinds import WrongKind, check_kind
from apps.chat.server.words import say
from apps.chat.settings import Limits
from apps.chat.storage import Collection, Library, StoredFile
from apps.chat.storage.files import safe_name
from apps.chat.ui.words import Language

_PART = ".part"
"""The ending of files that are not whole yet; what a crash leaves of them is swept away at the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that was not taken, the reason in the sender's language, and the status that says so."""

    name: str
    reason: str
    status: int


class Arriving:
    """How many bytes each person has on the way, in all their requests together."""

    def __init__(self) -> None:
        self._bytes: Counter[int] = Counter()
        self.lock = RLock()

    def of(self, person: int) -> int:
        """The bytes on the way."""
        return self._bytes[person]

    def change(self, person: int, size: int) -> None:
        """So many more, or fewer."""
        with self.lock:
            self._bytes[person] += size


class Reception:
    """Takes the files of one request: each is entered when it is whole, or leaves nothing behind."""

    def __init__(
        self, library: Library, collection: Collection, limits: Limits, arriving: Arriving, language: Language
    ) -> None:
        self.files: list[StoredFile] = []
        self.refused: list[Refused] = []
        self.too_much = False
        self._library, self._collection = library, collection
        self._limits, self._arriving = limits, arriving
        self._language = language
        self._name = ""
        self._size = self._thrown_away = self._used = 0
        self._file: BinaryIO | None = None

    def begin(self, name: str) -> None:
        """Opens a file that nobody sees until it is whole."""
        self._name, self._size, self._thrown_away = safe_name(name), 0, 0
        count, self._used = self._library.used()
        if count >= self._limits.files:
            self._refuse("files_many", 413, most=str(self._limits.files))
            return
        self._collection.files.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = (self._collection.files / f"{secrets.token_hex(8)}{_PART}").open("xb")

    def take(self, data: bytes) -> None:
        """Writes some more, while the limits allow it."""
        if self._file is None:
            self._thrown_away += len(data)
            self.too_much = self._thrown_away > self._limits.file_bytes
        elif self._size + len(data) > self._limits.file_bytes:
            self._refuse("file_size", 413, most=_shown(self._limits.file_bytes))
        elif self._room() < len(data):
            self._refuse_for_room()
        else:
            self._arriving.change(self._library.person.id, len(data))
            self._size += len(data)
            self._file.write(data)

    def end(self) -> None:
        """Checks what arrived, and enters it into the collection."""
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        path = Path(self._file.name)
        try:
            check_kind(path, self._name)
            self._enter(path)
        except WrongKind as error:
            self._refuse_for(error.said(self._language), 415)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Forgets the file that is not whole, as where the connection was cut."""
        if self._file is None:
            return
        self._file.close()
        Path(self._file.name).unlink(missing_ok=True)
        self._arriving.change(self._library.person.id, -self._size)
        self._file = None

    def _enter(self, arrived: Path) -> None:
        file_id = arrived.stem
        place = self._collection.files / file_id
        place.mkdir(mode=0o700)
        try:
            arrived.replace(place / self._name)
            with self._arriving.lock:  # so that two requests do not fill the same room
                if self._library.used()[1] + self._size > self._limits.storage_bytes:
                    self._refuse_for_room()
                else:
                    self.files.append(
                        self._library.add(
                            self._collection.id, file_id=file_id, name=self._name, size=self._size
                        )
                    )
        finally:
            if not self.files or self.files[-1].id != file_id:
                shutil.rmtree(place, ignore_errors=True)

    def _room(self) -> int:
        return self._limits.storage_bytes - self._used - self._arriving.of(self._library.person.id)

    def _refuse_for_room(self) -> None:
        used, most = self._library.used()[1], self._limits.storage_bytes
        self._refuse("storage_full", 413, used=_shown(used), most=_shown(most))

    def _refuse(self, key: str, status: int, **values: str) -> None:
        self._refuse_for(say(self._language, key, **values), status)

    def _refuse_for(self, reason: str, status: int) -> None:
        self.refused.append(Refused(name=self._name, reason=reason, status=status))
        self.abandon()


def _shown(size: int) -> str:
    for unit, scale in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if size >= scale:
            return f"{size / scale:.4g} {unit}"
    return f"{size} bytes"
