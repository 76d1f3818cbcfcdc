"""What is loaded once, however many chains and threads of a process need it.

`functools` does not promise that: two threads that ask at the same moment may both load.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, ParamSpec, TypeVar, overload

T = TypeVar("T")
P = ParamSpec("P")

_LOADING = RLock()


class Shared(Generic[P, T]):
    """A function that makes a thing once for the same arguments, and keeps those used last."""

    def __init__(self, make: Callable[P, T], keep: int) -> None:
        self._lock = RLock()
        self._kept = functools.lru_cache(maxsize=keep)(make)
        functools.update_wrapper(self, make)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        with self._lock:
            return self._kept(*args, **kwargs)  # type: ignore[arg-type]  # what cannot be hashed raises

    def cache_clear(self) -> None:
        """Forgets all things."""
        self._kept.cache_clear()


def shared(*, keep: int) -> Callable[[Callable[P, T]], Shared[P, T]]:
    """Makes a function `Shared`; `keep` things are remembered."""
    return lambda make: Shared(make, keep)


class loaded_once(functools.cached_property[T]):  # noqa: N801  # a decorator, as its parent is
    """A cached property that two threads never make at once: the second waits for the first."""

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> loaded_once[T]: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T: ...
    def __get__(self, instance: object | None, owner: type[Any] | None = None) -> loaded_once[T] | T:
        if instance is None:
            return self
        with _LOADING:
            return super().__get__(instance, owner)
