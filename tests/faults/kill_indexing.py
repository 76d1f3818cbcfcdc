"""Kills `ragkit index` at moments of chance and checks what is left.

    python tests/faults/kill_indexing.py --times 100

With --real it uses the default chain (bge-small) instead of the hashing embedder.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from corpus import DEMO, chunk_ids, queries, rankings, text, write_corpus, write_old

from ragkit.config import Config, config_yaml, load_config
from ragkit.embedders import HashingConfig
from ragkit.errors import IndexNotFound
from ragkit.index import LocalIndex

NAMES = [f"{number:02}.{'md' if number % 2 else 'txt'}" for number in range(60)]
_FRESH = 0.4  # share of the kills that hit the very first run


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Files, the configuration of a chain, and the places of its index and of a fresh one."""

    folder: Path
    config: Config

    @classmethod
    def make(cls, folder: Path, *, real: bool = False) -> Bench:
        write_corpus(folder / "files", NAMES)
        shutil.copy(DEMO / "ntsb-en/20080102X00002.pdf", folder / "files")
        config = load_config("default") if real else Config(embedder=HashingConfig(dimension=64))
        (folder / "chain.yaml").write_text(config_yaml(config), encoding="utf-8")
        return cls(folder=folder, config=config)

    @property
    def files(self) -> Path:
        return self.folder / "files"

    @property
    def index(self) -> Path:
        return self.folder / "index"

    def open(self, path: Path | None = None) -> LocalIndex:
        return self.config.model_copy(update={"index": path or self.index}).open_index()

    def start(
        self, *, eager: bool = False, index: Path | None = None, prepare: Callable[[], None] | None = None
    ) -> subprocess.Popen[str]:
        """`ragkit index`; an eager one commits and saves after every few chunks, so kills hit that too."""
        program = [sys.executable, __file__, "--child"] if eager else [sys.executable, "-m", "ragkit"]
        return subprocess.Popen(
            [
                *program,
                *("index", self.files, "--prune", "--config", self.folder / "chain.yaml"),
                *("--index", index or self.index),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=prepare,  # noqa: PLW1509 # no thread has begun
        )

    def change(self, chance: random.Random) -> None:
        """Changes a fifth of the files, removes or adds one."""
        for name in chance.sample(NAMES, len(NAMES) // 5):
            write_old(self.files / name, text(chance.random().hex()))
        extra = self.files / "extra.md"
        if extra.exists():
            extra.unlink()
        else:
            write_old(extra, text(chance.random().hex()))


def damage(index: LocalIndex) -> list[str]:
    """Everything in an index that is not whole."""
    rows = index._store.rows
    found = [
        f"{count} {what}"
        for what, sql in _BROKEN.items()
        if (count := rows(f"SELECT count(*) FROM ({sql})")[0][0])
    ]
    for document in index.documents():
        body, reached = index.document(document.id).text, 0
        for chunk in index.chunks(document.id):
            if chunk.start > reached or body[chunk.start : chunk.end] != chunk.text:
                found.append(f"{document.sources}: chunk at {chunk.start} after {reached}")
            reached = chunk.end
        if reached < len(body.rstrip()) or not document.sources:
            found.append(f"{document.sources}: chunks end at {reached} of {len(body)}")
    live = rows("SELECT count(*), coalesce(sum(length), 0) FROM chunks WHERE removed IS NULL")[0]
    counted = (index._store.number("chunks"), index._store.number("terms"))
    return found if live == counted else [*found, f"counted {counted} chunks and terms, there are {live}"]


_BROKEN = {
    "chunks without a vector": "SELECT 1 FROM chunks c LEFT JOIN vectors v ON v.number = c.vector "
    "WHERE v.key IS NULL",
    "chunks of no document": "SELECT 1 FROM chunks c LEFT JOIN documents d ON d.number = c.document "
    "WHERE d.id IS NOT c.document_id OR (c.removed IS NULL) <> (d.removed IS NULL)",
    "paths to no document": "SELECT 1 FROM sources s WHERE NOT EXISTS "
    "(SELECT 1 FROM documents WHERE id = s.document_id AND removed IS NULL)",
    "documents without a page": "SELECT 1 FROM documents d WHERE NOT EXISTS "
    "(SELECT 1 FROM pages WHERE document = d.number)",
}


def differences(bench: Bench) -> list[str]:
    """How the index differs from one built afresh of the same files."""
    fresh = bench.folder / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    for path in (None, fresh):
        child = bench.start(index=path)
        _, errors = child.communicate(timeout=300)
        if child.returncode:
            return [f"indexing ended with {child.returncode}: {errors}"]
    embedder = bench.config.embedder.build()
    with bench.open() as left, bench.open(fresh) as right:
        found = damage(left)
        if chunk_ids(left) != chunk_ids(right):
            found.append("other chunks than in a fresh index")
        if rankings(left, embedder, queries(25)) != rankings(right, embedder, queries(25)):
            found.append("other rankings than in a fresh index")
        return found


def kill_once(bench: Bench, chance: random.Random, duration: float) -> str:
    """One run, killed; says when, and what is there afterwards. Raises `AssertionError` for damage."""
    fresh = chance.random() < _FRESH
    if fresh:
        shutil.rmtree(bench.index, ignore_errors=True)
    else:
        bench.change(chance)
    child = bench.start(eager=chance.random() < 0.5)
    moment = chance.uniform(0.1, 0.9 if fresh else 0.7) * duration  # later runs have less to do
    time.sleep(moment)
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
    try:
        with bench.open() as index:
            problems, documents = damage(index), len(index.documents())
    except IndexNotFound:
        problems, documents = [], 0
    assert not problems, f"after {moment:.3f} s: {problems}"
    done = " (it had finished)" if child.returncode != -signal.SIGKILL else ""
    return f"killed after {moment:.3f} s: {documents} whole documents{done}"


def kill_often(folder: Path, *, times: int, seed: int, real: bool = False) -> list[str]:
    """What each kill left. Raises `AssertionError` when anything was lost."""
    bench, chance = Bench.make(folder, real=real), random.Random(seed)
    started = time.monotonic()
    bench.start().communicate()
    duration = time.monotonic() - started
    with bench.open() as index:
        assert len(index.documents()) == len(NAMES) + 1
    lines = [kill_once(bench, chance, duration) for _ in range(times)]
    problems = differences(bench)
    assert not problems, problems
    return lines


def _run_eagerly() -> None:
    from ragkit import ingest_run
    from ragkit.cli import main
    from ragkit.index import dense

    ingest_run._BATCH, ingest_run._SYNC_SECONDS, dense._SAVE_AFTER, dense._SAVE_SHARE = 8, 0.0, 4, 0.0
    sys.argv = ["ragkit", *sys.argv[2:]]
    main()


def _by_hand() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--real", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for line in kill_often(Path(folder), times=given.times, seed=given.seed, real=given.real):
            print(line)
    print(f"{given.times} kills, and at the end the same index as one built afresh")


if __name__ == "__main__":
    _run_eagerly() if sys.argv[1:2] == ["--child"] else _by_hand()
