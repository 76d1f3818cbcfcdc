"""Citations are resolved against the documents before anyone sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragkit.stages import Documents
from ragkit.types import Chunk, Citation, Draft, Hit, OnUnsupported


def resolve_citations(draft: Draft, hits: Sequence[Hit], documents: Documents) -> Draft:
    """The draft with source and page in every citation; one whose quote does not stand there is dropped.

    The dropped ones are counted. Only passages that were retrieved may be cited. No citation is moved or
    mended.
    """
    cited = _cited(draft) & {hit.chunk.document_id for hit in hits}
    texts = {id_: documents.document(id_).text for id_ in cited if documents.sources_of(id_)}

    def holds(citation: Citation) -> bool:
        return _stands(citation, texts) and any(_inside(citation, hit.chunk) for hit in hits)

    sentences = tuple(
        replace(sentence, citations=tuple(_located(c, documents) for c in sentence.citations if holds(c)))
        for sentence in draft.sentences
    )
    kept, found = (sum(len(s.citations) for s in each) for each in (sentences, draft.sentences))
    return replace(draft, sentences=sentences, dropped=found - kept)


def act_on_unsupported(draft: Draft, act: OnUnsupported) -> Draft:
    """The draft after what is to be done where the verifier found sentences unsupported.

    "mark" leaves them with their verdict, "drop" takes them out, "abstain" takes the whole answer back; an
    answer of which nothing is left is an abstention.
    """
    supported = [sentence for sentence in draft.sentences if sentence.verdict != "unsupported"]
    without = len(draft.sentences) - len(supported)
    if act == "mark" or not without:
        return draft
    if act == "abstain" or not supported:
        reason = f"The passages do not support {without} of the {len(draft.sentences)} sentences written."
        return replace(draft, text="", sentences=(), abstained=True, reason=reason)
    text = ""
    kept = []
    for sentence in supported:
        text += "\n" if text else ""
        said = draft.text[sentence.start : sentence.end]
        kept.append(replace(sentence, start=len(text), end=len(text) + len(said)))
        text += said
    return replace(draft, text=text, sentences=tuple(kept))


def _cited(draft: Draft) -> set[str]:
    return {citation.document_id for sentence in draft.sentences for citation in sentence.citations}


def _stands(citation: Citation, texts: dict[str, str]) -> bool:
    text = texts.get(citation.document_id, "")
    inside = 0 <= citation.start < citation.end <= len(text)
    return inside and text[citation.start : citation.end] == citation.quote


def _inside(citation: Citation, chunk: Chunk) -> bool:
    same = citation.document_id == chunk.document_id
    return same and chunk.start <= citation.start and citation.end <= chunk.end


def _located(citation: Citation, documents: Documents) -> Citation:
    place = documents.place(citation.document_id, citation.start)
    return replace(citation, source=place.source, page_index=place.page_index, page_label=place.page_label)
