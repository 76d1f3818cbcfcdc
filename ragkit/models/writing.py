"""What language models need on this machine. All of it is optional: answers are quoted without any."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import metadata

from ragkit.errors import ModelDamaged, ModelNotFound
from ragkit.models.catalog import catalog
from ragkit.models.causal.files import converted_folder
from ragkit.models.causal.settings import DEFAULT_WRITER
from ragkit.models.check import Check, package
from ragkit.models.remote_settings import RemoteSettings
from ragkit.models.resolve import resolve


@dataclass(frozen=True, slots=True)
class _Part:
    """A package, the extra that installs it, what it is for, and what works without it."""

    package: str
    extra: str
    use: str
    without: str


_NOT_LOCAL = "the generators extractive, llama_cpp and openai"
_PARTS = (
    _Part("torch", "llm", "the generator local", _NOT_LOCAL),
    _Part("transformers", "llm", "the generator local", _NOT_LOCAL),
    _Part("accelerate", "llm", "GGUF models in the generator local", "models in the layout of transformers"),
    _Part("gguf", "llm", "GGUF models in the generator local", "models in the layout of transformers"),
    _Part("peft", "llm", "LoRA adapters in the generator local", "models without an adapter"),
    _Part(
        "llama-cpp-python", "llama", "the generator llama_cpp", "the generators extractive, local and openai"
    ),
    _Part("openai", "openai", "the generator openai", "the generators extractive, local and llama_cpp"),
)


def writing_checks() -> list[Check]:
    """SmolLM2, the packages that run language models, and the key of remote ones; imports none of them."""
    return [_writer(), *map(_part, _PARTS), _key()]


def converted() -> str:
    """The folder with the copy of SmolLM2 that the generator `local` made; "" before that."""
    folder = converted_folder()
    return str(folder) if folder.is_dir() else ""


def _writer() -> Check:
    entry, name = catalog().entry(DEFAULT_WRITER), f"model {DEFAULT_WRITER}"
    try:
        folder = resolve(DEFAULT_WRITER, download=False).path
    except ModelNotFound:
        without = "the generator extractive, models of your own, and remote ones"
        return _absent(name, "not on this machine", catalog().command(entry), without)
    except ModelDamaged as error:
        return Check(name=name, ok=False, detail=str(error), fix=entry.repair, optional=True)
    copy = converted()
    made = (
        f"its copy for the generator local in {copy}" if copy else "the generator local makes its copy once"
    )
    return Check(name=name, ok=True, detail=f"{entry.licence}, in {folder}; {made}", optional=True)


def _part(part: _Part) -> Check:
    name, found, problem = package(_requirement(part.package))
    if problem:
        detail = f"{problem}; for {part.use}"
        return _absent(name, detail, f"pip install 'ragkit[{part.extra}]'", part.without)
    return Check(name=name, ok=True, detail=f"{found}, for {part.use}", optional=True)


def _requirement(name: str) -> str:
    """The package with the least version that ragkit's extras ask for."""
    try:
        wanted = metadata.requires("ragkit") or []
    except metadata.PackageNotFoundError:
        wanted = []
    plain = (line.partition(";")[0].strip() for line in wanted)
    return next((line for line in plain if line.startswith(f"{name}>=")), name)


def _key() -> Check:
    """Whether the environment holds a key; what it is stands nowhere."""
    variable = RemoteSettings().key_env or ""
    if os.environ.get(variable, "").strip():
        detail = "set in the environment, for the generator openai"
        return Check(name=variable, ok=True, detail=detail, optional=True)
    without = "servers on this machine, and keys in a key_file or another key_env"
    fix = f"read -rs {variable} && export {variable}"
    return _absent(variable, "not set; for the generator openai", fix, without)


def _absent(name: str, detail: str, fix: str, without: str) -> Check:
    return Check(name=name, ok=True, detail=detail, fix=fix, present=False, optional=True, without=without)
