"""Files to read, from the paths that a user gives."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ragkit.errors import LoadError
from ragkit.loaders.formats import SUFFIXES


def find_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Each file once: those named, whatever their suffix, and the supported ones in folders, sorted.

    Folders are walked to the bottom; what begins with a dot is left out, and a link back into a
    folder that was walked is not followed again. A folder that cannot be read stands for its files.
    Raises `LoadError` for a path that is not there.
    """
    seen: set[str] = set()
    folders: set[tuple[int, int]] = set()
    for path in paths:
        if path.is_dir():
            found: Iterator[Path] = _walk(path, folders)
        elif path.exists():
            found = iter((path,))
        else:
            raise LoadError(f"{path}: no such file or folder")
        for file in found:
            if (key := os.path.abspath(file)) not in seen:  # links stay apart: both are names of it
                seen.add(key)
                yield file


def _walk(folder: Path, folders: set[tuple[int, int]]) -> Iterator[Path]:
    if (key := _identity(folder)) in folders:
        return
    folders.add(key)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder  # reading it fails like reading a file does, and is reported like that
        return
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if _is_dir(path):
            yield from _walk(path, folders)
        elif path.suffix.lower() in SUFFIXES and path.is_file():
            yield path


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
