"""The page or passage beside the chat, and the passages that an answer was made from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from apps.chat.errors import NotFound
from apps.chat.quality import Quality
from apps.chat.storage import StoredFile
from apps.chat.storage.files import has_pages
from apps.chat.ui.messages import place_words
from apps.chat.ui.pages import page
from apps.chat.ui.view import Desk, Evidence, View, number_of
from apps.chat.ui.words import Words
from ragkit import Box, Chain, Citation, Document, Passage, PdfPages, SavedTurn, citation_boxes
from ragkit import Page as DocumentPage

_AROUND = 1200  # characters of text on both sides of a passage of a document without pages
_SHOWN = 160  # characters of a passage to choose from
_TARGET = re.compile(r"#(cite|passage)-(\d{1,9})-(\d{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the template shows of a document: a picture with boxes in per cent, or text around a passage."""

    name: str
    file: str
    where: str
    page: int
    first: bool
    last: bool
    picture: bool = False
    quote: str = ""
    before: str = ""
    after: str = ""
    width: float = 0.0
    height: float = 0.0
    boxes: tuple[Mapping[str, float], ...] = ()


def evidence_html(desk: Desk, view: View, *, note: str = "") -> str:
    """The panel for what is shown now."""
    turns = desk.talks.turns(view.talk)
    turn = turns[view.turn] if 0 <= view.turn < len(turns) else None
    chain = desk.chain(view)
    shown = _sheet(desk, view.evidence, chain) if view.evidence and chain else None
    if view.evidence and not shown:
        note = note or desk.words("document_gone" if chain else "index_closed")
    note = note or (desk.words(view.note) if view.note else "")
    return page(
        "evidence.html",
        desk.words,
        shown=shown,
        note=note,
        rating=view.rating,
        passages=_rows(turn, chain, desk.words, texts=view.rating) if turn and chain else [],
        timings=_timings(turn, desk.words) if turn else [],
    )


def act(desk: Desk, view: View, event: Mapping[str, object]) -> View:
    """What a chip of an answer or a button of the panel does. Raises `NotFound`."""
    action, sent, chosen = event.get("do"), str(event.get("id")), number_of(event)
    if action == "cite":
        return _cited(desk, view, sent)
    if action == "passage" and chosen is not None:
        return replace(view, evidence=_of_passage(desk, view, chosen))
    if action == "none" and view.rating:
        return _golden(desk, view, None)
    if action == "right" and view.rating and chosen is not None:
        return _golden(desk, view, chosen)
    if action == "cancel":
        return replace(view, rating=False)
    if action == "turn" and sent in {"1", "-1"} and view.evidence:
        there = max(0, view.evidence.page + int(sent))
        return replace(view, evidence=replace(view.evidence, page=there))
    raise NotFound("no_such_action")


def _cited(desk: Desk, view: View, target: str) -> View:
    """The place that a chip names: `#cite-<turn>-<citation>` or `#passage-<turn>-<passage>`."""
    found = _TARGET.fullmatch(target)
    turns = desk.talks.turns(view.talk)
    if not found or int(found[2]) >= len(turns):
        raise NotFound("no_such_citation")
    view = replace(view, turn=int(found[2]), rating=False)
    if found[1] == "passage":
        return replace(view, evidence=_of_passage(desk, view, int(found[3])))
    citations = turns[view.turn].citations
    if int(found[3]) >= len(citations):
        raise NotFound("no_such_citation")
    return replace(view, evidence=_of_citation(desk, view, citations[int(found[3])]))


def _golden(desk: Desk, view: View, passage: int | None) -> View:
    """The right passage, or none, becomes a golden question."""
    turns, chain = desk.talks.turns(view.talk), desk.chain(view)
    if chain is None or not 0 <= view.turn < len(turns):
        raise NotFound("no_such_answer")
    turn = turns[view.turn]
    if passage is not None and passage >= len(turn.passages):
        raise NotFound("no_such_passage")
    quality = Quality(desk.service.database, desk.library, desk.collection(view).id)
    quality.add_golden(turn, chain, None if passage is None else turn.passages[passage])
    return replace(view, rating=False, note="rated_bad")


def _of_citation(desk: Desk, view: View, citation: Citation) -> Evidence:
    return _evidence(desk, view, citation.document_id, citation.start, citation.end)


def _of_passage(desk: Desk, view: View, number: int) -> Evidence:
    turns = desk.talks.turns(view.talk)
    passages = turns[view.turn].passages if 0 <= view.turn < len(turns) else ()
    if number >= len(passages):
        raise NotFound("no_such_passage")
    one = passages[number]
    return _evidence(desk, view, one.document_id, one.start, one.end)


