"""Opens a large index in a fresh process, answers one question, and tells the seconds and the memory."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from time import perf_counter

import faiss  # noqa: F401, TID253  # imports are not what is measured
import numpy as np
import tantivy  # noqa: F401, TID253

from benchmarks.million import GivenEmbedder, open_index
from ragkit.retrievers import HybridConfig


def main() -> None:
    """Reads [path, question, vector] from stdin and prints JSON."""
    path, question, vector = json.load(sys.stdin)
    embedder = GivenEmbedder({question: np.array(vector, np.float32)})
    started = perf_counter()
    with open_index(Path(path)) as index:
        hits = HybridConfig().build(index, embedder).retrieve(question, limit=10)
        seconds = perf_counter() - started
        status = Path("/proc/self/status").read_text(encoding="ascii")
    sizes = {name: 1024 * int(kb) for name, kb in re.findall(r"(RssAnon|RssFile):\s+(\d+) kB", status)}
    facts = {
        "seconds": seconds,
        "hits": len(hits),
        "anonymous": sizes["RssAnon"],
        "mapped": sizes["RssFile"],
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
