"""Verifiers: what supports each statement of a draft."""

from ragkit.verifiers.lexical import LexicalConfig, LexicalVerifier
from ragkit.verifiers.lexical_semantic import LexicalSemanticConfig, LexicalSemanticVerifier
from ragkit.verifiers.none import NoVerifier, NoVerifierConfig
from ragkit.verifiers.trained import TrainedConfig, TrainedVerifier

__all__ = [
    "LexicalConfig",
    "LexicalSemanticConfig",
    "LexicalSemanticVerifier",
    "LexicalVerifier",
    "NoVerifier",
    "NoVerifierConfig",
    "TrainedConfig",
    "TrainedVerifier",
]