def _evidence(desk: Desk, view: View, document_id: str, start: int, end: int) -> Evidence:
    """The place as the file that holds it among those of the collection. Raises `NotFound`."""
    chain = desk.chain(view)
    sources = chain.documents.sources_of(document_id) if chain else []
    files = {str(file.path): file for file in desk.library.files(desk.collection(view).id)}
    file = next((files[source] for source in sources if source in files), None)
    if chain is None or file is None:
        raise NotFound("document_gone")
    place = chain.documents.place(document_id, start)
    return Evidence(file=file.id, page=place.page_index, start=start, end=end)


def _sheet(desk: Desk, evidence: Evidence, chain: Chain) -> Sheet | None:
    try:
        file = desk.library.file(evidence.file)
        document = _document(chain, file)
    except (NotFound, KeyError):
        return None
    number = min(evidence.page, len(document.pages) - 1)
    at = document.pages[number]
    shown = Sheet(
        name=file.name,
        file=file.id,
        where=_where(at, len(document.pages), desk.words) if has_pages(file.name) else "",
        page=number,
        first=number == 0,
        last=number == len(document.pages) - 1,
    )
    if not (at.width and at.height):
        return _as_text(shown, evidence, document, at)
    boxes = _boxes(chain, file, evidence, document, desk.service.pdf_pages) if evidence.end else ()
    quoted = document.text[evidence.start : evidence.end] if at.start <= evidence.start < at.end else ""
    return replace(
        shown,
        picture=True,
        quote=" ".join(quoted.split()),
        width=at.width,
        height=at.height,
        boxes=tuple(_per_cent(box, at) for box in boxes if box.page_index == number),
    )


def _as_text(shown: Sheet, evidence: Evidence, document: Document, at: DocumentPage) -> Sheet:
    """The passage amid its text; the beginning of the page where there is none."""
    start, end = (evidence.start, evidence.end) if evidence.end else (at.start, at.start)
    return replace(
        shown,
        quote=document.text[start:end],
        before=document.text[max(0, start - _AROUND) : start],
        after=document.text[end : end + _AROUND],
    )


def _document(chain: Chain, file: StoredFile) -> Document:
    """The document of a file. Raises `KeyError` for one that is not indexed."""
    known = chain.documents.document_at(str(file.path))
    if known is None:
        raise KeyError(file.id)
    return chain.documents.document(known)


def _boxes(
    chain: Chain, file: StoredFile, evidence: Evidence, document: Document, pages: PdfPages
) -> Sequence[Box]:
    citation = Citation(
        document_id=document.id,
        start=evidence.start,
        end=evidence.end,
        quote=document.text[evidence.start : evidence.end],
        source=str(file.path),
    )
    return citation_boxes(citation, chain.documents, pages=pages)


def _per_cent(box: Box, at: DocumentPage) -> dict[str, float]:
    return {
        "left": round(100 * box.left / at.width, 3),
        "top": round(100 * box.top / at.height, 3),
        "width": round(100 * (box.right - box.left) / at.width, 3),
        "height": round(100 * (box.bottom - box.top) / at.height, 3),
    }


def _where(at: DocumentPage, count: int, words: Words) -> str:
    if at.label and at.label != str(at.index + 1):
        return words("page_of", label=at.label, number=at.index + 1, count=count)
    return words("page_plain", number=at.index + 1, count=count)


def _timings(turn: SavedTurn, words: Words) -> list[tuple[str, str]]:
    return [(words.named("stage", name), f"{spent:.0f}") for name, spent in turn.timings.items()]


def _rows(turn: SavedTurn, chain: Chain, words: Words, *, texts: bool) -> list[dict[str, object]]:
    """The passages that an answer was made from; those whose document is gone are left out."""
    return [row for passage in turn.passages if (row := _row(passage, chain, words, text=texts))]


def _row(passage: Passage, chain: Chain, words: Words, *, text: bool) -> dict[str, object] | None:
    try:
        place = chain.documents.place(passage.document_id, passage.start)
        whole = chain.documents.document(passage.document_id).text if text else ""  # only to choose from
    except KeyError:
        return None
    stages = [
        {"name": words.named("stage", name), "rank": stage.rank, "score": f"{stage.score:.3g}"}
        for name, stage in passage.stages.items()
    ]
    shown = " ".join(whole[passage.start : passage.end].split())
    return {
        "place": place_words(place, words),
        "text": shown if len(shown) <= _SHOWN else shown[:_SHOWN].rstrip() + "…",
        "stages": stages,
    }
