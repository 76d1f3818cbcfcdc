"""Only a citation that stands where it says, in a passage that was found, is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ragkit.citations import act_on_unsupported, resolve_citations
from ragkit.types import (
    Chunk,
    Citation,
    Document,
    DocumentSummary,
    Draft,
    Filter,
    Hit,
    OnUnsupported,
    Page,
    Place,
    Sentence,
    Verdict,
)

TEXT = "First page ends.\nSecond page says so."
PAGES = (Page(index=0, label="i", start=0, end=16), Page(index=1, label="ii", start=17, end=len(TEXT)))
DOCUMENT = Document(id="d", source="/x/a.pdf", title="A", text=TEXT, pages=PAGES, language="en")
HIT = Hit(chunk=Chunk(id="c", document_id="d", start=6, end=len(TEXT), text=TEXT[6:]), score=1.0)
GOOD = Citation(document_id="d", start=17, end=28, quote="Second page")


class Shelf:
    """One document."""

    def document(self, document_id: str) -> Document:
        return {"d": DOCUMENT}[document_id]

    def documents(self) -> list[DocumentSummary]:
        return [
            DocumentSummary(
                id="d",
                sources=("/x/a.pdf",),
                title="A",
                language="en",
                pages=2,
                empty_pages=0,
                characters=len(TEXT),
                chunks=1,
            )
        ]

    def sources_of(self, document_id: str) -> list[str]:
        return ["/x/a.pdf"] if document_id == "d" else []

    def document_at(self, source: str) -> str | None:
        raise NotImplementedError

    def passes(self, chunk: Chunk, among: Filter) -> bool:
        return set(among.paths) & set(self.sources_of(chunk.document_id)) != set()

    def place(self, document_id: str, offset: int) -> Place:
        page = next(page for page in reversed(PAGES) if page.start <= offset)
        return Place(source="/x/a.pdf", title="A", page_index=page.index, page_label=page.label)


def resolved(*citations: Citation) -> tuple[Citation, ...]:
    draft = Draft(text="Said.", sentences=(Sentence(start=0, end=5, citations=citations),))
    return resolve_citations(draft, [HIT], Shelf()).sentences[0].citations


def test_a_citation_that_holds_gets_its_source_and_page() -> None:
    assert resolved(GOOD) == (replace(GOOD, source="/x/a.pdf", page_index=1, page_label="ii"),)


@pytest.mark.parametrize(
    "bad",
    [
        replace(GOOD, quote="second page"),
        replace(GOOD, start=16, end=27),
        replace(GOOD, start=-20, end=-9),
        replace(GOOD, start=17, end=17, quote=""),
        replace(GOOD, start=28, end=17, quote=""),
        replace(GOOD, end=len(TEXT) + 5, quote=TEXT[17:]),
        replace(GOOD, document_id="unknown"),
        Citation(document_id="d", start=0, end=5, quote="First"),
        Citation(document_id="d", start=0, end=10, quote="First page"),
    ],
)
def test_a_citation_that_does_not_hold_is_dropped_and_the_good_one_stays(bad: Citation) -> None:
    assert [citation.quote for citation in resolved(bad, GOOD)] == ["Second page"]


@pytest.mark.parametrize(
    ("act", "text"), [("mark", "One. Two. 三。"), ("drop", "One.\n三。"), ("abstain", "")]
)
def test_what_is_done_about_unsupported_sentences(act: OnUnsupported, text: str) -> None:
    spans: list[tuple[int, int, Verdict]] = [(0, 4, "supported"), (5, 9, "unsupported"), (10, 12, "weak")]
    sentences = tuple(Sentence(start=start, end=end, verdict=verdict) for start, end, verdict in spans)
    done = act_on_unsupported(Draft(text="One. Two. 三。", sentences=sentences), act)
    assert (done.text, done.abstained) == (text, not text)
    assert [done.text[s.start : s.end] for s in done.sentences] == [
        sentence for sentence in ("One.", "Two.", "三。") if sentence in text
    ]
    assert ("1 of the 3 sentences" in done.reason) is done.abstained


def test_an_answer_of_which_nothing_is_left_is_an_abstention() -> None:
    draft = Draft(text="Two.", sentences=(Sentence(start=0, end=4, verdict="unsupported"),))
    assert act_on_unsupported(draft, "drop").abstained
    assert act_on_unsupported(Draft(text="", sentences=()), "drop") == Draft(text="", sentences=())
