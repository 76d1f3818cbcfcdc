"""Where ragkit remembers what a user said and spent."""

from __future__ import annotations

import os
from pathlib import Path


def state_folder() -> Path:
    """XDG_STATE_HOME/ragkit, else ~/.local/state/ragkit; it need not be there yet."""
    return Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "ragkit"
