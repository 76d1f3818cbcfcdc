"""Indexed retrieval sets and the vectors of their questions, kept from one run to the next."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from benchmarks.data import RetrievalSet, write_texts
from ragkit.chunkers import SentenceConfig
from ragkit.config import AnyEmbedder, Config, load_config
from ragkit.errors import IndexMismatch
from ragkit.evaluation.sweep.vectors import VectorCache, shared_embedder
from ragkit.postprocessors import ResultsConfig
from ragkit.stages import Embedder, StageConfig

KEPT = Path("runs/quality")  # no part of the repository
JUDGED = ResultsConfig(collapse=False)  # the judgements know one of several passages that are alike
_WHOLE = 510  # tokens: nearly every document of the sets is one passage


def embedder_of(name: str) -> AnyEmbedder:
    """The default embedder for English sets, that of the preset "multilingual" for others."""
    return load_config("default" if name.endswith("-en") else "multilingual").embedder


def odd_half(questions: Iterable[str]) -> list[str]:
    """Every second question by id, beginning with the second: nothing is fitted on these."""
    return sorted(questions)[1::2]


def even_half(questions: Iterable[str]) -> list[str]:
    """Every second question by id, beginning with the first: what is fitted, is fitted on these."""
    return sorted(questions)[0::2]


def indexed(data: RetrievalSet, questions: Sequence[str]) -> Config:
    """The default chain over the set's index, with the vectors of the questions known beforehand."""
    folder = KEPT / data.name
    if not (folder / "files").exists():
        write_texts(folder / "files", list(data.documents.items()))
    embedder = embedder_of(data.name)
    learn(KnownConfig(inner=embedder, folder=folder), [data.queries[question] for question in questions])
    config = Config(
        index=folder / "index", chunker=SentenceConfig(size=_WHOLE), embedder=embedder, results=JUDGED
    )
    return indexed_folder(folder / "files", config)


def indexed_folder(files: Path, config: Config) -> Config:
    """The chain over an index of the files, its vectors kept beside the index."""
    known = KnownConfig(inner=config.embedder, folder=config.index.parent)
    config = config.model_copy(update={"embedder": known})
    try:
        ingest = config.build_ingest()
    except IndexMismatch:  # built by another version or with other settings
        shutil.rmtree(config.index)
        ingest = config.build_ingest()
    ingest.run([files])
    return config


class KnownConfig(StageConfig):
    """An embedder that keeps its vectors in a folder."""

    type: Literal["known"] = "known"
    inner: AnyEmbedder
    folder: Path

    def build(self) -> Embedder:
        """The embedder, the same for the same settings."""
        return shared_embedder(self.inner, _cache(self.folder))


def learn(known: KnownConfig, questions: Sequence[str]) -> None:
    """Embeds the questions that are not known yet, and keeps their vectors."""
    embedder = known.build()
    for question in questions:
        if embedder.reads(question):
            embedder.embed_query(question)
    _cache(known.folder).flush()


@cache
def _cache(folder: Path) -> VectorCache:
    folder.mkdir(parents=True, exist_ok=True)
    return VectorCache(folder / "vectors.sqlite")
