"""Texts that are the same, or nearly: found among millions in bounded memory. Needs numpy alone."""

from ragkit.duplicates.copies import Copies, Digests
from ragkit.duplicates.growing import NearIndex
from ragkit.duplicates.minhash import Bands, MinHash, bands_for
from ragkit.duplicates.near import THRESHOLD, Joining, NearFinder
from ragkit.duplicates.shingles import Shingler, Shingles

__all__ = [
    "THRESHOLD",
    "Bands",
    "Copies",
    "Digests",
    "Joining",
    "MinHash",
    "NearFinder",
    "NearIndex",
    "Shingler",
    "Shingles",
    "bands_for",
]
