"""Adapters become part of their base model, for programs that load no adapters."""

from __future__ import annotations

import shutil
from pathlib import Path

from ragkit.errors import ConfigError
from ragkit.models.causal.files import find_writer, load_tokenizer, require, without_progress_bars
from ragkit.tuning.runs.folder import RunFolder


def merge(folder: RunFolder, out: Path) -> Path:
    """Writes base and adapter as one model in the precision of the base; the folder that it is in.

    Raises `ConfigError` for a run without an adapter, or where something is in `out`; `ModelNotFound`.
    """
    if not folder.is_adapter:
        raise ConfigError(f"{folder.path} tuned the whole model: {folder.weights} is what you want.")
    if out.exists():
        raise ConfigError(f"{out} is there already: name another folder with --out.")
    require("peft", extra="tune")
    record = folder.record()
    from peft import PeftModel
    from transformers import AutoConfig, AutoModelForCausalLM

    place = find_writer(record.model)
    kept = AutoConfig.from_pretrained(place).dtype
    with without_progress_bars():
        base = AutoModelForCausalLM.from_pretrained(place, dtype="float32")
        merged = PeftModel.from_pretrained(base, str(folder.weights)).merge_and_unload()
        if kept is not None:
            merged.to(kept)
        beside = out.with_name(f"{out.name}.new")
        shutil.rmtree(beside, ignore_errors=True)
        merged.save_pretrained(beside)
    load_tokenizer(record.model).save_pretrained(beside)
    shutil.copy(folder.weights / "README.md", beside / "README.md")
    beside.replace(out)
    return out
