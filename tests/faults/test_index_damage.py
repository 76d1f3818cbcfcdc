"""Whatever happens to the derived files of an index, the store brings them back without embedding."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import chunk_ids, config, ingest, queries, rankings, write_corpus

from ragkit.embedders import HashingConfig
from ragkit.index import LocalIndex

EMBEDDER = HashingConfig(dimension=64).build()
NAMES = [f"{number:02}.md" for number in range(10)]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """An index of ten texts of which one was removed, so that each part has something to replay."""
    write_corpus(tmp_path / "files", NAMES)
    with (filler := ingest(tmp_path / "index")).index as index:
        filler.run([tmp_path / "files"])
        with index.writer() as writer:
            writer.remove_source(str(tmp_path / "files" / NAMES[0]))
    return tmp_path / "index"


def opened(path: Path) -> LocalIndex:
    """Opens the index; an index has no embedder, so it cannot embed anything again."""
    return config(path).open_index()


def state(path: Path) -> tuple[set[str], list[list[tuple[str, float]]]]:
    with opened(path) as index:
        return chunk_ids(index), rankings(index, EMBEDDER, queries(20))


def files_of(path: Path) -> list[Path]:
    """Every file that is derived from the store and carries data."""
    lexical = [f for f in sorted((path / "lexical").iterdir()) if not f.name.endswith(".lock")]
    return [*lexical, path / "dense.faiss"]


def flip(file: Path, position: int) -> None:
    data = bytearray(file.read_bytes())
    data[position] ^= 0x5A
    file.write_bytes(data)


def truncate(file: Path, position: int) -> None:
    file.write_bytes(file.read_bytes()[:position])


def remove(path: Path) -> None:
    for entry in path.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif not entry.name.startswith("store.sqlite"):
            entry.unlink()


@pytest.mark.parametrize(
    "damage",
    [
        remove,
        lambda path: shutil.rmtree(path / "lexical"),
        lambda path: (path / "dense.faiss").unlink(),
        lambda path: (path / "dense.faiss").write_bytes(b""),
        lambda path: [file.write_bytes(b"") for file in (path / "lexical").iterdir()],
        lambda path: (path / "lexical/meta.json").write_text("{}"),
    ],
)
def test_a_lost_part_is_made_again_from_the_store(built: Path, damage: Callable[[Path], object]) -> None:
    before = state(built)
    damage(built)
    assert state(built) == before
    assert state(built) == before
    assert len(files_of(built)) > 3


@pytest.mark.parametrize("harm", [flip, truncate])
def test_a_damaged_part_is_made_again_from_the_store(
    built: Path, tmp_path: Path, harm: Callable[[Path, int], None]
) -> None:
    before = state(built)
    chance = random.Random(5)
    for file in files_of(built):
        size = file.stat().st_size
        for position in {0, size - 1, size - 3, size - 30, chance.randrange(size)}:
            copy = tmp_path / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(built, copy)
            harm(copy / file.relative_to(built), max(0, position))
            assert state(copy) == before, f"{file.name}, byte {position} of {size}"


def test_every_byte_of_the_footer_of_the_dense_part_is_guarded(built: Path) -> None:
    file = built / "dense.faiss"
    whole = file.read_bytes()
    with opened(built) as index:
        for distance in range(1, 150):
            flip(file, len(whole) - distance)
            assert not index._dense.open(), f"{distance} bytes from the end"
            file.write_bytes(whole)
        assert index._dense.open()


def test_deletions_that_a_killed_writer_did_not_commit_are_no_obstacle(built: Path) -> None:
    (committed,) = (built / "lexical").glob("*.del")
    segment, number, _ = committed.name.split(".")
    for later in range(1, 50):
        shutil.copy(committed, committed.with_name(f"{segment}.{int(number) + later}.del"))
    with opened(built) as index:
        with index.writer() as writer:
            writer.remove_source(index.sources()[0])
        expected = rankings(index, EMBEDDER, queries(10))
    with opened(built) as index:
        assert rankings(index, EMBEDDER, queries(10)) == expected


def test_a_part_lost_while_a_reader_has_it_open_does_no_harm(built: Path) -> None:
    with opened(built) as reader:
        before = rankings(reader, EMBEDDER, queries(10))
        remove(built)
        assert rankings(reader, EMBEDDER, queries(10)) == before
        with opened(built) as other:
            assert rankings(other, EMBEDDER, queries(10)) == before
