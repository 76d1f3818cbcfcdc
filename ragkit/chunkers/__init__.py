"""Chunkers: documents cut into passages with exact offsets."""

from ragkit.chunkers.markdown import MarkdownChunker, MarkdownConfig
from ragkit.chunkers.packing import TokenSpans
from ragkit.chunkers.parent import ParentChunker, ParentConfig
from ragkit.chunkers.plain import FixedChunker, FixedConfig, SentenceChunker, SentenceConfig

__all__ = [
    "FixedChunker",
    "FixedConfig",
    "MarkdownChunker",
    "MarkdownConfig",
    "ParentChunker",
    "ParentConfig",
    "SentenceChunker",
    "SentenceConfig",
    "TokenSpans",
]
