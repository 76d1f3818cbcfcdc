"""How an app is run: where its data lie, who may reach it, and how much of everything it takes."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

MEGABYTE = 1024**2


def data_folder() -> Path:
    """XDG_DATA_HOME/ragkit/app, else ~/.local/share/ragkit/app; it need not be there yet."""
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "ragkit" / "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most of everything that one person may ask for; sizes in bytes, rates a minute."""

    file_bytes: int = 100 * MEGABYTE
    files: int = 2000
    storage_bytes: int = 4096 * MEGABYTE
    question_characters: int = 8000
    questions_per_minute: int = 60
    requests_per_minute: int = 1200
    logins_per_minute: int = 10
    chats_at_once: int = 4
    """Answers written at the same time, of all people together."""
    queue: int = 64
    """Questions that may wait for their turn."""
    undo_seconds: float = 30.0
    """How long the removal of a file can be taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """Everything that `ragkit app` can be told. `chain` is a preset or a YAML file."""

    data: Path = field(default_factory=data_folder)
    host: str = "127.0.0.1"
    port: int = 7860
    names: tuple[str, ...] = ()
    """More names that browsers may call the app by, as behind a proxy."""
    chain: str = "multilingual"
    offline: bool = True
    limits: Limits = Limits()
