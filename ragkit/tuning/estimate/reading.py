"""Finds a model's shape: by name, in a folder's config.json, or in the head of a GGUF file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragkit.errors import ConfigError
from ragkit.tuning.estimate.gguf_head import read_head
from ragkit.tuning.estimate.shapes import ModelShape, find_shape, known_shapes

_EXPLICIT = ("layers", "hidden", "heads", "intermediate", "vocab")
_CONFIG = {
    "layers": "num_hidden_layers",
    "hidden": "hidden_size",
    "heads": "num_attention_heads",
    "intermediate": "intermediate_size",
    "vocab": "vocab_size",
}


def read_shape(name: str, given: Mapping[str, int | None] | None = None) -> ModelShape:
    """The shape of a model: a known name or size, a folder, a config.json, a .gguf file, or a cached hub id.

    `given` overrides it: counts by the names of `ModelShape`; with layers, hidden, heads, intermediate and
    vocab it needs no model at all, and `name` is only a name. Raises `ConfigError`.
    """
    own = {key: value for key, value in (given or {}).items() if value is not None}
    found = _found(name)
    if found is None and not own.keys() >= set(_EXPLICIT):
        missing = ", ".join(f"--{key}" for key in _EXPLICIT if key not in own)
        raise ConfigError(
            f"The shape of {name!r} is not known. Known: {', '.join(known_shapes())}, or sizes "
            "such as 7B, 13B, 70B. Or give a folder with a config.json, a .gguf file, or the shape: "
            f"{missing} are missing."
        )
    if found is None:
        return _made({"name": name, "kv_heads": own["heads"], "source": "given", **own})
    if not own:
        return found
    values = {key: getattr(found, key) for key in ModelShape.__dataclass_fields__} | own
    if own.keys() & {"hidden", "heads"} and "head" not in own:
        values["head"] = 0
    if "heads" in own and "kv_heads" not in own:
        values["kv_heads"] = own["heads"]
    return _made(values)


def _made(values: dict[str, Any]) -> ModelShape:
    return ModelShape(**values)


def _found(name: str) -> ModelShape | None:
    path = Path(name).expanduser()
    if path.suffix.lower() == ".gguf":
        if not path.is_file():
            raise ConfigError(f"There is no file {name}.")
        return _from_gguf(path)
    if path.is_dir() or path.name == "config.json":
        return _from_config(path / "config.json" if path.is_dir() else path)
    return find_shape(name) or _on_this_machine(name)


def _on_this_machine(name: str) -> ModelShape | None:
    """A model of the Hugging Face cache; nothing is downloaded."""
    if "/" not in name:
        return None
    from ragkit.errors import RagkitError
    from ragkit.models import resolve

    try:
        file = resolve(name, download=False).path / "config.json"
    except RagkitError:
        return None
    return _from_config(file) if file.is_file() else None


def _from_config(file: Path) -> ModelShape:
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file.parent} holds no config.json, so it is no model of transformers.") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ConfigError(f"{file} cannot be read as JSON: {error}") from error
    config = config.get("text_config", config) if isinstance(config, dict) else {}
    counts: dict[str, Any] = {ours: config.get(theirs) for ours, theirs in _CONFIG.items()}
    if lacking := [_CONFIG[key] for key, value in counts.items() if not isinstance(value, int)]:
        raise ConfigError(
            f"{file} has no number called {', '.join(lacking)}. Only decoders like Llama, Mistral "
            "and Qwen2 can be estimated; give the shape by --layers, --hidden and so on."
        )
    if config.get("num_experts") or config.get("num_local_experts") or config.get("n_routed_experts"):
        raise ConfigError(f"{file} is a mixture of experts, which cannot be estimated yet.")
    return ModelShape(
        name=str(config.get("_name_or_path") or file.resolve().parent.name),
        **counts,
        kv_heads=config.get("num_key_value_heads") or counts["heads"],
        head=config.get("head_dim") or 0,
        tied=bool(config.get("tie_word_embeddings", False)),
        bias=bool(config.get("attention_bias", config.get("model_type") == "qwen2")),
        source=str(file),
    )


def _from_gguf(path: Path) -> ModelShape:
    head, tensors = read_head(path)
    kind = str(head.get("general.architecture", ""))

    def number(key: str, default: Any = None) -> int:
        value = head.get(f"{kind}.{key}", default)
        if not isinstance(value, int):
            raise ConfigError(f"{path} says no {kind or 'architecture'}.{key}, so its shape is not known.")
        return value

    words = head.get("tokenizer.ggml.tokens")
    heads = number("attention.head_count")
    return ModelShape(
        name=path.stem,
        layers=number("block_count"),
        hidden=number("embedding_length"),
        heads=heads,
        kv_heads=number("attention.head_count_kv", heads),
        intermediate=number("feed_forward_length"),
        vocab=number("vocab_size", words),
        head=number("attention.key_length", 0),
        tied="output.weight" not in tensors,
        bias="blk.0.attn_q.bias" in tensors,
        source=str(path),
    )
