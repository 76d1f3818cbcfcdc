"""The file of the dense view: FAISS's own bytes, and a footer that tells whether they are whole."""

from __future__ import annotations

import json
import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.errors import StorageError
from ragkit.index.checksums import crc32

if TYPE_CHECKING:
    import faiss

_MAGIC = b"ragkitF2"
_FOOTER = struct.Struct("<QQ8s")

Meta = dict[str, Any]


def write(index: faiss.Index, file: Path, meta: Meta) -> None:
    """Writes the file: complete under its name, or not at all. Raises `StorageError`."""
    import faiss

    temporary = file.with_suffix(".new")
    try:
        faiss.write_index(index, str(temporary))
        _append_footer(temporary, meta)
        temporary.replace(file)
    except (OSError, RuntimeError) as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(
            f"{file} could not be written ({error}). Nothing is lost: it is made anew from the "
            "store. Free some space or mend the permissions, and run again."
        ) from error


def _append_footer(file: Path, meta: Meta) -> None:
    """Behind FAISS's own bytes: JSON, its CRC-32, its length (8 bytes each), a magic number."""
    size = file.stat().st_size
    body = json.dumps(meta | {"size": size, "crc": crc32(file, size)}).encode()
    with file.open("ab") as stream:
        stream.write(body + _FOOTER.pack(zlib.crc32(body), len(body), _MAGIC))
        stream.flush()
        os.fsync(stream.fileno())


def read_meta(file: Path) -> Meta | None:
    """What was written beside the index of a file that is whole, else None."""
    try:
        with file.open("rb") as stream:
            end = stream.seek(-_FOOTER.size, os.SEEK_END)
            crc, length, magic = _FOOTER.unpack(stream.read())
            if magic != _MAGIC or length > end:
                return None
            stream.seek(end - length)
            body = stream.read(length)
    except OSError:
        return None
    if zlib.crc32(body) != crc:
        return None
    meta: Meta = json.loads(body)
    return meta if meta["size"] == end - length and meta["crc"] == crc32(file, meta["size"]) else None
