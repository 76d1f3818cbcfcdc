"""The files of a Tantivy index: whether they are what Tantivy wrote, and what a kill leaves among them."""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from pathlib import Path

_FOOTER = struct.Struct("<II")
_MAGIC = 1337


def crc32(file: Path, size: int) -> int:
    """CRC-32 of the first `size` bytes."""
    if size <= 0:
        return 0
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return zlib.crc32(memoryview(mapped)[:size])


def segments_are_whole(folder: Path) -> bool:
    """Whether every file of the committed segments is complete and fits the checksum in its footer.

    Tantivy writes these checksums but looks at none of them on opening: it would return wrong hits, or
    panic. Raises `OSError`, `ValueError`, `KeyError` or `struct.error` for what cannot be read at all.
    """
    meta = json.loads((folder / "meta.json").read_bytes())
    names = {segment["segment_id"].replace("-", "") for segment in meta["segments"]}
    files = [file for file in folder.iterdir() if file.name.split(".")[0] in names]
    return {file.name.split(".")[0] for file in files} == names and all(map(_is_whole, files))


def remove_uncommitted_deletions(folder: Path) -> None:
    """Removes the lists of deleted chunks that a killed writer wrote but did not commit.

    Tantivy gives the next commit the same number, and refuses to write a file that is already there.
    Needs the write lock.
    """
    committed = {
        f"{segment['segment_id'].replace('-', '')}.{segment['deletes']['opstamp']}.del"
        for segment in json.loads((folder / "meta.json").read_bytes())["segments"]
        if segment["deletes"]
    }
    for file in folder.glob("*.del"):
        if file.name not in committed:
            file.unlink()


def _is_whole(file: Path) -> bool:
    """A file ends with {"version": ..., "crc": ...}, the length of that, and a magic number."""
    with file.open("rb") as stream:
        end = stream.seek(-_FOOTER.size, os.SEEK_END)
        length, magic = _FOOTER.unpack(stream.read())
        if magic != _MAGIC or length > end:
            return False
        stream.seek(end - length)
        footer = json.loads(stream.read(length))
    return bool(footer["crc"] == crc32(file, end - length))
