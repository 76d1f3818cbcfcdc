"""Whose question is answered when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

from apps.chat.errors import TooMuch
from apps.chat.settings import Limits
from apps.chat.storage import Person

if TYPE_CHECKING:
    from apps.chat.rates import Rates


class Turns:
    """Lets a few questions be answered at the same time; the others wait in line, up to a number."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free = BoundedSemaphore(limits.chats_at_once)
        self._waiting = 0
        self._lock = Lock()

    @property
    def waiting(self) -> int:
        """How many questions wait or are being answered."""
        return self._waiting

    @contextmanager
    def turn(self, person: Person) -> Iterator[None]:
        """Waits until a question of this person may be answered, for as long as the block lasts.

        Raises `TooMuch` where the line is full or the person asks too often.
        """
        self._rates.count(f"questions:{person.id}", self._limits.questions_per_minute)
        self._stand_in_line()
        try:
            with self._free:
                yield
        finally:
            with self._lock:
                self._waiting -= 1

    def _stand_in_line(self) -> None:
        with self._lock:
            if self._waiting >= self._limits.queue + self._limits.chats_at_once:
                raise TooMuch("too_many_waiting", count=self._waiting)
            self._waiting += 1

    @cached_property
    def _rates(self) -> Rates:
        from apps.chat.rates import Rates

        return Rates()
