"""Citations are resolved against the documents before anyone sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragkit.stages import Documents
from ragkit.types import Citation, Draft, Hit


def resolve_citations(draft: Draft, hits: Sequence[Hit], documents: Documents) -> Draft:
    """The draft with source and page in every citation; one whose quote does not stand there is dropped.

    Only passages that were retrieved may be cited. No citation is moved or mended.
    """
    texts = {id_: documents.document(id_).text for id_ in _cited(draft) & {h.chunk.document_id for h in hits}}
    sentences = tuple(
        replace(
            sentence, citations=tuple(_located(c, documents) for c in sentence.citations if _holds(c, texts))
        )
        for sentence in draft.sentences
    )
    return replace(draft, sentences=sentences)


def _cited(draft: Draft) -> set[str]:
    return {citation.document_id for sentence in draft.sentences for citation in sentence.citations}


def _holds(citation: Citation, texts: dict[str, str]) -> bool:
    text = texts.get(citation.document_id)
    inside = text is not None and 0 <= citation.start < citation.end <= len(text)
    return inside and text is not None and text[citation.start : citation.end] == citation.quote


def _located(citation: Citation, documents: Documents) -> Citation:
    place = documents.place(citation.document_id, citation.start)
    return replace(citation, source=place.source, page_index=place.page_index, page_label=place.page_label)
