"""Which models a configuration names, and whether they are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ragkit.models import catalog

_ELSEWHERE = ("openai",)  # only the server knows its models
_KINDS_BY_TYPE = {"late_interaction": "late_interaction", "local": "writer", "llama_cpp": "writer"}
_MODEL_KINDS = {
    "embedder": "embedder",
    "reranker": "reranker",
    "abstention": "reranker",
    "generator": "reranker",
    "followups": "writer",
    "verifier": "reranker",
}
_KEYS = {"verifier": "reranker"}  # where the key is not "model"


def unknown_models(values: Mapping[str, object]) -> list[str]:
    """A model is a path, a hub id (owner/name) or one of the catalog."""
    problems = []
    for place, settings in _settings_with_models(values):
        key = _KEYS.get(place, "model")
        name, kind = settings.get(key), _MODEL_KINDS[place.split(".")[0]]
        kind = _KINDS_BY_TYPE.get(str(settings.get("type")), kind)
        known = [model.name for model in catalog().models if model.kind == kind]
        if isinstance(name, str) and name not in known and not _is_place(name):
            places = "a .gguf file" if settings.get("type") == "llama_cpp" else "a path, a hub id owner/name"
            problems.append(f"{place}.{key}: {name!r} is not known; valid: {', '.join([*known, places])}")
    return problems


def _settings_with_models(values: Mapping[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    """The settings that may name a model, with their places; embedders by script hold some of their own."""
    for part in _MODEL_KINDS:
        settings = values.get(part)
        if isinstance(settings, dict) and settings.get("type") not in _ELSEWHERE:
            yield part, settings
            inner = settings.get("embedders")
            for number, one in enumerate(inner if isinstance(inner, list) else []):
                if isinstance(one, dict):
                    yield f"{part}.embedders.{number}", one


def _is_place(model: str) -> bool:
    return bool(model) and ("/" in model or "\\" in model or Path(model).expanduser().exists())
