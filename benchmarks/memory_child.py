"""One indexing run in a process of its own, that prints its peak of resident memory."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ragkit.config import Config
from ragkit.embedders import HashingConfig
from ragkit.index import LocalIndex


def peak_mb() -> float:
    """The high-water mark of this program (`ru_maxrss` would hold its parent's, too)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def main(folder: str, index: str, mode: str) -> None:
    """Indexes `folder`; in mode "store" the peak is read before FAISS and Tantivy catch up."""
    config = Config(index=Path(index), embedder=HashingConfig(dimension=384))
    ingest = config.build_ingest()
    if mode == "store":
        LocalIndex.sync = lambda self: None  # type: ignore[method-assign]  # what this mode is for
    report = ingest.run([Path(folder)])
    peak = peak_mb()
    assert report.count("indexed") == len(report.files), "copies must differ"
    print(json.dumps({"peak_mb": peak, "files": len(report.files)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
