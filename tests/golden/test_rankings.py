"""Exact rankings on a tiny corpus. Store new ones: RAGKIT_UPDATE_GOLDEN=1 pytest tests/golden"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from corpus import LIMITS

from ragkit.chunkers import MarkdownConfig
from ragkit.config import Config
from ragkit.embedders import HashingConfig
from ragkit.retrievers import Bm25Config, HybridConfig

FOLDER = Path(__file__).parent
STORED = FOLDER / "rankings.json"
UPDATE = os.environ.get("RAGKIT_UPDATE_GOLDEN") == "1"
RETRIEVERS = {"bm25": Bm25Config(), "hybrid": HybridConfig()}
QUESTIONS = (
    "When was the Humber Bridge opened?",
    "longest span of a suspension bridge",
    "How is rust kept from the cables?",
    "earthquake",
    "terminate the agreement with notice",
    "How long must records be kept?",
    "黄河发源于哪里？",
    "长江有多长？",
    "合同有效期",
    "三峡大坝在哪个城市？",
)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A chain over an index of the corpus, in chunks of some sentences."""
    path = tmp_path_factory.mktemp("golden") / "index"
    made = Config(index=path, chunker=MarkdownConfig(size=32), embedder=HashingConfig())
    made.build_ingest(limits=LIMITS).run([FOLDER / "corpus"])
    return made


def rankings(config: Config, name: str) -> dict[str, list[str]]:
    """The first five passages of each question as "file:start-end score"."""
    chain = config.model_copy(update={"retriever": RETRIEVERS[name]}).build()
    found: dict[str, list[str]] = {}
    for question in QUESTIONS:
        found[question] = []
        for hit in chain.search(question, limit=5):
            place = chain.documents.place(hit.chunk.document_id, hit.chunk.start)
            line = f"{Path(place.source).name}:{hit.chunk.start}-{hit.chunk.end} {hit.score:.6f}"
            found[question].append(line)
    return found


@pytest.mark.parametrize("name", RETRIEVERS)
def test_rankings_are_those_stored(config: Config, name: str) -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    found = rankings(config, name)
    if UPDATE:
        STORED.write_text(json.dumps(stored | {name: found}, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert found == (found if UPDATE else stored[name])
