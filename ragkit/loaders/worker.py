"""The other side of `WorkerPool`: what runs inside a worker process."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from ragkit.errors import LoadError

_PAGE = os.sysconf("SC_PAGE_SIZE")


def serve() -> None:
    """Answer tasks from the connection given on the command line until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    connection = Connection(int(sys.argv[2]))
    try:
        function, retry = pickle.loads(connection.recv_bytes())  # noqa: S301 # our own parent sent it
    except Exception as error:
        connection.send(("broken", f"{type(error).__name__}: {error}"))
        return
    _limit_memory(int(sys.argv[3]))
    connection.send(("ready", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
    try:
        while True:
            item, failure = connection.recv()
            work = function if failure is None else partial(_again, retry, failure)
            if not _answer(connection, work, item):
                return
    except (EOFError, OSError):
        return


def _again(retry: Callable[[Any, Exception], Any], failure: Exception, item: Any) -> Any:
    return retry(item, failure)


def _answer(connection: Connection, work: Callable[[Any], Any], item: Any) -> bool:
    """Send what `work` makes of the item; False when memory ran out and this process should go."""
    try:
        outcome = work(item)
    except MemoryError:
        connection.send(("memory", None))
        return False
    except Exception as error:
        outcome = error
    try:
        connection.send(("done", outcome))
    except MemoryError:
        connection.send(("memory", None))
        return False
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        connection.send(("done", LoadError(f"its result cannot be handed over ({error})"[:300])))
    return True


def _exit_with_parent() -> None:
    """Standard input is a pipe that only the parent holds open."""
    while os.read(0, 1):
        pass
    os._exit(1)


def _limit_memory(amount: int) -> None:
    """Allow `amount` bytes of address space beyond what this process has by now."""
    if not amount or not sys.platform.startswith("linux"):
        return
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        used = int(file.read().split()[0]) * _PAGE
    resource.setrlimit(resource.RLIMIT_AS, (used + amount, used + amount))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
