"""Verifiers: what supports each statement of a draft."""

from ragkit.verifiers.lexical import LexicalConfig, LexicalVerifier
from ragkit.verifiers.none import NoVerifier, NoVerifierConfig

__all__ = ["LexicalConfig", "LexicalVerifier", "NoVerifier", "NoVerifierConfig"]
