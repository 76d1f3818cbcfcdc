"""Near-duplicates: whether all are found, and what that costs, beside datasketch's plain loop."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpus import scratch
from benchmarks.data import data_folder
from benchmarks.dedup_texts import Made, likeness, make, shingles
from benchmarks.figures import Figure
from benchmarks.timing import median_ratio, quick_seconds, spread
from ragkit.data.semantic import THRESHOLD as SEMANTIC
from ragkit.data.semantic import SemanticFinder
from ragkit.duplicates import THRESHOLD, NearFinder
from ragkit.embedders import OnnxConfig

TEXTS = 1_000_000
BESIDE = 20_000  # texts that datasketch reads, too
TURNS = 3
MOST_MB = 4096.0
_BATCH = 2048


def measure() -> list[Figure]:
    """The judged articles, a million short texts in a process of its own, and both libraries in turns."""
    made = make(TEXTS)
    return [*_articles(), *_million(made), *_beside(made.texts[:BESIDE])]


def _articles() -> list[Figure]:
    """articles_100 is what was looked at while this was made; five of the ten true pairs are in both sets."""
    figures = []
    for name in ("articles_100", "articles_1000"):
        folder = data_folder() / "dedup"
        lines = (folder / f"{name}.train").read_text(encoding="utf-8").splitlines()
        ids, texts = zip(*(line.split(" ", 1) for line in lines), strict=True)
        pairs = (folder / f"{name}.truth").read_text(encoding="utf-8").splitlines()
        truth = {frozenset(pair.split()) for pair in pairs}
        for by, kept_as in (
            (f"near, {THRESHOLD:g}", _find(texts)),
            (f"semantic, {SEMANTIC:g}", _by_meaning(texts)),
        ):
            found = {
                frozenset((ids[place], ids[kept])) for place, kept in enumerate(kept_as) if place != kept
            }
            missed, false = len(truth - found), len(found - truth)
            figures += [
                Figure(
                    name=f"{name}, {by}: true pairs missed", value=missed, target=0, note=f"of {len(truth)}"
                ),
                Figure(
                    name=f"{name}, {by}: false pairs", value=false, target=0, note=f"{len(texts)} articles"
                ),
            ]
    return figures


def _find(texts: Sequence[str]) -> list[int]:
    with NearFinder() as finder:
        for start in range(0, len(texts), _BATCH):
            finder.add(texts[start : start + _BATCH])
        kept: list[int] = finder.copies().kept_as.tolist()
    return kept


def _by_meaning(texts: Sequence[str]) -> list[int]:
    with SemanticFinder(OnnxConfig().build()) as finder:
        finder.add(texts)
        kept: list[int] = finder.copies().kept_as.tolist()
    return kept


def _million(made: Made) -> list[Figure]:
    source, out, aliases = (scratch() / f"dedup{end}" for end in (".jsonl", ".kept.jsonl", ".aliases.jsonl"))
    with source.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in made.texts)
    command = [sys.executable, "-m", "benchmarks.dedup_child", str(source), str(out), str(aliases)]
    done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    dropped = _dropped(aliases)
    true = [
        place
        for place, origin in made.origins.items()
        if likeness(made.texts[place], made.texts[origin]) >= THRESHOLD
    ]
    missed = sum(place not in dropped for place in true)
    false = sum(
        likeness(made.texts[place], made.texts[kept]) < THRESHOLD - 1e-9 for place, kept in dropped.items()
    )
    texts = f"{len(made.texts):,} texts, {source.stat().st_size / 1e6:.0f} MB"
    return [
        Figure(name="a million: peak memory, MB", value=done["peak_mb"], target=MOST_MB, note=texts),
        Figure(
            name="a million: texts/s, from file to file",
            value=len(made.texts) / done["seconds"],
            better="higher",
            note=f"{done['seconds']:.0f} s, {done['disk_mb']:.0f} MB of temporary files",
        ),
        Figure(
            name="a million: planted copies missed, share",
            value=missed / len(true),
            target=1e-3,
            note=f"{missed} of {len(true):,} copies that are {THRESHOLD:g} like their original or more",
        ),
        Figure(
            name="a million: dropped, but less like what is kept",
            value=false,
            target=0,
            note=f"of {len(dropped):,} dropped; likeness computed by other code",
        ),
    ]


def _dropped(aliases: Path) -> dict[int, int]:
    """Place of each copy, and of what is kept for it."""
    rows = map(json.loads, aliases.read_text(encoding="utf-8").splitlines())
    return {row["line"] - 1: row["kept_line"] - 1 for row in rows}


def _beside(texts: Sequence[str]) -> list[Figure]:
    """The same texts, the same likeness and number of hash functions, on one core, in turns."""
    ours, theirs = [], []
    for _ in range(TURNS):
        ours.append(quick_seconds(lambda: _find(texts)))
        theirs.append(quick_seconds(lambda: _datasketch(texts)))
    kept, beside = _find(texts), _datasketch(texts)
    unlike = sum(
        other is not None and likeness(texts[place], texts[other]) < THRESHOLD - 1e-9
        for place, other in enumerate(beside)
    )
    rates = f"datasketch {len(texts) / min(theirs):,.0f}/s, ragkit {len(texts) / min(ours):,.0f}/s"
    note = f"{len(texts):,} texts; {rates}"
    return [
        Figure(
            name="texts/s, of datasketch's plain loop",
            value=median_ratio(theirs, ours),
            target=3.0,
            better="higher",
            note=f"{note}; seconds {spread(theirs)} and {spread(ours)}",
        ),
        Figure(
            name="datasketch: dropped, but less like what is kept",
            value=unlike,
            note=f"of {sum(other is not None for other in beside):,}; ragkit drops "
            f"{sum(place != other for place, other in enumerate(kept)):,}, none of them so",
        ),
    ]


def _datasketch(texts: Sequence[str]) -> list[int | None]:
    """For each text the first that the index returns, which it is dropped for; None for one that is kept."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=128)
    dropped: list[int | None] = []
    for place, text in enumerate(texts):
        signature = MinHash(num_perm=128)
        signature.update_batch([" ".join(run).encode() for run in shingles(text)])
        found = index.query(signature)
        dropped.append(min(found) if found else None)
        if not found:
            index.insert(place, signature)
    return dropped
