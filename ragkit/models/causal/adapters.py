"""LoRA adapters: small changes to a model's weights, loaded beside them and chosen for each text."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ragkit.errors import ConfigError
from ragkit.models.causal.files import load_tokenizer, require, without_reports

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_CONFIG = "adapter_config.json"
_TOKENIZER = "tokenizer_config.json"


class Adapters:
    """The adapters of one model in memory; its own weights are never changed nor loaded again."""

    def __init__(self, model: PreTrainedModel, *, name: str, folder: Path) -> None:
        self._model = model
        self._name = name
        self._folder = folder
        self._loaded: dict[str, str] = {}  # resolved folder to the name that peft knows
        self._names = (f"adapter{number}" for number in count())
        self._active: str | None = ""
        self._lock = Lock()

    def add(self, folder: Path) -> str:
        """What `active` calls the adapter in a folder, loaded if it is not yet. Raises `ConfigError`."""
        with self._lock:
            place = str(folder.resolve())
            if place not in self._loaded:
                self._check(folder)
                self._active = None
                self._loaded[place] = self._load(folder, next(self._names))
            return self._loaded[place]

    @contextmanager
    def active(self, name: str) -> Iterator[None]:
        """The model with the adapter of that name, or with none for ""; held by one thread at a time."""
        with self._lock:
            if name != self._active:
                self._active = None  # what it is should the switch be interrupted
                if name:
                    self._model.enable_adapters()
                    self._model.set_adapter(name)
                else:
                    self._model.disable_adapters()
                self._active = name
            yield

    def _load(self, folder: Path, name: str) -> str:
        with without_reports(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # peft warns that there are several adapters
            try:
                self._model.load_adapter(str(folder), adapter_name=name)
            except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
                with suppress(Exception):  # whatever part of it was loaded
                    self._model.delete_adapter(name)
                problem = f"The adapter in {folder} does not fit {self._name}: {error}"
                raise ConfigError(problem) from error
        return name

    def _check(self, folder: Path) -> None:
        """Raises `ConfigError` for a folder that holds no adapter, or one of another model."""
        file = folder / _CONFIG
        if not file.is_file():
            raise ConfigError(
                f"{folder} is no adapter: it has no {_CONFIG}. Give a folder that peft saved, or a name."
            )
        require("peft")
        try:
            made_for = str(json.loads(file.read_text(encoding="utf-8")).get("base_model_name_or_path") or "")
        except (ValueError, AttributeError) as error:
            raise ConfigError(f"{file} cannot be read: {error}") from error
        if made_for and not self._is_this(made_for):
            raise ConfigError(
                f"The adapter in {folder} was made for {made_for}, not for {self._name}. "
                f"Set model: {made_for}, or where both are the same model, base_model_name_or_path in {file}."
            )
        self._check_template(folder)

    def _is_this(self, made_for: str) -> bool:
        """Whether a path or hub id names this model."""
        if Path(made_for).expanduser().resolve() == self._folder.resolve():
            return True
        ours = {_last(self._name), _last(str(self._folder))}
        return _last(made_for) in ours

    def _check_template(self, folder: Path) -> None:
        theirs, ours = _template(folder), _default(load_tokenizer(self._name).chat_template)
        if theirs is not None and theirs.strip() != str(ours).strip():
            raise ConfigError(
                f"The adapter in {folder} was trained with another chat template than {self._name} has. "
                "Use the model that it was trained on, or train it again."
            )


def _last(name: str) -> str:
    return Path(name).name.lower()


def _template(folder: Path) -> str | None:
    """The chat template that was saved with an adapter; None without one. Raises `ConfigError`."""
    for file in (folder / "chat_template.jinja", folder / _TOKENIZER):
        if file.is_file():
            try:
                text = file.read_text(encoding="utf-8")
                return _default(json.loads(text).get("chat_template")) if file.name == _TOKENIZER else text
            except (OSError, ValueError, AttributeError) as error:
                raise ConfigError(f"{file} cannot be read: {error}") from error
    return None


def _default(saved: object) -> str | None:
    """The template that is used unless one is named, of one or several; None without one."""
    if isinstance(saved, list):
        saved = {one.get("name"): one.get("template") for one in saved if isinstance(one, dict)}
    found = saved.get("default") if isinstance(saved, dict) else saved
    return found if isinstance(found, str) else None
