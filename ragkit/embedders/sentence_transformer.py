"""Any sentence-transformers folder, on CPU or GPU; also what `ragkit tune` trains."""

from __future__ import annotations

import contextlib
import functools
import importlib
import logging
from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Literal

import numpy as np

from ragkit.embedders.bert_query import BertQueryEncoder, bert_query_encoder
from ragkit.embedders.vectors import longest_first, unit
from ragkit.errors import MissingDependency
from ragkit.models.cpu import cpu_flags
from ragkit.models.notes import note_of, remember
from ragkit.models.onnx import load_tokenizer, token_counts, token_spans
from ragkit.models.resolve import ModelFolder, resolve, weights_file
from ragkit.models.scripts import reads, whole
from ragkit.models.shared import loaded_once, shared
from ragkit.stages import Progress, StageConfig, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

_SPECIAL_TOKENS = 2
_WINDOW = 512
_TOLERANCE = 1e-4
_SAMPLES = ("What is the notice period?", "ISO 9001, § 4.2: 天气", "a [SEP] " * 400)
_PADDED_TO = 16  # torch keeps code and buffers for each shape that it meets, and is faster where shapes align
_BATCH_TOKENS = {"cpu": 2048, "cuda": 65536}

DType = Literal["auto", "float32", "bfloat16"]
Device = Literal["auto", "cpu", "cuda"]


class SentenceTransformerConfig(StageConfig):
    """Settings of a sentence-transformers embedder."""

    type: Literal["sentence_transformer"] = "sentence_transformer"
    model: str = "all-MiniLM-L6-v2"
    dtype: DType = "auto"
    device: Device = "auto"

    def build(self) -> SentenceTransformerEmbedder:
        """The embedder, one for all chains of a process; the model is loaded when first needed."""
        return _shared_embedder(self.model, self.dtype, self.device)


