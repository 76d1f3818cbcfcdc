"""From what was typed to what is searched: operators, spelling, rewriting."""

from ragkit.queries.conditions import both, in_words
from ragkit.queries.keep_query import KeepQuery, KeepQueryConfig
from ragkit.queries.reading import QueryConfig, Reader
from ragkit.queries.rewriting import DecomposeConfig, HydeConfig, MultiQueryConfig
from ragkit.queries.syntax import understand

__all__ = [
    "DecomposeConfig",
    "HydeConfig",
    "KeepQuery",
    "KeepQueryConfig",
    "MultiQueryConfig",
    "QueryConfig",
    "Reader",
    "both",
    "in_words",
    "understand",
]
