"""Generators: from passages to a draft answer."""

from ragkit.generators.extractive import ExtractiveConfig, ExtractiveGenerator

__all__ = ["ExtractiveConfig", "ExtractiveGenerator"]
