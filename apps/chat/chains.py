"""The chain of each collection, opened when it is first asked."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from apps.chat.settings import AppSettings
from apps.chat.storage import Collection
from ragkit import Chain, Config, load_config, parse_config

_MOST_OPEN = 64


class Chains:
    """Chains over the indexes of collections; those used last stay open. Safe to share between threads."""

    def __init__(self, settings: AppSettings) -> None:
        self._settings = settings
        self._open: OrderedDict[str, tuple[str, Chain]] = OrderedDict()
        self._building: dict[str, Lock] = {}
        self._lock = Lock()

    def config(self, collection: Collection) -> Config:
        """What the collection's chain is made of; its index is always its own. Raises `ConfigError`."""
        if collection.chain:
            chosen = parse_config(collection.chain, name=f"the chain of {collection.name!r}")
        else:
            chosen = load_config(self._settings.chain)
        return chosen.model_copy(update={"index": collection.index, "offline": self._settings.offline})

    def of(self, collection: Collection) -> Chain:
        """Its chain. Raises `IndexNotFound` while nothing is indexed, `IndexMismatch`, `ConfigError`."""
        with self._lock:
            building = self._building.setdefault(collection.id, Lock())
        with building:  # of this collection only: the others are answered meanwhile
            chain, opened = self._open.get(collection.id, ("", None))
            if opened is None or chain != collection.chain:
                opened = self.config(collection).build()
            self._keep(collection, opened)
        return opened

    def _keep(self, collection: Collection, opened: Chain) -> None:
        with self._lock:
            self._open[collection.id] = (collection.chain, opened)
            self._open.move_to_end(collection.id)
            while len(self._open) > _MOST_OPEN:
                self._building.pop(self._open.popitem(last=False)[0], None)

    def forget(self, collection_id: str) -> None:
        """Opens the chain of a collection anew when it is asked next, as after its removal."""
        with self._lock:
            self._open.pop(collection_id, None)
