"""Which of several processes this is, where a training runs in more than one."""

from __future__ import annotations

import os


def is_first() -> bool:
    """Whether this process writes files and tells what happens: the only one, or the first of all."""
    return os.environ.get("RANK", "0") == "0"


def card() -> int:
    """The number of the graphics card that is this process's own."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def processes() -> int:
    """How many processes share the training."""
    return int(os.environ.get("WORLD_SIZE", "1"))