class SentenceTransformerEmbedder:
    """Batches of like length, computed in bfloat16 where the processor gains by it.

    A vector depends on its neighbours by rounding only. For all-MiniLM-L6-v2 that is at most 1e-6 per
    component in float32 and 4e-3 in bfloat16 (cosine above .9999), so indexes from both kinds of machine are
    interchangeable; `dtype: float32` is there for a model that rounding harms.
    """

    def __init__(
        self, model: str = "all-MiniLM-L6-v2", *, dtype: DType = "auto", device: Device = "auto"
    ) -> None:
        self._model_name = model
        self._dtype = dtype
        self._device = device
        self._one_at_a_time = Lock()  # its tokenizer is changed while it reads

    @functools.cached_property
    def _folder(self) -> ModelFolder:
        return resolve(self._model_name)

    @functools.cached_property
    def _tokenizer(self) -> Tokenizer:
        return load_tokenizer(self._folder.path)

    @loaded_once
    def _model(self) -> SentenceTransformer:
        folder = str(self._folder.path)
        device = None if self._device == "auto" else self._device
        with _quiet():
            transformer = _sentence_transformer()
            safe = {"use_safetensors": True}
            model = transformer(folder, device=device, local_files_only=True, model_kwargs=safe)
        model.tokenizer.split_special_tokens = True  # "[SEP]" in a text is plain text, as in token_spans
        if (model.max_seq_length or 0) % _PADDED_TO == 0:
            _pad(model)
        return model

    @loaded_once
    def _fast_model(self) -> SentenceTransformer:
        """The same model in the precision wanted, once it was compared in its own."""
        self._check_once()
        if _is_narrow(self._model.device.type, self._dtype):
            self._model.bfloat16()
        return self._model

    @functools.cached_property
    def _query(self) -> BertQueryEncoder | None:
        return None if self._device == "cuda" else bert_query_encoder(self._folder.path)

    @property
    def _checked(self) -> bool:
        """Whether the vectors without torch are known to be torch's: models of the catalog by our tests."""
        difference = note_of(weights_file(self._folder.path)).difference
        return self._folder.entry is not None or (difference is not None and difference <= _TOLERANCE)

    def _check_once(self) -> None:
        """Compares both ways to embed a question, for a folder of the user's own; the model is loaded."""
        weights = weights_file(self._folder.path)
        if self._folder.entry or not self._query or note_of(weights).difference is not None:
            return
        torch_vectors = _embed(self._model.encode_query, list(_SAMPLES))
        vectors = np.stack([self._query.embed(text) for text in _SAMPLES])
        difference = float(np.abs(torch_vectors - vectors).max())
        remember(weights, difference=difference)
        if difference > _TOLERANCE:
            text = "%s: questions need torch, because onnxruntime's vectors differ by %.1e (at most %.0e)"
            logging.getLogger(__name__).warning(text, weights, difference, _TOLERANCE)

    @functools.cached_property
    def name(self) -> str:
        """The weights. The precision of the computation is left out: its vectors differ by rounding only."""
        return f"sentence_transformer:{self._folder.identity}"

    @functools.cached_property
    def dimension(self) -> int:
        """Length of each vector."""
        known = self._folder.entry or self._query
        return known.dimension if known else int(self._model.get_embedding_dimension() or 0)

    @functools.cached_property
    def window(self) -> int:
        """The most tokens of one text that are read, special tokens left out."""
        known = self._folder.entry or self._query
        return (known.window if known else int(self._model.max_seq_length or _WINDOW)) - _SPECIAL_TOKENS

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """(start, end) of each word piece; needs no torch."""
        return token_spans(self._tokenizer, text)

    def reads(self, text: str) -> bool:
        """Whether most of the text is in a script of the training data; true for a model of your own."""
        entry = self._folder.entry
        return entry is None or reads(entry.scripts, text)

    def embed_documents(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Unit vectors, (len(texts), dimension). Raises `ModelNotFound` and `MissingDependency`."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        counts = token_counts(self._tokenizer, texts)
        lengths = [min(count, self.window) + _SPECIAL_TOKENS for count in counts]
        done = 0
        model = self._fast_model
        for batch in longest_first(lengths, tokens=_BATCH_TOKENS.get(model.device.type, 2048)):
            with self._one_at_a_time:
                vectors[batch] = _embed(model.encode_document, [texts[index] for index in batch])
            done += len(batch)
            if progress:
                progress(done, len(texts))
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """The unit vector, (dimension,): without torch for a plain BERT that was checked.

        Raises `ModelNotFound` and `MissingDependency`.
        """
        if self._query and self._checked:
            return self._query.embed(text)
        return self._torch_query(text)

    def _torch_query(self, text: str) -> Vectors:
        encode = self._fast_model.encode_query
        with self._one_at_a_time:
            return np.ascontiguousarray(_embed(encode, [text])[0])


@shared(keep=4)
def _shared_embedder(model: str, dtype: DType, device: Device) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(model, dtype=dtype, device=device)


def _embed(encode: Callable[..., object], texts: list[str]) -> Vectors:
    """`encode` is the model's method for questions or for passages: it adds the prompt, if any."""
    plain = [whole(text) for text in texts]
    rows = encode(plain, batch_size=len(plain), show_progress_bar=False, convert_to_tensor=True)
    return unit(rows.float().cpu().numpy())  # type: ignore[attr-defined]  # a tensor, as asked


def _sentence_transformer() -> type[SentenceTransformer]:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        wanted = "The sentence_transformer embedder needs sentence-transformers and torch"
        raise MissingDependency(f"{wanted}. Install them with: pip install 'ragkit[torch]'") from error
    return SentenceTransformer


def _pad(model: SentenceTransformer) -> None:
    """Texts are padded to a multiple of `_PADDED_TO` tokens."""
    settings = getattr(model[0], "processing_kwargs", None)
    if settings is not None:
        settings.setdefault("text", {}).setdefault("pad_to_multiple_of", _PADDED_TO)


def _is_narrow(device: str, dtype: DType) -> bool:
    """Whether to compute in bfloat16."""
    import torch

    gains = torch.cuda.is_bf16_supported() if device == "cuda" else _cpu_gains()
    return dtype == "bfloat16" or (dtype == "auto" and gains)


def _cpu_gains() -> bool:
    return not cpu_flags().isdisjoint({"avx512_bf16", "amx_bf16"})


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Transformers' loading bars and advice off, and afterwards as they were."""
    try:
        logging = importlib.import_module("transformers.utils.logging")
    except ImportError:
        yield
        return
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
