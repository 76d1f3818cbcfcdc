"""The machine that figures were measured on, without anything that names it."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

PACKAGES = (
    "ragkit",
    "numpy",
    "faiss-cpu",
    "tantivy",
    "onnxruntime",
    "tokenizers",
    "torch",
    "sentence-transformers",
    "rank-bm25",
    "datasketch",
    "typer",
)


def describe() -> str:
    """Processor, cores, memory, and the versions that matter."""
    memory = psutil.virtual_memory().total / 1024**3
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    load = psutil.getloadavg()[0]
    return (
        f"{_processor()}, {psutil.cpu_count()} cores, {memory:.0f} GB RAM, load {load:.1f}; "
        f"Python {platform.python_version()}, {versions}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
