"""A small corpus with golden questions, a space in which the best is known, and its sweep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus import write_old

from ragkit.embedders import HashingEmbedder
from ragkit.evaluation import Evidence, Question
from ragkit.evaluation.sweep import (
    Space,
    SweepOptions,
    SweepResult,
    SweepStep,
    open_sweep,
    parse_space,
)
from ragkit.loaders import MarkdownLoader
from ragkit.stages import Vectors
from ragkit.types import Document

TOWNS = ("Arden", "Bexley", "Corby", "Dorset", "Ewell", "Fowey", "Goole", "Hythe")
FACTS = (
    "The mill of {0} was built by the miller Tom {0}son in the year {1}.",
    "A fair for horses is held at {0} on the first Monday of month {2}.",
    "The bridge of {0} carries the road over a river that is {1} miles long.",
)
QUESTIONS = ("Who built the mill of {0}?", "When is the horse fair at {0}?", "How long is the river at {0}?")
BLIND = "{embedder: {type: hashing, dimension: 2}, retriever: {type: dense}}"
PLANTED = f"""
chain: {BLIND}
space:
  chunker: [{{type: sentence, size: 24, overlap: 0}}]
  embedder.dimension: [2, 24]
  retriever: [{{type: dense}}, {{type: bm25}}]
"""


CUT = {"chunker": {"type": "sentence", "size": 24, "overlap": 0}}


def _write_town(folder: Path, number: int, town: str) -> list[Question]:
    said = [fact.format(town, 1700 + 7 * number, 1 + number) for fact in FACTS]
    folder.mkdir(exist_ok=True)
    write_old(folder / f"{town.lower()}.md", f"# {town}\n\n" + "\n\n".join(said))
    return [
        Question(
            id=f"{town}-{place}",
            question=QUESTIONS[place].format(town),
            evidence=(Evidence(source=f"{town.lower()}.md", quote=fact),),
        )
        for place, fact in enumerate(said)
    ]


def write_towns(folder: Path) -> list[Question]:
    """A file for each town, and its questions."""
    return [one for number, town in enumerate(TOWNS) for one in _write_town(folder, number, town)]


def swept(
    tmp_path: Path,
    golden: Sequence[Question],
    space: Space | str = PLANTED,
    *,
    stop_after: int | None = None,
    folder: str = "sweep",
    **options: Any,
) -> SweepResult:
    """The sweep's result; it is interrupted after so many trials."""

    def step(now: SweepStep) -> None:
        if now.finished and now.done == stop_after:
            raise KeyboardInterrupt

    asked = space if isinstance(space, Space) else parse_space(space, name="space.yaml")
    with open_sweep(
        asked,
        golden,
        folder=tmp_path / folder,
        documents=[tmp_path / "files"],
        options=SweepOptions(**options),
    ) as ready:
        return ready.run(progress=step)


def told(result: SweepResult) -> list[dict[str, object]]:
    """All that does not depend on the clock."""
    untimed = {"p50_ms", "p95_ms", "seconds"}
    return [one.model_dump(exclude=untimed) for one in result.trials]


class Counted:
    """How often each text is embedded and each file read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.files: Counter[str] = Counter()
        query, load = HashingEmbedder.embed_query, MarkdownLoader.load

        def embed_query(this: HashingEmbedder, text: str) -> Vectors:
            self.asked[text] += 1
            return query(this, text)

        def embed_documents(this: HashingEmbedder, texts: Sequence[str], **_: Any) -> Vectors:
            self.texts.update(texts)
            return np.array([query(this, text) for text in texts])

        def load_counted(this: MarkdownLoader, path: Path, **rest: Any) -> Document:
            self.files[path.name] += 1
            return load(this, path, **rest)

        monkeypatch.setattr(HashingEmbedder, "embed_documents", embed_documents)
        monkeypatch.setattr(HashingEmbedder, "embed_query", embed_query)
        monkeypatch.setattr(MarkdownLoader, "load", load_counted)
