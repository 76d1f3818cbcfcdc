"""Several embedders in one index: each text goes to the first that reads its script."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import accumulate
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ragkit.embedders.hashing import HashingConfig
from ragkit.embedders.multilingual import UniversalSentenceEncoderConfig
from ragkit.embedders.multilingual_e5 import MultilingualE5Config
from ragkit.embedders.onnx import OnnxConfig
from ragkit.embedders.sentence_transformer import SentenceTransformerConfig
from ragkit.stages import Embedder, Progress, StageConfig, Vectors

OneEmbedder = Annotated[
    OnnxConfig
    | MultilingualE5Config
    | UniversalSentenceEncoderConfig
    | SentenceTransformerConfig
    | HashingConfig,
    Field(discriminator="type"),
]


class ByScriptConfig(StageConfig):
    """Settings of embedders by script; of two that read a text, the one that stands first gets it."""

    type: Literal["by_script"] = "by_script"
    embedders: tuple[OneEmbedder, ...] = Field(
        default=(OnnxConfig(), MultilingualE5Config()), min_length=2, max_length=8
    )

    def build(self) -> ByScriptEmbedder:
        """The embedder; each model is loaded when a text first needs it."""
        return ByScriptEmbedder([embedder.build() for embedder in self.embedders])


class ByScriptEmbedder:
    """The direct sum of the embedders' spaces: each has components of its own, zero in others' vectors.

    So the cosine of two texts that one embedder reads is that embedder's, exactly; of texts that
    different ones read it is 0, which says nothing of them. A text that none reads goes to the last.
    """

    def __init__(self, embedders: Sequence[Embedder]) -> None:
        if not embedders:
            raise ValueError("by_script needs at least one embedder")
        self._embedders = tuple(embedders)

    @functools.cached_property
    def name(self) -> str:
        """The names of all, in order."""
        return "by_script:" + "+".join(embedder.name for embedder in self._embedders)

    @functools.cached_property
    def dimension(self) -> int:
        """The sum of all dimensions."""
        return sum(embedder.dimension for embedder in self._embedders)

    @functools.cached_property
    def window(self) -> int:
        """The smallest window, which no embedder exceeds."""
        return min(embedder.window for embedder in self._embedders)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """The tokens of the embedder that reads the text."""
        return self._embedders[self._chosen(text)].token_spans(text)

    def reads(self, text: str) -> bool:
        """Whether any of them does."""
        return any(embedder.reads(text) for embedder in self._embedders)

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Unit vectors, (len(texts), dimension). Raises what the embedders raise."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        chosen = [self._chosen(text) for text in texts]
        done = 0
        for number, embedder in enumerate(self._embedders):
            own = [index for index, choice in enumerate(chosen) if choice == number]
            if own:
                shown = functools.partial(_shown, progress, done, len(texts)) if progress else None
                part = embedder.embed_documents([texts[index] for index in own], progress=shown)
                vectors[own, self._block(number)] = part
                done += len(own)
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """The unit vector, (dimension,). Raises what the embedders raise."""
        number = self._chosen(text)
        vector = np.zeros(self.dimension, dtype=np.float32)
        vector[self._block(number)] = self._embedders[number].embed_query(text)
        return vector

    def _chosen(self, text: str) -> int:
        """The number of the first embedder that reads the text, or of the last."""
        numbers = range(len(self._embedders) - 1)
        return next((n for n in numbers if self._embedders[n].reads(text)), len(numbers))

    def _block(self, number: int) -> slice:
        ends = list(accumulate((embedder.dimension for embedder in self._embedders), initial=0))
        return slice(ends[number], ends[number + 1])


def _shown(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    """Progress of one embedder, as progress of all."""
    progress(before + done, total)
