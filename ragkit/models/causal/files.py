"""Finds the folder of a causal language model; a GGUF file is converted once, to the user's cache."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.errors import GenerationError, MissingDependency, ModelDamaged, ModelNotFound
from ragkit.models.catalog import catalog
from ragkit.models.causal.settings import DEFAULT_WRITER
from ragkit.models.resolve import known_sha256, package_folder, resolve
from ragkit.models.shared import shared

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def require(*more: str, extra: str = "llm") -> None:
    """Raises `MissingDependency` unless torch, transformers and `more` are installed."""
    missing = [name for name in ("torch", "transformers", *more) if importlib.util.find_spec(name) is None]
    if missing:
        wanted = f"Writing text needs {' and '.join(missing)}"
        raise MissingDependency(f"{wanted}. Install with: pip install 'ragkit[{extra}]'")


def share_cores() -> None:
    """Lets torch's threads sleep while they wait: ones that spin for a busy core are several times slower.

    Without effect where torch is imported already, or OMP_WAIT_POLICY is set.
    """
    if "torch" not in sys.modules:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def find_writer(name: str) -> Path:
    """The folder of a model in the layout of transformers.

    `name` is "SmolLM2-135M-Instruct" (from its package), a folder, a hub id or a GGUF file. Raises
    `ModelNotFound`, `ModelDamaged`, `MissingDependency`.
    """
    require()
    share_cores()
    if name == DEFAULT_WRITER:
        return _converted(packaged_gguf(), converted_folder())
    file = Path(name).expanduser()
    if file.suffix.lower() == ".gguf" and file.is_file():
        return _converted(file, _place(file.stem, known_sha256(file)))
    return resolve(name).path


@shared(keep=4)
def load_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """The tokenizer of a model, which must have a chat template. Raises as `find_writer` does."""
    folder = find_writer(name)
    from transformers import AutoTokenizer

    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise ModelNotFound(
            f"{name} in {folder} has no tokenizer that transformers can read: {error}"
        ) from error
    if not tokenizer.chat_template:
        raise GenerationError(
            f"{name} has no chat template, so it is no model to talk with. Use one that was tuned to follow "
            f"instructions (often named Instruct or Chat), or put its chat_template.jinja into {folder}."
        )
    return tokenizer


@contextmanager
def without_progress_bars() -> Iterator[None]:
    """transformers draws them on the terminal."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it has no types
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]  # it has no types


@contextmanager
def without_reports() -> Iterator[None]:
    """transformers lists on the terminal what a file lacks: of a second adapter, all of the first one."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # it has no types
    try:
        with without_progress_bars():
            yield
    finally:
        logging.set_verbosity(before)


def packaged_gguf() -> Path:
    """SmolLM2's GGUF file in its package. Raises `ModelNotFound`, `ModelDamaged`."""
    entry = catalog().entry(DEFAULT_WRITER)
    folder = package_folder(entry)
    if folder is None:
        install = catalog().command(entry)
        raise ModelNotFound(f"{DEFAULT_WRITER} is not on this machine. Install it with: {install}")
    source = folder / entry.weights.path
    if not source.is_file() or known_sha256(source) != entry.weights.sha256:
        problem = f"{source} is not what {entry.requirement} ships"
        raise ModelDamaged(f"{problem}. Repair it with: {entry.repair}")
    return source


def converted_folder() -> Path:
    """Where the copy of SmolLM2 in the layout of transformers lies, once it was made."""
    return _place(DEFAULT_WRITER, catalog().entry(DEFAULT_WRITER).weights.sha256)


def _place(name: str, digest: str) -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return base / "ragkit" / "models" / f"{name}-{digest[:12]}"


def _converted(source: Path, folder: Path) -> Path:
    if not folder.is_dir():
        require("gguf", "accelerate")
        with without_progress_bars():
            _convert(source, folder)
    return folder


def _convert(source: Path, folder: Path) -> None:
    """Writes a GGUF file in the layout of transformers, in bfloat16; whole or not at all."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

    try:
        tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
        read = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ModelDamaged(f"{source} is no GGUF file that transformers can read: {error}") from error
    config = read.config
    tokenizer.model_max_length = config.max_position_embeddings
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model: torch.nn.Module = type(read)(config)  # without the marks of quantisation, which refuse to be saved
    model.load_state_dict(read.state_dict())
    model.bfloat16()
    assert isinstance(model, PreTrainedModel)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.") as place:
        unfinished = Path(place) / folder.name
        model.save_pretrained(unfinished)
        tokenizer.save_pretrained(unfinished)
        _publish(unfinished, folder)


def _publish(made: Path, folder: Path) -> None:
    """Gives a folder its name, unless another process was faster."""
    try:
        made.replace(folder)
    except OSError:
        if not folder.is_dir():
            raise
