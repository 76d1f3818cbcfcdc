"""Which models a configuration names, whether they are known, and what is meant by one that is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from ragkit.models import catalog

_ELSEWHERE = ("openai",)  # only the server knows its models
_KINDS_BY_TYPE = {
    "late_interaction": "late_interaction",
    "trained": "late_interaction",
    "local": "writer",
    "llama_cpp": "writer",
}
_MODEL_KINDS = {
    "embedder": "embedder",
    "reranker": "reranker",
    "abstention": "reranker",
    "generator": "reranker",
    "followups": "writer",
    "rewriter": "writer",
    "verifier": "reranker",
}
_KEYS = {"lexical_semantic": "reranker", "trained": "aligner"}  # by type, where the key is not "model"


def unknown_models(values: Mapping[str, object]) -> list[str]:
    """A model is a path, a hub id (owner/name) or one of the catalog."""
    problems = []
    for place, name, type_ in named_models(values):
        kind = _KINDS_BY_TYPE.get(type_, _MODEL_KINDS[place.split(".")[0]])
        known = [model.name for model in catalog().models if model.kind == kind]
        if name not in known and not _is_place(name):
            places = "a .gguf file" if type_ == "llama_cpp" else "a path, a hub id owner/name"
            hint = did_you_mean(name, known) or near_path(Path(name))
            said = f"{name!r} is not known{hint}; valid: {', '.join([*known, places])}"
            problems.append(f"{place}: {said}")
    return problems


def named_models(values: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """The YAML path of each model that is named, its name, and the type of the part."""
    for place, settings in _settings_with_models(values):
        key = _KEYS.get(str(settings.get("type")), "model")
        name = settings.get(key)
        if isinstance(name, str):
            yield f"{place}.{key}", name, str(settings.get("type"))


def did_you_mean(name: str, valid: Sequence[str]) -> str:
    """The nearest valid name in brackets; "" where none is near."""
    near = get_close_matches(name, valid, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def near_path(path: Path) -> str:
    """The file or folder beside a path that is not there whose name is nearest; "" where none is near."""
    try:
        beside = [entry.name for entry in path.parent.iterdir()] if path.name else []
    except OSError:
        return ""
    near = get_close_matches(path.name, beside, n=1)
    return f" (did you mean {str(path.parent / near[0])!r}?)" if near else ""


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
