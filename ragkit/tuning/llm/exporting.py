"""Tuned models as GGUF files, by llama.cpp's own converter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ragkit.errors import ConfigError, MissingDependency
from ragkit.tuning.llm.merging import merge
from ragkit.tuning.runs.folder import RunFolder

_SCRIPT = "convert_hf_to_gguf.py"


def find_converter(wanted: Path | None) -> Path:
    """llama.cpp's converter: the file or folder that was named, LLAMA_CPP, or on the path.

    Raises `MissingDependency` where it is in none of these places.
    """
    named = wanted or (Path(os.environ["LLAMA_CPP"]) if os.environ.get("LLAMA_CPP") else None)
    if named:
        found = named / _SCRIPT if named.is_dir() else named
        if found.is_file():
            return found
        raise MissingDependency(f"There is no {_SCRIPT} at {named}. It comes with the sources of llama.cpp.")
    if on_path := shutil.which(_SCRIPT):
        return Path(on_path)
    raise MissingDependency(
        f"GGUF files are made by {_SCRIPT}, which comes with the sources of llama.cpp and is not on "
        "the path. Name its folder with --llama-cpp or LLAMA_CPP, or use the merged model in the layout of "
        "transformers: ragkit tune merge."
    )


def export_gguf(folder: RunFolder, out: Path, *, converter: Path, kind: str) -> Path:
    """Merges what must be merged and converts it to a GGUF file of that kind (f16, bf16, q8_0, f32).

    Raises `ConfigError` with the converter's last words where it fails.
    """
    if out.exists():
        raise ConfigError(f"{out} is there already: name another file with --out.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as place:
        model = merge(folder, Path(place) / "merged") if folder.is_adapter else folder.weights
        beside = Path(place) / "model.gguf"
        command = [sys.executable, str(converter), str(model), "--outfile", str(beside), "--outtype", kind]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # no shell
        if done.returncode or not beside.is_file():
            said = "\n".join(done.stderr.strip().splitlines()[-3:])
            raise ConfigError(f"{converter} could not convert {model}:\n{said}")
        beside.replace(out)
    return out
