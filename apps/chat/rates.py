"""How often somebody may do something."""

from __future__ import annotations

from math import ceil
from time import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from apps.chat.errors import TooMuch


class Rates:
    """Counts what each key did within the last minute."""

    def __init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def wait(self, key: str, per_minute: int) -> int:
        """Counts one more; 0 if that may be, else the seconds to wait."""
        item = RateLimitItemPerMinute(per_minute)
        if self._limiter.hit(item, key):
            return 0
        return max(1, ceil(self._limiter.get_window_stats(item, key).reset_time - time()))

    def count(self, key: str, per_minute: int) -> None:
        """Counts one more. Raises `TooMuch` where that is too many."""
        if seconds := self.wait(key, per_minute):
            raise TooMuch("too_fast", count=per_minute, seconds=seconds)
