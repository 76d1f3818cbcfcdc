"""Rebuilding an index loses nothing: neither documents, nor files that are not its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from ragkit.config import Config
from ragkit.embedders import HashingConfig
from ragkit.errors import ConfigError, IndexMismatch
from ragkit.ingest import Ingest
from ragkit.rebuild import rebuild


def config(path: Path, dimension: int = 64) -> Config:
    return Config(index=path, embedder=HashingConfig(dimension=dimension))


def maker(dimension: int) -> Callable[[Path], Ingest]:
    return lambda path: config(path, dimension).build_ingest()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("rivers", "lakes", "seas"):
        (folder / f"{name}.txt").write_text(f"All about {name} and their water.")
    with (ingest := config(tmp_path / "index").build_ingest()).index:
        ingest.run([folder])
    return folder


def sources(path: Path, dimension: int) -> list[str]:
    with config(path, dimension).open_index() as index:
        hits = index.search_lexical(index.analyzer.terms("water"), limit=10)
        assert len(hits) == len(index.documents())
        return [Path(source).name for source in index.sources()]


def test_a_rebuild_takes_new_settings(files: Path, tmp_path: Path) -> None:
    rebuild(tmp_path / "index", maker(32), [])
    assert sources(tmp_path / "index", 32) == ["lakes.txt", "rivers.txt", "seas.txt"]
    assert not (tmp_path / "index" / "rebuild").exists()


def test_what_is_gone_or_unreadable_is_taken_over_from_the_old_index(files: Path, tmp_path: Path) -> None:
    (files / "lakes.txt").unlink()
    (files / "seas.txt").write_bytes(b"\x00\x01\x02" * 500)
    report = rebuild(tmp_path / "index", maker(32), [])
    assert [Path(source).name for source in report.missing] == ["lakes.txt"]
    assert report.count("failed") == 1
    assert sources(tmp_path / "index", 32) == ["lakes.txt", "rivers.txt", "seas.txt"]


def test_prune_leaves_out_what_is_gone(files: Path, tmp_path: Path) -> None:
    (files / "lakes.txt").unlink()
    report = rebuild(tmp_path / "index", maker(32), [], prune=True)
    assert [Path(source).name for source in report.pruned] == ["lakes.txt"]
    assert sources(tmp_path / "index", 32) == ["rivers.txt", "seas.txt"]


def test_a_failing_rebuild_leaves_the_old_index(files: Path, tmp_path: Path) -> None:
    def fail(path: Path) -> Ingest:
        raise RuntimeError("no memory")

    with pytest.raises(RuntimeError):
        rebuild(tmp_path / "index", fail, [])
    assert len(sources(tmp_path / "index", 64)) == 3


def test_a_kill_before_the_new_store_is_in_place_leaves_the_old_index(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(self: Path, target: Path) -> Path:
        if target.name == "store.sqlite":
            raise KeyboardInterrupt
        return replace(self, target)

    replace = Path.replace
    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        rebuild(tmp_path / "index", maker(32), [])
    monkeypatch.undo()
    assert len(sources(tmp_path / "index", 64)) == 3


def test_an_index_of_another_version_is_rebuilt_from_its_files(files: Path, tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "index" / "store.sqlite")
    database.execute("UPDATE settings SET value = '0' WHERE key = 'schema'")
    database.commit()
    database.close()
    with pytest.raises(IndexMismatch, match="--rebuild"):
        config(tmp_path / "index").open_index()
    (files / "lakes.txt").rename(tmp_path / "elsewhere")
    with pytest.raises(IndexMismatch, match=r"lakes\.txt"):
        rebuild(tmp_path / "index", maker(64), [])
    (tmp_path / "elsewhere").rename(files / "lakes.txt")
    rebuild(tmp_path / "index", maker(64), [])
    assert len(sources(tmp_path / "index", 64)) == 3


def test_a_folder_of_other_files_is_no_place_for_an_index(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match=r"thesis\.txt"):
        config(tmp_path).build_ingest()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_files_beside_an_index_survive_a_rebuild(files: Path, tmp_path: Path) -> None:
    (tmp_path / "index" / "notes.txt").write_text("mine")
    rebuild(tmp_path / "index", maker(32), [])
    assert (tmp_path / "index" / "notes.txt").read_text() == "mine"
