"""Turn texts into unit vectors."""

from ragkit.embedders.by_script import ByScriptConfig, ByScriptEmbedder
from ragkit.embedders.hashing import HashingConfig, HashingEmbedder
from ragkit.embedders.multilingual import UniversalSentenceEncoder, UniversalSentenceEncoderConfig
from ragkit.embedders.multilingual_e5 import MultilingualE5Config, MultilingualE5Embedder
from ragkit.embedders.onnx import OnnxConfig, OnnxEmbedder
from ragkit.embedders.sentence_transformer import SentenceTransformerConfig, SentenceTransformerEmbedder

__all__ = [
    "ByScriptConfig",
    "ByScriptEmbedder",
    "HashingConfig",
    "HashingEmbedder",
    "MultilingualE5Config",
    "MultilingualE5Embedder",
    "OnnxConfig",
    "OnnxEmbedder",
    "SentenceTransformerConfig",
    "SentenceTransformerEmbedder",
    "UniversalSentenceEncoder",
    "UniversalSentenceEncoderConfig",
]
