"""What was read for earlier prompts, for those that begin in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING

from ragkit.models.chat import same_beginning

if TYPE_CHECKING:
    from ragkit.models.causal.keys_values import KeysValues


class PrefixCache:
    """Keeps the latest texts, each under the weights that read it, as long as they fit.

    It may be used by many threads: who takes a text has it alone. Only whole parts are kept, so that a
    prompt gives the same whether or not its beginning was known.
    """

    def __init__(self, new: Callable[[], KeysValues], boundary: Callable[[int], int]) -> None:
        self.new = new
        self._boundary = boundary
        self._kept: list[tuple[str, KeysValues]] = []  # the latest last
        self._lock = Lock()

    def take(self, ids: Sequence[int], *, weights: str) -> KeysValues:
        """What is known of the longest beginning of `ids`, never all of it: the last token must be read.

        A text that goes on in another way is copied where more of it would be lost than used.
        """
        with self._lock:
            best, common = None, 0
            for entry in self._kept:
                shared = self._boundary(min(same_beginning(entry[1].ids, ids), len(ids) - 1))
                if entry[0] == weights and shared > common:
                    best, common = entry, shared
            if best is None:
                return self.new()
            if len(best[1].ids) > 2 * common:
                return best[1].copy(common)
            self._kept.remove(best)
        best[1].keep(common)
        return best[1]

    def give(self, read: KeysValues, *, weights: str, most_bytes: int) -> None:
        """Keeps it for what comes, at most `most_bytes` of all; what was not used for longest gives way."""
        if not read.can_shrink or not read.settled:
            return
        read.keep(read.settled)
        with self._lock:
            self._kept.append((weights, read))
            while self._kept and sum(kept.bytes for _, kept in self._kept) > most_bytes:
                del self._kept[0]
