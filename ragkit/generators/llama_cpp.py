"""Answers written by a GGUF model in llama.cpp."""

from __future__ import annotations

from typing import Literal

from ragkit.generators.written import WrittenConfig, WrittenGenerator
from ragkit.models.llama import LlamaSettings, LlamaWriter


class LlamaCppConfig(WrittenConfig, LlamaSettings):
    """A GGUF model writes the answer from the passages, in llama.cpp on this machine.

    `model` is "SmolLM2-135M-Instruct" or the path of a .gguf file with a chat template. `window` is how many
    tokens it reads at most, for which memory is set aside. `threads` 0 leaves one core free: threads that
    wait for a busy core are many times slower. With a `temperature` tokens are drawn, the same for the same
    `seed`. The text ends before any string of `stop`.
    """

    type: Literal["llama_cpp"] = "llama_cpp"

    def build(self) -> WrittenGenerator:
        """The generator; the model is loaded at the first question."""
        return WrittenGenerator(self, LlamaWriter(self))
