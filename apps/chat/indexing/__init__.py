"""Indexing in the background: a thread that decides, and a humble process that works."""

from apps.chat.indexing.indexer import Indexer

__all__ = ["Indexer"]
