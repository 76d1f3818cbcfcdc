"""Support: which sentences of passages answer a question, and how well."""

from ragkit.support.blanking import without_orders
from ragkit.support.pairs import PairReader, shared_reader
from ragkit.support.passages import PassageReader
from ragkit.support.ranking import Candidate, Evidence, SentenceRanker
from ragkit.support.sentences import Statement, plain
from ragkit.support.terms import TermReader, share

__all__ = [
    "Candidate",
    "Evidence",
    "PairReader",
    "PassageReader",
    "SentenceRanker",
    "Statement",
    "TermReader",
    "plain",
    "share",
    "shared_reader",
    "without_orders",
]
