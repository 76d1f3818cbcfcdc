"""Remembers what took long to find out about a file of weights, in the user's cache folder.

One small JSON file for each file of weights, valid while path, size and time of change are the same. A note
that is damaged, or cannot be written, is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import time_ns

from pydantic import TypeAdapter, ValidationError

_RACY_NS = 2_000_000_000  # a file changed this shortly ago may change again unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`difference` is the largest between vectors of onnxruntime and of torch; None: never compared."""

    size: int
    mtime_ns: int
    sha256: str = ""
    difference: float | None = None


def note_of(weights: Path) -> Note:
    """What is known of the file as it is now."""
    info = weights.stat()
    fresh = Note(size=info.st_size, mtime_ns=info.st_mtime_ns)
    try:
        known = TypeAdapter(Note).validate_json(_place(weights).read_bytes())
    except (OSError, ValidationError):
        return fresh
    return known if (known.size, known.mtime_ns) == (fresh.size, fresh.mtime_ns) else fresh


def remember(weights: Path, *, sha256: str = "", difference: float | None = None) -> None:
    """Adds to what is known of the file, for the processes to come."""
    known = note_of(weights)
    if known.mtime_ns > time_ns() - _RACY_NS:
        return
    if sha256:
        known = replace(known, sha256=sha256)
    if difference is not None:
        known = replace(known, difference=difference)
    place = _place(weights)
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = place.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(asdict(known)), encoding="utf-8")
        unfinished.replace(place)


def _place(weights: Path) -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    name = hashlib.sha256(os.fsencode(weights.resolve())).hexdigest()[:32]
    return base / "ragkit" / "weights" / f"{name}.json"
