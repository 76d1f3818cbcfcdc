"""Finds model weights, checks them and runs the small ones."""

from ragkit.models.catalog import Catalog, ModelEntry, ModelFile, catalog
from ragkit.models.check import Check
from ragkit.models.doctor import report
from ragkit.models.late import TokenVectors
from ragkit.models.offline import allow_network, forbid_network, is_offline, network_forbidden
from ragkit.models.pairs import PairScorer
from ragkit.models.resolve import FileCheck, ModelFolder, resolve, verify
from ragkit.models.writing import converted

__all__ = [
    "Catalog",
    "Check",
    "FileCheck",
    "ModelEntry",
    "ModelFile",
    "ModelFolder",
    "PairScorer",
    "TokenVectors",
    "allow_network",
    "catalog",
    "converted",
    "forbid_network",
    "is_offline",
    "network_forbidden",
    "report",
    "resolve",
    "verify",
]
