"""Where the words of a citation stand on the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ragkit.errors import LoadError
from ragkit.loaders import file_id, span_boxes
from ragkit.rendering import PdfPages
from ragkit.stages import Documents
from ragkit.types import Answer, Box, Citation


def with_boxes(answer: Answer, documents: Documents, *, password: str | None = None) -> Answer:
    """The answer with the boxes of every citation from a PDF that still is what was indexed."""
    sentences = tuple(
        replace(
            sentence,
            citations=tuple(
                replace(c, boxes=citation_boxes(c, documents, password=password)) for c in sentence.citations
            ),
        )
        for sentence in answer.sentences
    )
    return replace(answer, sentences=sentences)


def citation_boxes(
    citation: Citation,
    documents: Documents,
    *,
    password: str | None = None,
    pages: PdfPages | None = None,
) -> tuple[Box, ...]:
    """One box for each line of the quote; none where the file is no PDF, gone, changed or locked.

    A file that nobody vouches for is opened by `pages`, in a process of its own, instead of in this one.
    """
    path = Path(citation.source)
    document = documents.document(citation.document_id)
    if not any(page.runs for page in document.pages):
        return ()
    try:
        if file_id(path) != document.id:
            return ()
        boxes = pages.boxes if pages else span_boxes
        return boxes(path, document, citation.start, citation.end, password=password)
    except (LoadError, OSError):
        return ()
