"""Texts made by chance from a seed, and indexes of them, for tests."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from ragkit.chunkers import MarkdownConfig
from ragkit.config import Config
from ragkit.embedders import HashingConfig
from ragkit.index import LocalIndex
from ragkit.ingest import Ingest, ReadLimits
from ragkit.stages import Embedder
from ragkit.types import Chunk, Hit, StageScore

DEMO = Path(__file__).parents[1] / "corpora" / "demo"
LIMITS = ReadLimits(workers=1)

_SYLLABLES = ("ba", "ker", "lo", "min", "dra", "su", "pel", "to", "vin", "gar", "ze", "hop")
_HAN = "风险管理法律合同系统工程技术历史地理河流山脉城市人口经济软件许可证维护报告"
_SECONDS_AGO = 10


def vocabulary() -> list[str]:
    """144 made-up words; the first stand in most texts, the last in few."""
    return [first + second for first in _SYLLABLES for second in _SYLLABLES]


def sentence(chance: random.Random) -> str:
    """Words whose frequencies fall as in real text; one sentence in four is Chinese."""
    if chance.random() < 0.25:
        return "".join(chance.choices(_HAN, k=chance.randint(6, 24))) + "。"
    words = vocabulary()
    weights = [1.0 / rank for rank in range(1, len(words) + 1)]
    return " ".join(chance.choices(words, weights, k=chance.randint(5, 18))).capitalize() + ". "


def text(seed: int | str) -> str:
    """A Markdown text of some 400 words."""
    chance = random.Random(seed)
    parts = []
    for _ in range(3):
        parts.append(f"## {' '.join(chance.sample(vocabulary(), 2)).title()}\n\n")
        parts.append("".join(sentence(chance) for _ in range(chance.randint(6, 16))) + "\n\n")
    return "".join(parts)


def write_corpus(folder: Path, names: Sequence[str], *, seed: int = 0) -> None:
    """One text for each name; the text depends on the name and the seed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        write_old(folder / name, text(f"{seed}/{name}"))


def write_old(path: Path, content: str) -> None:
    """Writes a file that seems to be some seconds old, so that its time can be trusted."""
    import os
    import time

    path.write_text(content, encoding="utf-8")
    then = time.time() - _SECONDS_AGO
    os.utime(path, (then, then))


def queries(count: int, *, seed: int = 1) -> list[str]:
    """One to five words, in English or Chinese."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        if number % 4 == 0:
            found.append("".join(chance.choices(_HAN, k=chance.randint(2, 6))))
        else:
            found.append(" ".join(chance.choices(vocabulary(), k=chance.randint(1, 5))))
    return found


def config(path: Path) -> Config:
    """Small chunks and the hashing embedder: fast, and many chunks from little text."""
    return Config(index=path, chunker=MarkdownConfig(size=40), embedder=HashingConfig(dimension=64))


def ingest(path: Path) -> Ingest:
    """What fills the index at `path`."""
    return config(path).build_ingest(limits=LIMITS)


def chunk_ids(index: LocalIndex) -> set[str]:
    """The ids of all chunks."""
    return {chunk.id for document in index.documents() for chunk in index.chunks(document.id)}


def rankings(index: LocalIndex, embedder: Embedder, asked: Sequence[str]) -> list[list[tuple[str, float]]]:
    """The first 20 (chunk id, score) of each query, lexical and dense."""
    found = []
    for query in asked:
        lexical = index.search_lexical(index.analyzer.terms(query), limit=20)
        dense = index.search_dense(embedder.embed_query(query), limit=20)
        found += [[(chunk.id, score) for chunk, score in hits] for hits in (lexical, dense)]
    return found


def scored_hits(stage: str, **scores: float) -> list[Hit]:
    """Hits by name in the order given, as one stage scored them."""
    return [
        Hit(
            chunk=Chunk(id=name, document_id="d", start=0, end=1, text="x"),
            score=score,
            stages={stage: StageScore(rank=rank, score=score)},
        )
        for rank, (name, score) in enumerate(scores.items(), start=1)
    ]
