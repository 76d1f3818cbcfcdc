"""One file freed of near-duplicates in a process of its own, that prints its peak of resident memory."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.memory_child import peak_mb
from ragkit.data.dedup import deduplicate
from ragkit.data.records import TextSource
from ragkit.duplicates import NearFinder


def main(source: str, out: str, aliases: str) -> None:
    """From file to file, as `ragkit data dedup` does."""
    with NearFinder(folder=Path(out).parent) as finder:
        done = deduplicate(TextSource.open(Path(source)), finder, out=Path(out), aliases=Path(aliases))
        disk = finder.disk_bytes / 1e6
    print(json.dumps({"peak_mb": peak_mb(), "seconds": done.seconds, "disk_mb": disk}))


if __name__ == "__main__":
    main(*sys.argv[1:])
