"""Verifiers: what supports each statement of a draft."""

from ragkit.verifiers.lexical import LexicalConfig, LexicalVerifier
from ragkit.verifiers.lexical_semantic import LexicalSemanticConfig, LexicalSemanticVerifier
from ragkit.verifiers.none import NoVerifier, NoVerifierConfig

__all__ = [
    "LexicalConfig",
    "LexicalSemanticConfig",
    "LexicalSemanticVerifier",
    "LexicalVerifier",
    "NoVerifier",
    "NoVerifierConfig",
]
