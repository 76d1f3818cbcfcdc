"""Whether the files and folders that a configuration names are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ragkit.config_models import did_you_mean, named_models, near_path
from ragkit.errors import GenerationError
from ragkit.models.remote_settings import RemoteSettings

_ADAPTER = "adapter_config.json"
_GGUF = b"GGUF"  # with which such a file begins
_EXPLICIT = ("/", "./", "../", "~")


def missing_files(values: Mapping[str, object]) -> list[str]:
    """What is not there, or is something else, a line each: YAML path, value, what would be right."""
    problems = [problem for named in named_models(values) for problem in _model(*named)]
    generator = values.get("generator")
    if isinstance(generator, dict):
        match generator.get("type"):
            case "local":
                problems += _adapters(generator)
            case "openai":
                problems += _key_file(generator)
    return problems


def _model(place: str, name: str, kind: str) -> Iterator[str]:
    """A GGUF file, or a model that can only be a path: a hub id has one slash, and none in front."""
    path = Path(name).expanduser()
    if path.suffix.lower() == ".gguf" or (kind == "llama_cpp" and "/" in name):
        yield from _gguf(place, name, path)
    elif name.startswith(_EXPLICIT) and not path.exists():
        yield f"{place}: there is nothing at {name!r}{near_path(path)}; give the folder of a model"


def _gguf(place: str, name: str, path: Path) -> Iterator[str]:
    if not path.is_file():
        if "/" in name:  # a bare name is told with the known models
            yield f"{place}: there is no file {name!r}{near_path(path)}; give a .gguf file"
        return
    try:
        with path.open("rb") as stream:
            begins = stream.read(len(_GGUF))
    except OSError as error:
        yield f"{place}: {name!r} cannot be read ({error.strerror}); make it readable for you"
        return
    if begins != _GGUF:
        yield f"{place}: {name!r} is no GGUF file; give one, whole, with a chat template"


def _adapters(generator: Mapping[str, Any]) -> Iterator[str]:
    named, chosen = generator.get("adapters"), generator.get("adapter")
    adapters = named if isinstance(named, dict) else {}
    for name, folder in adapters.items():
        if isinstance(folder, str):
            yield from _adapter(f"generator.adapters.{name}", folder)
    if not isinstance(chosen, str) or chosen in adapters:
        return
    if Path(chosen).expanduser().is_dir():
        yield from _adapter("generator.adapter", chosen)
        return
    valid = ", ".join(map(str, adapters)) or "no names, since there are no adapters"
    hint = did_you_mean(chosen, list(map(str, adapters))) or near_path(Path(chosen).expanduser())
    yield f"generator.adapter: {chosen!r} is not known{hint}; valid: {valid}, or a folder that peft saved"


def _adapter(place: str, name: str) -> Iterator[str]:
    folder = Path(name).expanduser()
    if not folder.is_dir():
        yield f"{place}: there is no folder {name!r}{near_path(folder)}; give one that peft saved"
    elif not (folder / _ADAPTER).is_file():
        below = sorted(str(file.parent) for file in folder.glob(f"*/{_ADAPTER}"))
        hint = f" (did you mean {below[-1]!r}?)" if below else ""
        yield f"{place}: {name!r} has no {_ADAPTER}{hint}; give a folder that peft saved"


def _key_file(generator: Mapping[str, Any]) -> Iterator[str]:
    """A key that cannot be read; the value is not repeated, since some people write the key there."""
    if generator.get("key_file") is None:
        return
    given = {key: generator[key] for key in ("base_url", "key_file") if key in generator}
    try:
        settings = RemoteSettings.model_validate(given)
        settings.key(settings.server())
    except ValidationError:
        return  # told with the other settings
    except GenerationError as error:
        yield f"generator.key_file: {error} Write the path of a file that holds the key and nothing else."
