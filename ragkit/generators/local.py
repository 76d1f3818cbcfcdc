"""Answers written by a language model on this machine."""

from __future__ import annotations

from typing import Literal

from ragkit.generators.written import WrittenConfig, WrittenGenerator
from ragkit.models.causal import CausalSettings, TextWriter


class LocalConfig(WrittenConfig, CausalSettings):
    """A language model on this machine writes the answer from the passages.

    `model` is "SmolLM2-135M-Instruct", a folder or hub id of a chat model in the layout of transformers, or a
    GGUF file. `adapter` is the folder of a LoRA adapter of peft, or one of the names in `adapters`, which
    share one model in memory. `device` and `dtype` are chosen for the machine; `quantize` keeps the weights
    in eight bits (int8) or four (nf4, by bitsandbytes; on the CPU slower than int8). With a `temperature`
    tokens are drawn, the same for the same `seed`. The text ends before any string of `stop`. Up to
    `lookup_tokens` tokens are guessed from the text at once, and what was read for earlier prompts is kept in
    `cache_megabytes`; both save time; on the CPU they change no token (on a graphics card, where a near tie
    may fall the other way, they may). `trace` tells for each token how probable it was and which passage it
    is from.
    """

    type: Literal["local"] = "local"

    def build(self) -> WrittenGenerator:
        """The generator; the model is loaded at the first question."""
        return WrittenGenerator(self, TextWriter(self))
