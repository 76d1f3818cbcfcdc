"""bge-small and other BERT encoders in ONNX: quick to start, no torch."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Literal

from ragkit.embedders.vectors import embedded_alone, unit
from ragkit.models.onnx import OnnxEncoder, shared_encoder
from ragkit.models.resolve import ModelFolder, resolve
from ragkit.models.scripts import reads
from ragkit.stages import Progress, StageConfig, Vectors

_WINDOW = 512
_SPECIAL_TOKENS = 2

Pooling = Literal["cls", "mean"]


class OnnxConfig(StageConfig):
    """Settings of an ONNX embedder; the defaults are those that bge-small was trained with."""

    type: Literal["onnx"] = "onnx"
    model: str = "bge-small-en-v1.5"
    pooling: Pooling = "cls"
    query_prefix: str = "Represent this sentence for searching relevant passages: "

    def build(self) -> OnnxEmbedder:
        """The embedder; the model is loaded when first needed."""
        return OnnxEmbedder(self.model, pooling=self.pooling, query_prefix=self.query_prefix)


class OnnxEmbedder:
    """Embeds one text at a time on each core: the same text gives the same bits, whatever its neighbours."""

    def __init__(
        self,
        model: str = "bge-small-en-v1.5",
        *,
        pooling: Pooling = "cls",
        query_prefix: str = "Represent this sentence for searching relevant passages: ",
    ) -> None:
        self._model = model
        self._pooling = pooling
        self._query_prefix = query_prefix

    @functools.cached_property
    def _folder(self) -> ModelFolder:
        return resolve(self._model)

    @functools.cached_property
    def _encoder(self) -> OnnxEncoder:
        return shared_encoder(self._folder.path, self.window + _SPECIAL_TOKENS)

    @functools.cached_property
    def name(self) -> str:
        """The weights and the pooling. The query prefix is left out: it changes no stored vector."""
        return f"onnx:{self._folder.identity}/{self._pooling}"

    @functools.cached_property
    def dimension(self) -> int:
        """Length of each vector."""
        entry = self._folder.entry
        return entry.dimension if entry else int(self._encoder.run([]).shape[-1])

    @property
    def window(self) -> int:
        """The most tokens of one text that are read, special tokens left out."""
        entry = self._folder.entry
        return (entry.window if entry else _WINDOW) - _SPECIAL_TOKENS

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """(start, end) of each word piece."""
        return self._encoder.token_spans(text)

    def reads(self, text: str) -> bool:
        """Whether most of the text is in a script of the training data; true for a model of your own."""
        entry = self._folder.entry
        return entry is None or reads(entry.scripts, text)

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Unit vectors, (len(texts), dimension). Raises `ModelNotFound`."""
        embed = functools.partial(self._encoder.map, self._embed)
        return embedded_alone(texts, embed, dimension=self.dimension, progress=progress)

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of the question behind its prefix, (dimension,). Raises `ModelNotFound`."""
        return self._embed(self._query_prefix + text)

    def _embed(self, text: str) -> Vectors:
        states = self._encoder.run(self._encoder.token_ids(text))
        return unit(states[0] if self._pooling == "cls" else states.mean(axis=0))
