"""Retrievers: from a question to passages."""

from ragkit.retrievers.bm25 import Bm25Config, Bm25Retriever
from ragkit.retrievers.dense import DenseConfig, DenseRetriever
from ragkit.retrievers.fusion import fuse
from ragkit.retrievers.hybrid import HybridConfig, HybridRetriever
from ragkit.retrievers.rank_bm25 import RankBm25Config, RankBm25Retriever

__all__ = [
    "Bm25Config",
    "Bm25Retriever",
    "DenseConfig",
    "DenseRetriever",
    "HybridConfig",
    "HybridRetriever",
    "RankBm25Config",
    "RankBm25Retriever",
    "fuse",
]
