"""Indexed retrieval sets and the vectors of their questions, kept from one run to the next."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.data import RetrievalSet, write_texts
from ragkit.chunkers import SentenceConfig
from ragkit.config import AnyEmbedder, Config, load_config
from ragkit.errors import IndexMismatch
from ragkit.postprocessors import ResultsConfig
from ragkit.stages import Embedder, Progress, StageConfig, Vectors

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
    config = Config(
        index=folder / "index",
        chunker=SentenceConfig(size=_WHOLE),
        embedder=embedder_of(data.name),
        results=JUDGED,
    )
    config = indexed_folder(folder / "files", config)
    config.embedder.build().learn([data.queries[question] for question in questions])
    return config


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

    def build(self) -> KnownEmbedder:
        """The embedder, the same for the same settings."""
        return _known(self)


@cache
def _known(config: KnownConfig) -> KnownEmbedder:
    return KnownEmbedder(config.inner.build(), config.folder)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class KnownVectors:
    """Vectors by text, in a file that belongs to one embedder."""

    def __init__(self, file: Path, embedder: str) -> None:
        self._file = file
        self._embedder = embedder

    @cached_property
    def known(self) -> dict[str, Vectors]:
        """What is known; nothing when another embedder made the file."""
        if not self._file.exists():
            return {}
        with np.load(self._file) as kept:
            same = str(kept["embedder"]) == self._embedder
            return dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True)) if same else {}

    def get(self, text: str) -> Vectors | None:
        """The vector of a text, if it is known."""
        return self.known.get(_key(text))

    def missing(self, texts: Sequence[str]) -> list[str]:
        """The texts without a vector, each once."""
        return [text for text in dict.fromkeys(texts) if _key(text) not in self.known]

    def add(self, texts: Sequence[str], vectors: Iterable[Vectors]) -> None:
        """Keeps the vectors, on disk too."""
        self.known.update(zip(map(_key, texts), vectors, strict=True))
        np.savez(
            self._file,
            embedder=self._embedder,
            keys=np.array(list(self.known)),
            vectors=np.array(list(self.known.values())),
        )


class KnownEmbedder:
    """Another embedder, which is asked only for vectors that are not known."""

    def __init__(self, inner: Embedder, folder: Path) -> None:
        self._inner = inner
        self._questions = KnownVectors(folder / "questions.npz", inner.name)
        self._passages = KnownVectors(folder / "passages.npz", inner.name)

    @property
    def name(self) -> str:
        """That of the embedder inside: vectors are the same."""
        return self._inner.name

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self._inner.dimension

    @property
    def window(self) -> int:
        """The most tokens of one text that are read."""
        return self._inner.window

    def learn(self, questions: Sequence[str]) -> None:
        """Embeds the questions that are not known yet."""
        missing = [text for text in self._questions.missing(questions) if self.reads(text)]
        if missing:
            with ThreadPoolExecutor(2) as threads:
                self._questions.add(missing, threads.map(self._inner.embed_query, missing))

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Those of the embedder inside."""
        return self._inner.token_spans(text)

    def reads(self, text: str) -> bool:
        """Whether the embedder inside does."""
        return self._inner.reads(text)

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """The kept vectors, or new ones, which are kept."""
        if missing := self._passages.missing(texts):
            self._passages.add(missing, self._inner.embed_documents(missing, progress=progress))
        return np.array([self._passages.get(text) for text in texts], dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        """The kept vector, or a new one."""
        known = self._questions.get(text)
        return self._inner.embed_query(text) if known is None else known
