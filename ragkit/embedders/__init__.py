"""Turn texts into unit vectors."""

from ragkit.embedders.hashing import HashingConfig, HashingEmbedder
from ragkit.embedders.multilingual import UniversalSentenceEncoder, UniversalSentenceEncoderConfig
from ragkit.embedders.onnx import OnnxConfig, OnnxEmbedder
from ragkit.embedders.sentence_transformer import SentenceTransformerConfig, SentenceTransformerEmbedder

__all__ = [
    "HashingConfig",
    "HashingEmbedder",
    "OnnxConfig",
    "OnnxEmbedder",
    "SentenceTransformerConfig",
    "SentenceTransformerEmbedder",
    "UniversalSentenceEncoder",
    "UniversalSentenceEncoderConfig",
]
