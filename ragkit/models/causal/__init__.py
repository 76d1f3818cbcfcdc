"""Writes text with a causal language model on this machine."""

from ragkit.models.causal.settings import DEFAULT_WRITER, CausalSettings
from ragkit.models.causal.writer import TextWriter

__all__ = ["DEFAULT_WRITER", "CausalSettings", "TextWriter"]
