"""Generators: from passages to a draft answer."""

from ragkit.generators.extractive import ExtractiveConfig, ExtractiveGenerator
from ragkit.generators.local import LocalConfig, LocalGenerator

__all__ = ["ExtractiveConfig", "ExtractiveGenerator", "LocalConfig", "LocalGenerator"]
