"""What every peer does and how it is timed.

Runs in each peer's own environment, beside the peer's script: the standard library and numpy only.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any, Protocol

import numpy as np

LIMIT = 10
MARK = "FIGURES "
Row = tuple[str, str]
"""An id and a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
    """The same passages twice: as rows in memory, and as a file for those who read files."""

    rows: list[Row]
    file: Path


class Given:
    """Vectors drawn beforehand, by text: embedding costs nothing."""

    def __init__(self, vectors: dict[str, np.ndarray]) -> None:
        self.vectors = vectors

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), 384), float32."""
        return np.stack([self.vectors[text] for text in texts])


Model = str | Given
"""A folder of sentence-transformers, or vectors in its stead."""


class Peer(Protocol):
    """One framework, used as its documentation says; `folder` is where it may keep what it indexes."""

    def warm(self) -> None:
        """Loads the model."""

    def embed(self, texts: Sequence[str]) -> object:
        """Only the vectors of passages."""

    def build(self, passages: Passages) -> None:
        """Embeds and indexes passages, one chunk each, ready for hybrid search."""

    def add(self, passages: Passages) -> None:
        """Embeds and adds passages; the next search finds them."""

    def search(self, question: str) -> Sequence[Any]:
        """The ten best passages by hybrid search, as the framework gives them."""

    def ids(self, found: Sequence[Any]) -> list[str]:
        """The ids of what `search` found."""

    def dense(self, question: str) -> list[str]:
        """Ids of the ten best passages by vectors alone."""

    def save(self) -> None:
        """Writes what `open` needs."""

    def open(self) -> None:
        """Opens in a fresh process what `save` wrote."""

    def read_pdfs(self, files: Sequence[Path]) -> int:
        """Reads, cuts and indexes PDFs with the framework's own defaults; the number of chunks."""

    def files_of(self, question: str) -> list[str]:
        """File names of the ten best chunks, after `read_pdfs`."""


Maker = Callable[[Model, Path, str], Peer]
"""Makes a peer from a model, a folder of its own, and the name of a variant."""


def run(make: Maker) -> None:
    """`python PEER.py PHASE SPEC`: does one phase and prints its figures as the last line."""
    phase, spec_path = sys.argv[1:3]
    spec = json.loads(Path(spec_path).read_text(encoding="utf-8"))
    figures = {"corpus": _corpus, "reopen": _reopen, "pdf": _pdf, "large": _large}[phase](make, spec)
    print("\n" + MARK + json.dumps(figures), flush=True)
    os._exit(0)  # what a framework does at exit is not measured


def _corpus(make: Maker, spec: dict[str, Any]) -> dict[str, object]:
    """Indexing with its memory; then queries, additions, and saving for `reopen`."""
    peer = make(spec["model"], Path(spec["folder"]), spec["variant"])
    peer.warm()
    passages = _passages(spec["passages"])
    figures: dict[str, object] = {"index_s": _seconds(lambda: peer.build(passages)), "peak_mib": _peak_mib()}
    if "query" in spec["tasks"]:
        figures |= _querying(peer, spec["warm"], spec["questions"])
    if "add" in spec["tasks"]:
        batches = [_passages(file) for file in spec["extras"]]
        figures |= _adding(peer, batches)
        figures["embed_10_s"] = median(
            _seconds(lambda texts=[t + " Again." for _, t in b.rows]: peer.embed(texts)) for b in batches
        )
    if "reopen" in spec["tasks"]:
        peer.save()
    return figures


def _reopen(make: Maker, spec: dict[str, Any]) -> dict[str, object]:
    peer = make(spec["model"], Path(spec["folder"]), spec["variant"])
    peer.open()
    return {"found": peer.ids(peer.search(spec["questions"][0]["text"]))}


def _pdf(make: Maker, spec: dict[str, Any]) -> dict[str, object]:
    """From the files to the first answer; then in how many answers the right file is among the ten."""
    peer = make(spec["model"], Path(spec["folder"]), spec["variant"])
    peer.warm()
    files = [Path(file) for file in spec["pdfs"]]
    asked = spec["pdf_questions"]
    gc.collect()
    started = perf_counter()
    chunks = peer.read_pdfs(files)
    peer.files_of(asked[0]["text"])
    seconds = perf_counter() - started
    right = [not set(peer.files_of(row["text"])).isdisjoint(row["relevant"]) for row in asked]
    return {"pdf_s": seconds, "pdf_chunks": chunks, "pdf_right": f"{sum(right)}/{len(right)}"}


def _large(make: Maker, spec: dict[str, Any]) -> dict[str, object]:
    """Vectors are given: hybrid queries, recall of the dense part against exact search, additions."""
    large = spec["large"]
    passages = _passages(large["passages"])
    batches = [_passages(file) for file in large["extras"]]
    texts = [text for part in (passages, *batches) for _, text in part.rows]
    texts += [row["text"] for row in large["warm"] + large["questions"]]
    vectors = np.load(large["vectors"])
    given = Given(dict(zip(texts, vectors, strict=True)))
    peer = make(given, Path(spec["folder"]), spec["variant"])
    seconds = _seconds(lambda: peer.build(passages))
    times, _ = _ask(peer, large["warm"], large["questions"])
    recall = [len({*peer.dense(row["text"])} & {*row["exact"]}) / LIMIT for row in large["questions"]]
    figures = {"large_build_s": seconds, "large_recall": float(np.mean(recall))}
    figures |= {f"large_{name}": value for name, value in _spread(times).items()}
    return figures | {f"large_{name}": value for name, value in _adding(peer, batches).items()}


def _querying(peer: Peer, warm: list[dict[str, Any]], questions: list[dict[str, Any]]) -> dict[str, object]:
    times, found = _ask(peer, warm, questions)
    ranks = [_rank(ids, row["relevant"]) for ids, row in zip(found, questions, strict=True)]
    return {**_spread(times), "mrr": float(np.mean([1 / rank if rank else 0.0 for rank in ranks]))}


def _ask(
    peer: Peer, warm: list[dict[str, Any]], questions: list[dict[str, Any]]
) -> tuple[list[float], list[list[str]]]:
    """Milliseconds and ids of each question; none is asked twice."""
    for row in warm:
        peer.search(row["text"])
    times, found = [], []
    for row in questions:
        started = perf_counter()
        raw = peer.search(row["text"])
        times.append(1000 * (perf_counter() - started))
        found.append(peer.ids(raw))
    return times, found


def _spread(times: list[float]) -> dict[str, float]:
    return {"p50_ms": median(times), "p95_ms": quantiles(times, n=20)[-1]}


def _rank(ids: list[str], relevant: list[str]) -> int:
    """The rank of the first relevant passage among the ten best, 0 if there is none."""
    places = [place for place, id_ in enumerate(dict.fromkeys(ids), start=1) if id_ in relevant]
    return places[0] if places and places[0] <= LIMIT else 0


def _adding(peer: Peer, batches: list[Passages]) -> dict[str, object]:
    """Each batch is new; a search must find what was added."""
    times = [_seconds(lambda batch=batch: peer.add(batch)) for batch in batches]
    lost = [
        id_ for batch in batches for id_, text in batch.rows[:2] if id_ not in peer.ids(peer.search(text))
    ]
    if lost:
        raise RuntimeError(f"added passages are not found: {lost}")
    return {"add_s": median(times)}


def _passages(file: str) -> Passages:
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return Passages(rows=[(row["id"], row["text"]) for row in rows], file=Path(file))


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    return _quick_seconds(work)


def _quick_seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _peak_mib() -> float:
    """The high-water mark of this program (`ru_maxrss` would hold its parent's, too)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
