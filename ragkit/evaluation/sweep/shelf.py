"""Indexes of a sweep: one for each way of indexing, shared by all trials that index alike."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ragkit.config import Config
from ragkit.evaluation.sweep.library import Library
from ragkit.evaluation.sweep.vectors import VectorCache, shared_embedder
from ragkit.index.settings import SCHEMA_VERSION
from ragkit.stages import Embedder


@dataclass(frozen=True, slots=True)
class _Given:
    """Stands where the settings of an embedder stand."""

    embedder: Embedder

    def build(self) -> Embedder:
        """The embedder, the same each time."""
        return self.embedder


class IndexShelf:
    """Makes and keeps the indexes of `library` below `folder`."""

    def __init__(self, folder: Path, library: Library, cache: VectorCache) -> None:
        self._folder = folder
        self._library = library
        self._cache = cache
        self._embedders: dict[str, Embedder] = {}

    def ready(self, config: Config) -> Config:
        """The same chain over its index, which is made where there is none, with vectors that are kept.

        Raises what indexing raises; an index is there whole or not at all.
        """
        embedder = self._embedder(config)
        path = self._folder / self._key(config, embedder)
        shared = config.model_copy(update={"index": path, "embedder": _Given(embedder)})
        if not path.exists():
            self._make(shared)
        return shared

    def _embedder(self, config: Config) -> Embedder:
        settings = config.embedder.model_dump_json()
        if settings not in self._embedders:
            self._embedders[settings] = shared_embedder(config.embedder, self._cache)
        return self._embedders[settings]

    def _key(self, config: Config, embedder: Embedder) -> str:
        """What decides what is in an index; opening it checks the names once more."""
        from ragkit.cleaning import CLEANING_VERSION

        parts = (
            embedder.name,
            config.analyzer.build().name,
            config.chunker.build(embedder.token_spans, embedder.window).name,
            CLEANING_VERSION,
            SCHEMA_VERSION,
            config.dense_index,
            self._library.fingerprint,
        )
        return sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def _make(self, config: Config) -> None:
        fresh = config.index.with_name(f"{config.index.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.parent.mkdir(parents=True, exist_ok=True)
        with (ingest := config.model_copy(update={"index": fresh}).build_ingest()).index:
            ingest.adopt(self._library.documents())
        fresh.rename(config.index)
