"""What is to be done next in the background, and doing it with the worker."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Sequence
from time import monotonic, time

from apps.chat.chains import Chains
from apps.chat.indexing.messages import Embedding, End, Event, Job, Outcome, Suggested
from apps.chat.indexing.process import Abandoned, WorkerDied, WorkerProcess
from apps.chat.indexing.states import FileStates, Leftover
from apps.chat.reasons import NOT_INDEXED
from apps.chat.settings import AppSettings
from apps.chat.storage import Collection, StoredFile
from ragkit import RagkitError

_HOLD_SECONDS = 5.0  # before a collection is tried again whose index somebody else writes to
_IDLE_SECONDS = 60.0  # that a worker with nothing to do is kept
_WRITTEN_SECONDS = 0.3  # between two notes of how far a file is
_SLICE_SECONDS = 60.0  # of embedding, after which others have their turn; what is embedded is kept
_log = logging.getLogger(__name__)


class Desk:
    """Does one thing at a time: purges, else a batch of files, else first questions. For one thread.

    Collections take turns. Whatever is at work is given up when `stop_now` says so, or when nobody wants its
    result any more, as that of a deleted collection.
    """

    def __init__(
        self, states: FileStates, settings: AppSettings, *, chains: Chains, stop_now: Callable[[], bool]
    ) -> None:
        self._states = states
        self._undo_seconds = settings.limits.undo_seconds
        self._chains = chains
        self._stop_now = stop_now
        self._worker = WorkerProcess()
        self._turns: dict[str, int] = {}
        self._held: dict[str, float] = {}
        self._anew: set[str] = set()
        self._left: list[Leftover] = []
        self._unasked: set[str] = set(states.without_suggestions())
        self._busy = monotonic()

    def clear(self, left: Iterable[Leftover]) -> None:
        """Has folders cleared away that no row speaks of."""
        self._left.extend(left)

    def work(self) -> bool:
        """Does the next thing; False where there is none."""
        self._left.extend(self._states.purge(removed_before=self._removed_before))
        done = self._clear_away() or self._index_next() or self._suggest_next()
        if done:
            self._busy = monotonic()
        return done

    def rest(self) -> None:
        """Ends a worker that had nothing to do for a while."""
        if monotonic() - self._busy > _IDLE_SECONDS:
            self._worker.kill()

    def close(self) -> None:
        """Ends the worker; what it was at is queued again."""
        self._worker.kill()
        self._states.recover()

    # -- purging

    def _clear_away(self) -> bool:
        """Takes the leftovers of one collection out of its index and off the disk."""
        ready = [left for left in self._left if not self._is_held(left.collection)]
        if not ready:
            return False
        of_one = [left for left in ready if left.collection == ready[0].collection]
        collection = self._states.collection(ready[0].collection)
        if collection and not self._forgotten(collection, of_one):
            self._hold(collection.id)
            return True
        for left in of_one:
            shutil.rmtree(left.folder, ignore_errors=True)
            self._left.remove(left)
        if collection:
            self._unasked.add(collection.id)
        return True

    def _forgotten(self, collection: Collection, left: Sequence[Leftover]) -> bool:
        """Whether the index of a collection does not know the paths of leftovers any more."""
        paths = tuple(path for one in left for path in one.paths)
        if not paths or not collection.index.exists():
            return True
        try:
            end = self._run(collection, Job(work="remove", config=self._config(collection), paths=paths))
        except (RagkitError, WorkerDied, Abandoned):
            return False
        if end.problem == "other settings":
            self._begin_anew(collection)
        return end.problem in ("", "other settings")

    # -- indexing

    def _index_next(self) -> bool:
        """Indexes a batch of the collection whose turn it is."""
        waiting = self._waiting()
        if not waiting:
            return False
        chosen = min(waiting, key=lambda one: self._turns.get(one, -1))
        self._turns[chosen] = max(self._turns.values(), default=0) + 1
        collection = self._states.collection(chosen)
        batch = self._states.take(collection) if collection else []
        if collection and batch:
            self._index(collection, batch)
        return True

    def _waiting(self) -> list[str]:
        return [one for one in self._states.waiting() if not self._is_held(one)]

    def _index(self, collection: Collection, batch: Sequence[StoredFile]) -> None:
        started = monotonic()
        anew = collection.id in self._anew
        paths = tuple(str(file.path) for file in batch)
        try:
            job = Job(work="index", config=self._config(collection), paths=paths, anew=anew)
            progress = _Progress(self._states, batch)

            def is_wanted() -> bool:
                return self._is_wanted(batch) and not self._must_yield(collection, progress)

            end = self._run(collection, job, wanted=is_wanted, tell=progress.take)
        except RagkitError as error:  # the chain of the collection cannot be used
            end = End(problem="refused", message=str(error))
        except Abandoned:
            self._states.put_back(batch)
            return
        except WorkerDied:
            _log.warning("collection %s: the worker died over %d files", collection.id, len(batch))
            self._states.blame(batch)
            return
        if anew:
            self._anew.discard(collection.id)
            self._chains.forget(collection.id)
        self._conclude(collection, batch, end)
        _log.info(
            "collection %s: %d files, %.1f s %s",
            collection.id,
            len(batch),
            monotonic() - started,
            end.problem,
        )

    def _conclude(self, collection: Collection, batch: Sequence[StoredFile], end: End) -> None:
        match end.problem:
            case "":
                self._states.put_back(batch)  # those that nothing was said of
                self._unasked.add(collection.id)
            case "other settings":
                self._begin_anew(collection)
                self._states.put_back(batch)
            case "locked":
                self._states.put_back(batch)
                self._hold(collection.id)
            case "refused":
                self._states.fail(batch, f"{NOT_INDEXED}{end.message}")
            case "broken":
                self._states.blame(batch, f"an unexpected error ended its reading ({end.message})")

    def _begin_anew(self, collection: Collection) -> None:
        """The files are the truth: all are queued before the index of other settings goes."""
        self._states.queue_all(collection.id)
        self._anew.add(collection.id)

    # -- first questions

    def _suggest_next(self) -> bool:
        """Makes the first questions of a collection, until a file waits to be indexed."""
        if not self._unasked:
            return False
        collection = self._states.collection(self._unasked.pop())
        if collection is None or not collection.index.exists():
            return True
        found: list[str] = []

        def keep(event: Event) -> None:
            if isinstance(event, Suggested):
                found.extend(event.questions)

        try:
            job = Job(work="suggest", config=self._config(collection))
            end = self._run(collection, job, wanted=lambda: not self._waiting(), tell=keep)
        except Abandoned:
            self._unasked.add(collection.id)
            return True
        except (RagkitError, WorkerDied) as error:
            end = End(problem="broken", message=type(error).__name__)
        if end.problem:
            _log.info("collection %s: no first questions (%s)", collection.id, end.message or end.problem)
            return True
        self._states.suggest(collection.id, found)
        return True

    # -- the worker

    def _run(
        self,
        collection: Collection,
        job: Job,
        *,
        wanted: Callable[[], bool] = lambda: True,
        tell: Callable[[Event], None] = lambda event: None,
    ) -> End:
        """Has a job done while it is wanted and the collection is there. Raises `WorkerDied`, `Abandoned`."""

        def go_on() -> bool:
            return not self._stop_now() and self._states.collection(collection.id) is not None and wanted()

        end = End()
        try:
            for event in self._worker.run(job, wanted=go_on):
                if isinstance(event, End):
                    end = event
                else:
                    tell(event)
        finally:
            self._drop_deleted(collection)
        return end

    def _is_wanted(self, batch: Sequence[StoredFile]) -> bool:
        return self._states.wanted(batch, removed_before=self._removed_before)

    def _must_yield(self, collection: Collection, progress: _Progress) -> bool:
        """Whether it has had its time while files of somebody else wait."""
        if progress.embedding_seconds < _SLICE_SECONDS:
            return False
        waiting = [self._states.collection(one) for one in self._waiting()]
        return any(other and other.owner != collection.owner for other in waiting)

    def _drop_deleted(self, collection: Collection) -> None:
        """What the worker wrote into the folder of a collection while it was deleted."""
        if self._states.collection(collection.id) is None:
            self._chains.forget(collection.id)
            if collection.owner in self._states.people():
                shutil.rmtree(collection.folder, ignore_errors=True)

    def _config(self, collection: Collection) -> str:
        return self._chains.config(collection).model_dump_json()

    @property
    def _removed_before(self) -> float:
        return time() - self._undo_seconds

    def _hold(self, collection_id: str) -> None:
        self._held[collection_id] = monotonic() + _HOLD_SECONDS

    def _is_held(self, collection_id: str) -> bool:
        return self._held.get(collection_id, 0.0) > monotonic()


class _Progress:
    """Writes down what the worker says of a batch, not more often than anyone would look."""

    def __init__(self, states: FileStates, batch: Sequence[StoredFile]) -> None:
        self._states = states
        self._files = {str(file.path): file for file in batch}
        self._written: dict[str, float] = {}
        self._began = 0.0

    @property
    def embedding_seconds(self) -> float:
        """How long passages have been embedded."""
        return monotonic() - self._began if self._began else 0.0

    def take(self, event: Event) -> None:
        if isinstance(event, Outcome):
            self._states.settle(self._files[event.path], event)
            return
        self._began = self._began or monotonic()
        if isinstance(event, Embedding) and self._is_due(event):
            self._states.embedding(self._files[event.path], done=event.done, total=event.total)
            self._written[event.path] = monotonic()

    def _is_due(self, event: Embedding) -> bool:
        return monotonic() - self._written.get(event.path, 0.0) > _WRITTEN_SECONDS
