"""Entailment: whether a text supports a statement, or answers a question, by a small network of our own."""

from ragkit.entailment.reader import EntailmentReader, shared_entailment, shipped
from ragkit.entailment.selection import select

__all__ = ["EntailmentReader", "select", "shared_entailment", "shipped"]
