"""llama.cpp as Python needs it: a GGUF model that reads tokens and scores the next ones."""

from __future__ import annotations

import functools
import importlib.util
import re
import weakref
from collections.abc import Callable, Sequence
from ctypes import create_string_buffer
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ragkit.errors import GenerationError, MissingDependency, ModelDamaged
from ragkit.models.chat import is_markup, same_beginning
from ragkit.models.cpu import cpu_flags
from ragkit.models.shared import shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BATCH = 512  # tokens read at once
_CRASHES = "amx_int8"  # matrix units of some processors: llama-cpp-python 0.3.36 dies when it uses them


def require_llama() -> None:
    """Raises `MissingDependency` unless llama-cpp-python is installed."""
    if importlib.util.find_spec("llama_cpp") is None:
        raise MissingDependency(
            "llama.cpp models need llama-cpp-python. Install it with: pip install 'ragkit[llama]' (where "
            "there is no wheel, that builds it, which needs a C++ compiler and some minutes)"
        )


class LlamaEngine:
    """A model in memory, and what it has read last.

    Each call gives all tokens from the first one on; what they share with those of the call before is not
    read again. Threads take turns.
    """

    def __init__(self, file: Path, *, window: int, threads: int) -> None:
        import llama_cpp as llama

        _silence()
        given = llama.llama_model_default_params()
        given.use_extra_bufts = _CRASHES not in cpu_flags()
        self._model = llama.llama_model_load_from_file(str(file).encode(), given)
        if not self._model:
            raise ModelDamaged(f"{file} is no GGUF file that llama.cpp can read")
        self._at_end(llama.llama_model_free, self._model)
        self.window = min(window, llama.llama_model_n_ctx_train(self._model))
        settings = llama.llama_context_default_params()
        settings.n_ctx, settings.n_batch = self.window, _BATCH
        settings.n_threads = settings.n_threads_batch = threads
        self._context = llama.llama_init_from_model(self._model, settings)
        if not self._context:
            raise GenerationError(
                f"No memory for {self.window:,} tokens of {file.name}. Set a smaller window."
            )
        self._at_end(llama.llama_free, self._context)
        self._vocabulary = llama.llama_model_get_vocab(self._model)
        self._width = llama.llama_vocab_n_tokens(self._vocabulary)
        self._batch = llama.llama_batch_init(_BATCH, 0, 1)
        self._at_end(llama.llama_batch_free, self._batch)
        self._read: list[int] = []
        self._lock = Lock()

    def _at_end(self, free: Callable[[Any], object], memory: object) -> None:
        """Frees memory when nobody has the engine any more, what was taken last first."""
        weakref.finalize(self, free, memory).atexit = False  # a process that ends leaves none behind

    @property
    def template(self) -> str:
        """The chat template, "" for a model without."""
        import llama_cpp as llama

        return (llama.llama_model_chat_template(self._model, None) or b"").decode()

    def mark(self, which: Literal["bos", "eos"]) -> str:
        """The text of the token that begins or ends a text, "" where there is none."""
        import llama_cpp as llama

        found = {"bos": llama.llama_vocab_bos, "eos": llama.llama_vocab_eos}[which](self._vocabulary)
        return llama.llama_vocab_get_text(self._vocabulary, found).decode() if found >= 0 else ""

    def ends(self, token: int) -> bool:
        """Whether the token ends an answer."""
        import llama_cpp as llama

        return bool(llama.llama_vocab_is_eog(self._vocabulary, token))

    def ids(self, text: str, *, special: bool) -> list[int]:
        """The tokens of a text; unless `special`, what looks like a special token is plain text."""
        if special:
            return self._ids(text, special=True)
        cuts = [found.start() + 1 for found in self._marks.finditer(text)]
        parts = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
        return [token for part in parts for token in self._ids(part, special=False)]

    @cached_property
    def _marks(self) -> re.Pattern[str]:
        """Where a mark of the vocabulary begins that llama.cpp would take for one token in any text."""
        import llama_cpp as llama

        marks = []
        for token in range(self._width):
            if llama.llama_vocab_get_attr(self._vocabulary, token) & llama.LLAMA_TOKEN_ATTR_USER_DEFINED:
                text = llama.llama_vocab_get_text(self._vocabulary, token).decode(errors="replace")
                if is_markup(text):
                    marks.append(re.escape(text))
        return re.compile(f"(?={'|'.join(marks)})" if marks else r"(?!)")

    def _ids(self, text: str, *, special: bool) -> list[int]:
        import llama_cpp as llama

        data = text.encode()
        room = len(data) + 8
        made = (llama.llama_token * room)()
        count = llama.llama_tokenize(self._vocabulary, data, len(data), made, room, False, special)
        return list(made[:count])

    def decode(
        self, token_ids: list[int], *, skip_special_tokens: bool, clean_up_tokenization_spaces: bool
    ) -> str:
        """The text of tokens, as it is, with U+FFFD for half a character."""
        import llama_cpp as llama

        given = (llama.llama_token * len(token_ids))(*token_ids)
        with_special = not skip_special_tokens
        room = 64 * (len(token_ids) + 1)
        while True:
            text = create_string_buffer(room)
            used = llama.llama_detokenize(
                self._vocabulary, given, len(token_ids), text, room, False, with_special
            )
            if used >= 0:
                return text.raw[:used].decode("utf-8", errors="replace")
            room = -used

    def known(self, ids: Sequence[int]) -> int:
        """How many of the first tokens were read by the call before."""
        with self._lock:
            return same_beginning(self._read, ids[:-1])

    def scores(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """How likely each token of the vocabulary is to follow. Raises `GenerationError`."""
        with self._lock:
            done = self._forget(same_beginning(self._read, ids[:-1]))
            for start in range(done, len(ids), _BATCH):
                self._decode(ids[start : start + _BATCH], start, last=len(ids) - 1)
            return self._last_scores()

    def _forget(self, kept: int) -> int:
        """Keeps so many of the tokens that were read, or none where the model cannot take back others."""
        import llama_cpp as llama

        memory = llama.llama_get_memory(self._context)
        if not llama.llama_memory_seq_rm(memory, -1, kept, -1):
            llama.llama_memory_clear(memory, True)
            kept = 0
        del self._read[kept:]
        return kept

    def _decode(self, part: Sequence[int], start: int, *, last: int) -> None:
        """Reads tokens that stand from `start` on; only the one at `last` is scored."""
        import llama_cpp as llama

        batch = self._batch
        batch.n_tokens = len(part)
        for i, token in enumerate(part):
            batch.token[i], batch.pos[i] = token, start + i
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, 0
            batch.logits[i] = start + i == last
        if code := llama.llama_decode(self._context, batch):
            self._forget(0)
            raise GenerationError(f"llama.cpp could not read {len(part)} tokens (code {code})")
        self._read += part

    def _last_scores(self) -> NDArray[np.float32]:
        import llama_cpp as llama

        found = llama.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(found, shape=(self._width,)).copy()


@shared(keep=2)
def load_engine(file: Path, window: int, threads: int) -> LlamaEngine:
    """One copy of each model, however many parts of a chain write with it."""
    require_llama()
    return LlamaEngine(file, window=window, threads=threads)


@functools.cache
def _silence() -> object:
    """llama.cpp tells all that it does on stderr; what is returned must live as long as it does."""
    import llama_cpp as llama

    @llama.llama_log_callback  # type: ignore[untyped-decorator]  # a type of ctypes
    def nothing(level: int, text: bytes, data: int | None) -> None:
        pass

    llama.llama_log_set(nothing, None)
    return nothing
