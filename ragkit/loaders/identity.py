"""The identity of a file: its content and the loader that reads it, never its name."""

from __future__ import annotations

import hashlib
from pathlib import Path

_BLOCK = 1 << 20
_LENGTH = 32


def content_id(kind: str, data: bytes) -> str:
    """The id of the document that a loader of this kind makes of `data`: 32 hexadecimal digits."""
    return hashlib.sha256(kind.encode() + b"\0" + data).hexdigest()[:_LENGTH]


def stream_id(kind: str, path: Path) -> str:
    """The same as `content_id` of the file's bytes, without holding them in memory."""
    digest = hashlib.sha256(kind.encode() + b"\0")
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()[:_LENGTH]
