"""Processes that keep to a core each, so that long measurements use all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.queues import Queue


@contextmanager
def process_per_core() -> Iterator[ProcessPoolExecutor]:
    """A pool of as many processes as this one may use cores; what is loaded in one has one thread."""
    spawned = get_context("spawn")
    allowed = spawned.Queue()
    cores = sorted(os.sched_getaffinity(0))
    for core in cores:
        allowed.put(core)
    with ProcessPoolExecutor(len(cores), spawned, initializer=_keep_to, initargs=(allowed,)) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _keep_to(allowed: Queue[int]) -> None:
    os.sched_setaffinity(0, {allowed.get()})
