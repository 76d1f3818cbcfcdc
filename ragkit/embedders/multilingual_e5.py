"""multilingual-e5-small: a hundred languages, Chinese among them, without torch."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Literal

from ragkit.embedders.vectors import embedded_alone, unit
from ragkit.models.cpu import cores
from ragkit.models.e5 import E5Encoder, shared_e5
from ragkit.models.onnx import each
from ragkit.models.resolve import ModelFolder, resolve, weights_file
from ragkit.models.scripts import reads, whole
from ragkit.stages import Progress, StageConfig, Vectors

_SPECIAL_TOKENS = 5  # the two marks, the two of "passage:" or "query:", and the space behind it
_QUERY, _PASSAGE = "query:", "passage:"


class MultilingualE5Config(StageConfig):
    """Settings of multilingual-e5-small."""

    type: Literal["multilingual_e5"] = "multilingual_e5"
    model: str = "multilingual-e5-small"

    def build(self) -> MultilingualE5Embedder:
        """The embedder; the model is loaded when first needed."""
        return MultilingualE5Embedder(self.model)


class MultilingualE5Embedder:
    """Embeds one text at a time on each core: the same text gives the same bits, whatever its neighbours.

    Wang et al., "Multilingual E5 Text Embeddings" (2024): mean of the last states, behind a prefix that
    tells questions from passages.
    """

    def __init__(self, model: str = "multilingual-e5-small") -> None:
        self._model = model

    @functools.cached_property
    def _folder(self) -> ModelFolder:
        return resolve(self._model)

    @functools.cached_property
    def _encoder(self) -> E5Encoder:
        return shared_e5(weights_file(self._folder.path))

    @functools.cached_property
    def name(self) -> str:
        """The weights."""
        return f"multilingual_e5:{self._folder.identity}"

    @property
    def dimension(self) -> int:
        """384."""
        return 384

    @property
    def window(self) -> int:
        """The most tokens of one text that are read, special ones left out."""
        return 512 - _SPECIAL_TOKENS

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """(start, end) of each piece that stands for characters of `text`."""
        pieces = self._encoder.tokenizer.pieces(whole(text))
        return [(piece.start, piece.end) for piece in pieces if piece.end > piece.start]

    def reads(self, text: str) -> bool:
        """Whether most of the text is in a script of the training data."""
        entry = self._folder.entry
        return entry is None or reads(entry.scripts, text)

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Unit vectors, (len(texts), 384). Raises `ModelNotFound`."""
        passage = functools.partial(self._embed, prefix=_PASSAGE)
        embed = functools.partial(each, passage, threads=cores())
        self._encoder.load()
        return embedded_alone(texts, embed, dimension=self.dimension, progress=progress)

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of the question, (384,). Raises `ModelNotFound`."""
        return self._embed(text, prefix=_QUERY)

    def _embed(self, text: str, *, prefix: str) -> Vectors:
        encoder = self._encoder
        pieces = encoder.tokenizer.pieces(whole(text))
        space = 1 if pieces and pieces[0].end == 0 else 0  # a token that stands for nothing in the text
        pieces = pieces[: self.window + space]
        ids = [piece.id for piece in (*encoder.tokenizer.pieces(prefix), *pieces)]
        return unit(encoder.run(ids))
