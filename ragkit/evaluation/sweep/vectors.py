"""Vectors of passages and questions, kept for all trials of a sweep."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import numpy as np

from ragkit.embedders import ByScriptConfig, ByScriptEmbedder
from ragkit.errors import StorageError
from ragkit.stages import Embedder, Progress, StageConfig, Vectors

_IN_LIST = 500
_TABLE = (
    "CREATE TABLE IF NOT EXISTS vectors (owner TEXT, key BLOB, vector BLOB, milliseconds REAL, "
    "PRIMARY KEY (owner, key)) WITHOUT ROWID"
)
_UNASKED = "What does the report say?"  # embedded once, for the sake of the model

Row = tuple[str, bytes, bytes, float]


class VectorCache:
    """Vectors by embedder and text, in one SQLite file.

    `owed_ms` is how long those vectors of questions took once that were looked up since it was last taken: a
    search without the cache would have taken so much longer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._owed = 0.0
        self._new: list[Row] = []
        with self._storing():
            self._connection = sqlite3.connect(path, isolation_level=None)
            for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", _TABLE):
                self._connection.execute(statement)

    def close(self) -> None:
        """Writes what is new, and closes the file."""
        self.flush()
        self._connection.close()

    def take_owed(self) -> float:
        """The milliseconds that are owed; none are from then on."""
        owed, self._owed = self._owed, 0.0
        return owed

    def owe(self, milliseconds: float) -> None:
        """Adds to what is owed."""
        self._owed += milliseconds

    def get(self, owner: str, texts: Sequence[str]) -> dict[str, tuple[Vectors, float]]:
        """The vectors that are known of `texts`, each with the milliseconds that it took."""
        by_key = {_key(text): text for text in texts}
        keys = list(by_key)
        found = {}
        with self._storing():
            for start in range(0, len(keys), _IN_LIST):
                part = keys[start : start + _IN_LIST]
                sql = f"SELECT key, vector, milliseconds FROM vectors WHERE owner = ? AND key IN ({','.join('?' * len(part))})"  # noqa: S608, E501  # only question marks
                for key, vector, milliseconds in self._connection.execute(sql, (owner, *part)):
                    found[by_key[key]] = (np.frombuffer(vector, dtype="<f4"), milliseconds)
        return found

    def add(self, owner: str, texts: Sequence[str], vectors: Iterable[Vectors], *, ms: float = 0.0) -> None:
        """Keeps vectors; they are written by the next `flush`."""
        pairs = zip(texts, vectors, strict=True)
        self._new += [(owner, _key(text), vector.astype("<f4").tobytes(), ms) for text, vector in pairs]

    def flush(self) -> None:
        """Writes what is new, in one transaction. Raises `StorageError`."""
        if not self._new:
            return
        with self._storing(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?, ?)", self._new)
        self._new.clear()

    @contextmanager
    def _storing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise StorageError(
                f"The vectors of the sweep in {self._path} cannot be read or written ({error}). Free some "
                "space, or delete the file: it is made anew."
            ) from error


def _key(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


class SharedEmbedder:
    """Another embedder, which embeds each passage and each question once for all trials.

    Passages belong to its name; questions to its settings too, since a name leaves out what is put before
    them.
    """

    def __init__(self, inner: Embedder, cache: VectorCache, *, settings: str) -> None:
        self._inner = inner
        self._cache = cache
        self._settings = settings
        self._asked: dict[str, tuple[Vectors, float]] = {}
        self._ready = False

    @property
    def name(self) -> str:
        """That of the embedder inside: the vectors are the same."""
        return self._inner.name

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self._inner.dimension

    @property
    def window(self) -> int:
        """The most tokens of one text that are read."""
        return self._inner.window

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Those of the embedder inside."""
        return self._inner.token_spans(text)

    def reads(self, text: str) -> bool:
        """Whether the embedder inside does."""
        return self._inner.reads(text)

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """The vectors that are known, and new ones, which are kept: float32, (len(texts), dimension)."""
        owner = f"passages of {self.name}"
        known = {text: vector for text, (vector, _) in self._cache.get(owner, texts).items()}
        if missing := [text for text in dict.fromkeys(texts) if text not in known]:
            before = len(known)
            shown = (lambda done, _: progress(before + done, len(texts))) if progress else None
            vectors = self._inner.embed_documents(missing, progress=shown)
            self._cache.add(owner, missing, vectors)
            self._cache.flush()
            known |= dict(zip(missing, vectors, strict=True))
        return np.array([known[text] for text in texts], dtype=np.float32).reshape(-1, self.dimension)

    def embed_query(self, text: str) -> Vectors:
        """The vector that is known, or a new one, which is kept: float32, (dimension,)."""
        owner = f"questions of {self.name} {self._settings}"
        known = self._asked.get(text) or self._cache.get(owner, [text]).get(text)
        if known is None:
            known = self._embedded(text)
            self._cache.add(owner, [text], [known[0]], ms=known[1])
        else:
            self._cache.owe(known[1])
        self._asked[text] = known
        return known[0]

    def _embedded(self, text: str) -> tuple[Vectors, float]:
        """The vector, and the milliseconds that it took without loading the model."""
        if not self._ready:
            self._inner.embed_query(_UNASKED)
            self._ready = True
        began = perf_counter()
        vector = self._inner.embed_query(text)
        return vector, 1000.0 * (perf_counter() - began)


def shared_embedder(config: StageConfig, cache: VectorCache) -> Embedder:
    """The embedder of `config` with its vectors in the cache; of several by script, each with its own."""
    if isinstance(config, ByScriptConfig):
        return ByScriptEmbedder([shared_embedder(one, cache) for one in config.embedders])
    built: Embedder = config.build()  # type: ignore[attr-defined]  # every embedder's settings have it
    return SharedEmbedder(built, cache, settings=config.model_dump_json())
