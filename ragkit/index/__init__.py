"""Hybrid indexes: where chunks and vectors are stored, and found by terms or by vector."""

from ragkit.index.dense_base import DenseKind
from ragkit.index.local import LocalIndex
from ragkit.index.settings import IndexSettings
from ragkit.index.statistics import IndexStatistics
from ragkit.index.writer import StoreWriter

__all__ = ["DenseKind", "IndexSettings", "IndexStatistics", "LocalIndex", "StoreWriter"]
