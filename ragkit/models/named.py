"""A model by its name: found, loaded and asked what it reads when that is first needed."""

from __future__ import annotations

import functools

from ragkit.models.onnx import OnnxEncoder, shared_encoder
from ragkit.models.resolve import ModelFolder, resolve
from ragkit.models.scripts import reads

_WINDOW = 512


class NamedEncoder:
    """What rerankers share of a model; nothing is looked for before the first use."""

    def __init__(self, model: str) -> None:
        self._model = model

    @functools.cached_property
    def folder(self) -> ModelFolder:
        """Where the model lies. Raises `ModelNotFound`."""
        return resolve(self._model)

    @functools.cached_property
    def encoder(self) -> OnnxEncoder:
        """The model, loaded when first used; stages that use the same one share it."""
        return shared_encoder(self.folder.path, self.window)

    @property
    def window(self) -> int:
        """The most tokens that are read at once, special tokens included."""
        entry = self.folder.entry
        return entry.window if entry else _WINDOW

    def reads(self, text: str) -> bool:
        """Whether the model was trained on the script that most of `text` is written in."""
        entry = self.folder.entry
        return entry is None or reads(entry.scripts, text)

    def load(self) -> None:
        """Loads the model now, which the first question would do otherwise. Raises `ModelNotFound`."""
        _ = self.encoder.tokenizer, self.encoder.session
