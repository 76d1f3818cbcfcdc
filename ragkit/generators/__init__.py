"""Generators: from passages to a draft answer."""

from ragkit.generators.extractive import ExtractiveConfig, ExtractiveGenerator
from ragkit.generators.llama_cpp import LlamaCppConfig
from ragkit.generators.local import LocalConfig
from ragkit.generators.openai import OpenAIConfig
from ragkit.generators.written import WrittenConfig, WrittenGenerator

__all__ = [
    "ExtractiveConfig",
    "ExtractiveGenerator",
    "LlamaCppConfig",
    "LocalConfig",
    "OpenAIConfig",
    "WrittenConfig",
    "WrittenGenerator",
]
