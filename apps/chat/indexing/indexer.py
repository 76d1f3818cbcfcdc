"""The thread of the server that has files indexed, one collection after the other."""

from __future__ import annotations

import logging
from threading import Event as Flag
from threading import Thread

from apps.chat.chains import Chains
from apps.chat.errors import NotReadable
from apps.chat.indexing.desk import Desk
from apps.chat.indexing.folders import settle_folders
from apps.chat.indexing.messages import where
from apps.chat.indexing.states import FileStates
from apps.chat.reasons import Reason
from apps.chat.settings import AppSettings
from apps.chat.storage import Collection, Database, Library

_LOOK_SECONDS = 1.0  # how long a change that nobody told of, or the end of an undo, may wait
_AFTER_ERROR_SECONDS = 5.0
_KILL_SECONDS = 10.0
_log = logging.getLogger(__name__)


class Indexer:
    """Indexes what is queued, purges what was removed, and makes first questions, in the background."""

    def __init__(self, database: Database, settings: AppSettings, *, chains: Chains) -> None:
        self._database = database
        self._states = FileStates(database)
        self._news = Flag()
        self._stopping = Flag()
        self._abandoning = Flag()
        self._thread: Thread | None = None
        self._desk = Desk(self._states, settings, chains=chains, stop_now=self._abandoning.is_set)

    def start(self) -> None:
        """Settles what an earlier run left undone, and begins. Call it before uploads are accepted."""
        self._states.recover()
        self._desk.clear(settle_folders(self._states, self._database.folder))
        self._stopping.clear()
        self._abandoning.clear()
        self._thread = Thread(target=self._run, name="indexer", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something new to do; without this it is found a second later."""
        self._news.set()

    def stop(self, seconds: float) -> None:
        """Ends within about `seconds`: what is at work then is queued again, and goes on after `start`."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping.set()
        self._news.set()
        thread.join(seconds)
        self._abandoning.set()
        thread.join(_KILL_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether it is at work, or ready to be."""
        return self._thread is not None and self._thread.is_alive()

    def unlock(self, library: Library, file_id: str, password: str) -> None:
        """Puts a copy without password in the place of a locked file, and queues it.

        Raises `NotReadable` for a wrong password, `NotFound`, `NotAllowed`.
        """
        from ragkit import EncryptedFile, LoadError, unlock_pdf

        file = library.own_file(file_id)
        if file.state != "locked":
            return
        try:
            unlock_pdf(file.path, file.path, password)
        except EncryptedFile as error:
            raise NotReadable("password_wrong", name=file.name) from error
        except LoadError as error:
            raise NotReadable("not_unlocked", name=file.name, reason=Reason(str(error))) from error
        self._states.unlocked(file)
        self.wake()

    def rebuild(self, collection: Collection) -> None:
        """Queues all files of a collection again, as after a change of its chain."""
        self._states.queue_all(collection.id, failed=True)
        self.wake()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                if not self._step():
                    self._desk.rest()
                    self._news.wait(_LOOK_SECONDS)
                    self._news.clear()
        finally:
            self._desk.close()

    def _step(self) -> bool:
        """Does the next thing; False where there is none. No error ends the thread."""
        try:
            return self._desk.work()
        except Exception as error:
            _log.error("indexing: %s", where(error))
            self._desk.close()
            self._stopping.wait(_AFTER_ERROR_SECONDS)
            return False
