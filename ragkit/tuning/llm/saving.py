"""Writes tuned weights so that a chain can load them: with their base's name and their template."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from ragkit.models.causal.files import without_progress_bars

_CONFIG = "adapter_config.json"


def save(model: Any, tokenizer: Any, folder: Path, *, name: str, state: dict[str, Any] | None) -> None:
    """Writes weights with the tokenizer and its chat template, whole or not at all.

    An adapter notes the `name` of the model that it is for; nothing else may load it. `state` are the weights
    where they are not in the model.
    """
    beside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    with without_progress_bars():
        if hasattr(model, "peft_config"):
            # "auto" would ask the hub whether the vocabulary is the base's own
            model.save_pretrained(
                beside, state_dict=state, selected_adapters=["default"], save_embedding_layers=False
            )
            _note(beside / _CONFIG, name)
        else:
            model.save_pretrained(beside, state_dict=state)
    tokenizer.save_pretrained(beside)
    shutil.rmtree(folder, ignore_errors=True)
    beside.replace(folder)


def _note(file: Path, name: str) -> None:
    settings = json.loads(file.read_text(encoding="utf-8"))
    settings["base_model_name_or_path"] = name
    file.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
