"""Finds a model's folder: a path, an installed package, the Hugging Face cache, the hub; in this order."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from ragkit.errors import ModelDamaged, ModelNotFound
from ragkit.models.catalog import ModelEntry, ModelFile, catalog
from ragkit.models.notes import note_of, remember
from ragkit.models.offline import is_offline

_WEIGHTS = ("model.onnx", "onnx/model.onnx", "model.safetensors", "weights.npz", "e5-small-q4.bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """Where a model lies, and what the catalog says of it (None for a folder of the user's own)."""

    path: Path
    entry: ModelEntry | None

    @property
    def identity(self) -> str:
        """`name@` and the start of the weights' sha256: equal weights, equal identity."""
        if self.entry:
            return f"{self.entry.name}@{self.entry.weights.sha256[:12]}"
        return f"{self.path.name}@{known_sha256(weights_file(self.path))[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """Whether one file is what the catalog says, and why not."""

    file: str
    ok: bool
    reason: str = ""


def resolve(name_or_path: str, *, download: bool = True) -> ModelFolder:
    """The folder of a model, given a path, a catalog name or a hub id.

    The hub is asked last, and only with `download` and online.
    Weights are checked by size only; `verify` reads them. Raises `ModelNotFound` with the places looked at,
    and `ModelDamaged` when the installed package lacks a file or holds weights of another size.
    """
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        return ModelFolder(path=path.resolve(), entry=None)
    entry = catalog().find(name_or_path)
    looked = [f"the path {name_or_path}"]
    found = (entry and _packaged(entry, looked)) or _cached(name_or_path, entry, looked)
    if found is None and download:
        found = _downloaded(name_or_path, entry, looked)
    if found is None:
        raise _not_found(name_or_path, looked)
    return ModelFolder(path=found, entry=entry)


def verify(name: str) -> list[FileCheck]:
    """Compares every file of a catalog model with its sha256. Raises `ModelNotFound`."""
    entry = catalog().entry(name)
    package = package_folder(entry)
    folder = package if package and package.is_dir() else resolve(name).path
    return [_check(folder, file) for file in entry.files]


def package_folder(entry: ModelEntry) -> Path | None:
    """Where the installed package keeps the model, found without importing it; None if not installed."""
    spec = importlib.util.find_spec(entry.module)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) / entry.folder if places else None


def weights_file(folder: Path) -> Path:
    """The file in `folder` that holds the weights. Raises `ModelNotFound`."""
    for name in _WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    raise ModelNotFound(f"{folder} holds no weights. A model folder has one of: {', '.join(_WEIGHTS)}.")


def sha256(path: Path) -> str:
    """The hex digest of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def known_sha256(path: Path) -> str:
    """The digest of a file of the user's own, computed once while the file stays as it is."""
    known = note_of(path).sha256
    if not known:
        known = sha256(path)
        remember(path, sha256=known)
    return known


def _check(folder: Path, file: ModelFile) -> FileCheck:
    path = folder / file.path
    if not path.is_file():
        return FileCheck(file=file.path, ok=False, reason=f"missing in {folder}")
    if path.stat().st_size != file.size:
        return FileCheck(file=file.path, ok=False, reason=f"{path.stat().st_size} bytes, not {file.size}")
    if (digest := sha256(path)) != file.sha256:
        return FileCheck(file=file.path, ok=False, reason=f"sha256 {digest}, not {file.sha256}")
    return FileCheck(file=file.path, ok=True)


def _packaged(entry: ModelEntry, looked: list[str]) -> Path | None:
    folder = package_folder(entry)
    looked.append(f"the package {entry.requirement}")
    if folder is None:
        return None
    if problem := _problem(folder, entry):
        raise ModelDamaged(f"{entry.name} in {folder} is damaged: {problem}. Repair it with: {entry.repair}")
    return folder


def _problem(folder: Path, entry: ModelEntry) -> str:
    for file in entry.files:
        if not (folder / file.path).is_file():
            return f"{file.path} is missing"
    size = (folder / entry.weights.path).stat().st_size
    return (
        ""
        if size == entry.weights.size
        else f"{entry.weights.path} has {size} bytes, not {entry.weights.size}"
    )


def _repository(name: str, entry: ModelEntry | None) -> str:
    """The hub id to look for: "" where the hub does not hold these very files."""
    if entry:
        return entry.hub
    return name if name.count("/") == 1 and not name.startswith((".", "/", "~")) else ""


def _cached(name: str, entry: ModelEntry | None, looked: list[str]) -> Path | None:
    repository = _repository(name, entry)
    if not repository:
        return None
    folder = hub_cache() / f"models--{repository.replace('/', '--')}"
    looked.append(f"the Hugging Face cache {folder}")
    reference = folder / "refs" / "main"
    revision = (entry.revision if entry else "") or (
        reference.read_text().strip() if reference.is_file() else ""
    )
    snapshot = folder / "snapshots" / revision
    usable = bool(revision) and snapshot.is_dir() and not (entry and _problem(snapshot, entry))
    return snapshot if usable else None


def hub_cache() -> Path:
    """The Hugging Face cache folder that the environment asks for."""
    if cache := os.environ.get("HF_HUB_CACHE"):
        return Path(cache).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("HF_HOME") or f"{base}/huggingface").expanduser() / "hub"


def _downloaded(name: str, entry: ModelEntry | None, looked: list[str]) -> Path | None:
    repository = _repository(name, entry)
    if not repository:
        return None
    if is_offline():
        looked.append(f"the hub ({repository}): not asked, because ragkit is offline")
        return None
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        looked.append(f"the hub ({repository}): not asked, because huggingface_hub is not installed")
        return None
    looked.append(f"the hub ({repository})")
    try:
        return _checked(
            Path(snapshot_download(repository, revision=(entry and entry.revision) or None)), entry
        )
    except (OSError, ValueError) as error:
        looked[-1] += f": {error}"
        return None


def _checked(folder: Path, entry: ModelEntry | None) -> Path:
    if entry and (problem := _problem(folder, entry)):
        raise ModelDamaged(f"The hub's {entry.hub} is not what the catalog describes: {problem}.")
    return folder


def _not_found(name: str, looked: list[str]) -> ModelNotFound:
    places = "; ".join(looked)
    known, entry = ", ".join(catalog().names), catalog().find(name)
    install = catalog().command(entry) if entry else catalog().install
    return ModelNotFound(
        f"The model {name!r} is not on this machine. Looked at: {places}. "
        f"Known models: {known}. Install {'it' if entry else 'those that retrieve'} with: {install}"
    )
