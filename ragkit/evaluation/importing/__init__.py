"""Judged sets of others become a corpus that can be indexed, and golden questions about it."""

from ragkit.evaluation.importing.importer import FORMATS, Format, Imported, import_golden
from ragkit.evaluation.importing.writing import Unusable

__all__ = ["FORMATS", "Format", "Imported", "Unusable", "import_golden"]
