"""Files: what is wrong in them, their place tried before anything long is begun, written whole or not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ragkit.errors import ConfigError

_MOST = 20  # problems that are listed


def listed(problems: Sequence[str]) -> str:
    """The first problems of a file, a line each, and how many more there are."""
    more = [f"  ... and {len(problems) - _MOST} more"] if len(problems) > _MOST else []
    return "\n".join([*problems[:_MOST], *more])


def check_place(path: Path) -> None:
    """Raises `ConfigError` where no file can be written, before there is anything to lose."""
    if path.is_dir():
        raise ConfigError(f"{path} is a folder. Name a file.")
    folder = next(one for one in path.absolute().parents if one.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ConfigError(f"{path} cannot be written: {folder} is not a folder that you may write to.")


def write_whole(path: Path, text: str) -> None:
    """Writes beside the path and then takes its place. Raises `ConfigError`."""
    beside = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
