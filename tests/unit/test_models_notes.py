"""Notes about files of weights in the cache folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ragkit.models.notes import note_of, remember
from ragkit.models.resolve import ModelFolder, sha256


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "mine" / "model.onnx"
    path.parent.mkdir()
    path.write_bytes(b"weights")
    os.utime(path, (1e9, 1e9))
    return path


def test_a_note_lasts_while_the_file_stays_as_it_is(weights: Path) -> None:
    remember(weights, sha256="abc")
    remember(weights, difference=1e-6)
    assert (note_of(weights).sha256, note_of(weights).difference) == ("abc", 1e-6)
    os.utime(weights, (2e9 // 2 + 5, 2e9 // 2 + 5))
    assert (note_of(weights).sha256, note_of(weights).difference) == ("", None)


def test_a_file_that_just_changed_is_not_remembered(weights: Path) -> None:
    os.utime(weights)
    remember(weights, sha256="abc")
    assert note_of(weights).sha256 == ""


def test_a_damaged_note_is_made_again(weights: Path, tmp_path: Path) -> None:
    remember(weights, sha256="abc")
    (note,) = (tmp_path / "cache" / "ragkit" / "weights").iterdir()
    for damage in (b"", b"{", b'{"size": "x"}', b"\x00\xff"):
        note.write_bytes(damage)
        assert note_of(weights).sha256 == ""
        remember(weights, sha256="abc")
        assert note_of(weights).sha256 == "abc"


def test_a_cache_that_cannot_be_written_is_done_without(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    remember(weights, sha256="abc")
    assert note_of(weights).sha256 == ""


def test_the_identity_of_ones_own_weights_is_hashed_once(weights: Path) -> None:
    folder = ModelFolder(path=weights.parent, entry=None)
    expected = f"mine@{sha256(weights)[:12]}"
    assert folder.identity == expected
    info = weights.stat()
    weights.write_bytes(b"WEIGHTS")  # the same size and time: not read again
    os.utime(weights, ns=(info.st_atime_ns, info.st_mtime_ns))
    assert folder.identity == expected
    os.utime(weights, (1e9 + 1, 1e9 + 1))
    assert folder.identity == f"mine@{sha256(weights)[:12]}" != expected
