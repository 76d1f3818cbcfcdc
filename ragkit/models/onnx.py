"""Runs a transformer from an ONNX file, one text at a time on every core.

The weights are int8 with dynamic quantisation: in a batch, a text's result depends on its neighbours and on
the padding (cosine .994). Alone, it is the same to the last bit whatever else is asked, and as fast,
because each core works on its own text (500 texts of 111 tokens: 5.9 s, batched 6.9 s, two cores).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from ragkit.errors import ModelNotFound
from ragkit.models.cpu import cores
from ragkit.models.resolve import weights_file
from ragkit.models.scripts import whole
from ragkit.models.shared import loaded_once, shared

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, SessionOptions
    from tokenizers import Tokenizer

_T = TypeVar("_T")
_R = TypeVar("_R")


def load_tokenizer(folder: Path) -> Tokenizer:
    """The folder's tokenizer without truncation or padding, reading "[SEP]" in a text as plain text.

    Raises `ModelNotFound`.
    """
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    if not path.is_file():
        raise ModelNotFound(f"{folder} has no tokenizer.json, which every model folder needs.")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def token_spans(tokenizer: Tokenizer, text: str) -> list[tuple[int, int]]:
    """(start, end) in `text` of each token, special tokens left out."""
    return [(start, end) for start, end in tokenizer.encode(whole(text), add_special_tokens=False).offsets]


def token_counts(tokenizer: Tokenizer, texts: Sequence[str]) -> list[int]:
    """How many tokens each text has, special tokens left out."""
    encoded = tokenizer.encode_batch_fast([whole(text) for text in texts], add_special_tokens=False)
    return [len(one) for one in encoded]


def session_options(*, threads: int = 1) -> SessionOptions:
    """Threads that never spin, by default one: parallelism is between texts, and the CPU is shared."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


class OnnxEncoder:
    """One session and one tokenizer, both loaded when first needed; safe to use from several threads."""

    def __init__(self, folder: Path, *, window: int, threads: int | None = None) -> None:
        self.folder = folder
        self.window = window
        self.threads = threads or cores()

    @loaded_once
    def tokenizer(self) -> Tokenizer:
        """Without truncation or padding."""
        return load_tokenizer(self.folder)

    @loaded_once
    def session(self) -> InferenceSession:
        """Runs the folder's weights."""
        import onnxruntime

        path = weights_file(self.folder)
        return onnxruntime.InferenceSession(str(path), session_options(), providers=["CPUExecutionProvider"])

    @functools.cached_property
    def _inputs(self) -> frozenset[str]:
        return frozenset(tensor.name for tensor in self.session.get_inputs())

    @functools.cached_property
    def _marks(self) -> tuple[int, int]:
        begin, end = self.tokenizer.token_to_id("[CLS]"), self.tokenizer.token_to_id("[SEP]")
        if begin is None or end is None:
            raise ModelNotFound(f"{self.folder} holds no BERT model: its tokenizer has no [CLS] and [SEP].")
        return begin, end

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """(start, end) in `text` of each token, special tokens left out, however long the text is."""
        return token_spans(self.tokenizer, text)

    def token_ids(self, text: str) -> list[int]:
        """The ids of the tokens, special tokens left out, however long the text is."""
        return list(self.tokenizer.encode(whole(text), add_special_tokens=False).ids)

    def run(self, first: Sequence[int], second: Sequence[int] | None = None) -> NDArray[np.float32]:
        """The model's first output for one text or one pair, given as ids without special tokens.

        Texts are cut to the window; of a pair, only the second. Shape (tokens, dimension) for an encoder,
        (1,) for a cross-encoder.
        """
        begin, end = self._marks
        room = self.window - 2
        ids = [begin, *first[:room], end]
        kinds = [0] * len(ids)
        if second is not None:
            tail = [*second[: max(0, self.window - len(ids) - 1)], end]
            ids, kinds = ids + tail, kinds + [1] * len(tail)
        feed = {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": kinds}
        arrays = {name: np.array([row], dtype=np.int64) for name, row in feed.items() if name in self._inputs}
        output: NDArray[np.float32] = self.session.run(None, arrays)[0][0]
        return output

    def map(self, work: Callable[[_T], _R], items: Sequence[_T]) -> Generator[_R, None, None]:
        """`work` of each item in order, one item per core at a time; an interruption stops promptly."""
        if len(items) > 1:
            self.session.get_inputs()  # loaded here, once, and not by every thread
        yield from each(work, items, threads=self.threads)


def each(work: Callable[[_T], _R], items: Sequence[_T], *, threads: int) -> Generator[_R, None, None]:
    """`work` of each item in order, on `threads` threads; an interruption stops promptly."""
    if len(items) < 2 or threads < 2:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        try:
            yield from pool.map(work, items)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@shared(keep=8)
def shared_encoder(folder: Path, window: int) -> OnnxEncoder:
    """One encoder per folder and process, so that stages which use one model share its memory."""
    return OnnxEncoder(folder, window=window)
