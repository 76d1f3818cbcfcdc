"""Says what this installation lacks, and the one command that mends it."""

from __future__ import annotations

import shutil
import sys
from importlib import metadata
from pathlib import Path

from ragkit.errors import ModelDamaged, ModelNotFound
from ragkit.models.catalog import ModelEntry, catalog
from ragkit.models.check import Check, package
from ragkit.models.cpu import cpu_flags
from ragkit.models.extras import extra_checks
from ragkit.models.offline import is_offline
from ragkit.models.resolve import resolve
from ragkit.models.writing import writing_checks

_FEATURES = ("avx2", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
_ENOUGH_DISK = 1 << 30


def report() -> list[Check]:
    """Python, dependencies, models, what language models need, optional parts, offline state, CPU and disk.

    Imports nothing of it and reads no weights.
    """
    models = [_model(entry) for entry in catalog().models if entry.kind != "writer"]
    return [
        _python(),
        *_dependencies(),
        *models,
        *writing_checks(),
        *extra_checks(),
        _offline(),
        _cpu(),
        _disk(),
    ]


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    ok = sys.version_info >= (3, 11)
    return Check(name="python", ok=ok, detail=version, fix="" if ok else "install Python 3.11 or later")


def _dependencies() -> list[Check]:
    try:
        wanted = metadata.requires("ragkit") or []
    except metadata.PackageNotFoundError:
        return [
            Check(name="ragkit", ok=False, detail="not installed", fix="pip install ragkit", present=False)
        ]
    return [_dependency(line) for line in wanted if "extra ==" not in line]


def _dependency(requirement: str) -> Check:
    name, found, problem = package(requirement)
    return Check(
        name=name,
        ok=not problem,
        detail=problem or found,
        fix=f"pip install '{requirement}'" if problem else "",
        present=bool(found),
    )


def _model(entry: ModelEntry) -> Check:
    name = f"model {entry.name}"
    try:
        folder = resolve(entry.name, download=False).path
    except ModelNotFound:
        missing = "not on this machine"
        return Check(name=name, ok=False, detail=missing, fix=catalog().command(entry), present=False)
    except ModelDamaged as error:
        return Check(name=name, ok=False, detail=str(error), fix=entry.repair)
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
