"""The values that flow through a chain: frozen, slotted, keyword-only, and free of behaviour."""

from ragkit.types.answers import (
    Answer,
    Citation,
    Draft,
    Finish,
    Judgement,
    Message,
    OnOrders,
    OnUnsupported,
    Sentence,
    TracedToken,
    Turn,
    Usage,
    Verdict,
)
from ragkit.types.documents import Box, Chunk, Document, DocumentSummary, Page, Place, SourceRun, SourceState
from ragkit.types.search import EVERYTHING, Filter, Findings, Hit, Query, StageScore

__all__ = [
    "EVERYTHING",
    "Answer",
    "Box",
    "Chunk",
    "Citation",
    "Document",
    "DocumentSummary",
    "Draft",
    "Filter",
    "Findings",
    "Finish",
    "Hit",
    "Judgement",
    "Message",
    "OnOrders",
    "OnUnsupported",
    "Page",
    "Place",
    "Query",
    "Sentence",
    "SourceRun",
    "SourceState",
    "StageScore",
    "TracedToken",
    "Turn",
    "Usage",
    "Verdict",
]
