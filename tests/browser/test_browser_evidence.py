"""The evidence: the cited words on the picture of their page, or in their text, and the passages used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from conftest import SHARED
from desk_page import Desk
from playwright.sync_api import FloatRect, Locator, expect
from running_app import Running

from ragkit import Citation, citation_boxes, load_config

RAVINE = "Why did the crop-seeding Air Tractor end up in a ravine near Soledad, California?"
LAKE = "赛里木湖里的鱼是从什么时候开始引进的？"
PDF = SHARED[0]


@pytest.fixture
def shown(desk: Desk) -> Desk:
    """With the first citation of an answer opened."""
    desk.open_citation(desk.ask(RAVINE))
    expect(_picture(desk)).to_be_visible()
    return desk


def test_boxes_lie_over_the_cited_words(shown: Desk) -> None:
    expect(shown.evidence).to_contain_text("Page 1 of 4")
    quote = shown.evidence.get_by_role("blockquote").inner_text()
    said = _words_under(_boxes(shown), PDF, page_index=0)
    assert _letters(said) == _letters(quote), said
    assert "Air Tractor" in quote or "pilot" in quote


def test_boxes_are_those_that_ragkit_gives(shown: Desk, server: Running) -> None:
    name = shown.talks.get_by_role("listitem").get_by_role("button").first.inner_text()
    exported = httpx.get(f"{server.url}/api/talks/{name}/export", params={"format": "json"}).json()
    cited = exported["turns"][0]["sentences"][0]["citations"][0]
    collection = next(one for one in server.library("").collections() if one.name == "Aviation")
    documents = load_config("default").model_copy(update={"index": collection.index}).build().documents
    source = next(str(file.path) for file in server.library("").files(collection.id) if file.name == PDF.name)
    known = documents.document_at(source)
    assert known
    citation = Citation(
        document_id=known, start=cited["start"], end=cited["end"], quote=cited["quote"], source=source
    )
    page = documents.document(known).pages[0]
    wanted = [
        (box.left / page.width, box.top / page.height, box.right / page.width, box.bottom / page.height)
        for box in citation_boxes(citation, documents)
    ]
    assert wanted
    for found, right in zip(_boxes(shown), wanted, strict=True):
        assert found == pytest.approx(right, abs=2e-3)


def test_the_cited_words_are_in_sight(shown: Desk) -> None:
    expect(_marks(shown).first).to_be_in_viewport()


def test_pages_are_turned(shown: Desk) -> None:
    previous = shown.evidence.get_by_role("button", name="Previous page")
    following = shown.evidence.get_by_role("button", name="Next page")
    expect(previous).to_be_disabled()
    for number in (2, 3, 4):
        following.click()
        expect(shown.evidence).to_contain_text(f"Page {number} of 4")
        expect(shown.evidence.get_by_role("img", name=f"Page {number} of {PDF.name}")).to_be_visible()
    expect(following).to_be_disabled()
    previous.click()
    expect(shown.evidence).to_contain_text("Page 3 of 4")
    assert _picture(shown, page=3).evaluate("(picture) => picture.decode().then(() => picture.naturalWidth)")
    expect(_marks(shown)).to_have_count(0)


def test_the_page_is_enlarged_with_its_boxes(shown: Desk) -> None:
    before, quote = _rectangle(_picture(shown)), shown.evidence.get_by_role("blockquote").inner_text()
    shown.evidence.get_by_role("button", name="Larger").click()
    after = _rectangle(_picture(shown))
    assert after["width"] > 1.2 * before["width"]
    assert _letters(_words_under(_boxes(shown), PDF, page_index=0)) == _letters(quote)
    shown.evidence.get_by_role("button", name="Smaller").click()
    assert _rectangle(_picture(shown))["width"] == pytest.approx(before["width"])


def test_the_original_is_downloaded(shown: Desk) -> None:
    with shown.page.expect_download() as begun:
        shown.evidence.get_by_role("link", name="Download").click()
    assert begun.value.suggested_filename == PDF.name
    assert Path(begun.value.path()).read_bytes() == PDF.read_bytes()


def test_text_is_shown_around_the_marked_passage(desk: Desk) -> None:
    turn = desk.ask(LAKE)
    expect(turn).to_contain_text("1980年代")
    desk.open_citation(turn)
    mark = desk.evidence.get_by_role("mark")
    expect(mark).to_contain_text("赛里木湖")
    expect(mark).to_be_in_viewport()
    assert mark.inner_text() in SHARED[2].read_text(encoding="utf-8")
    expect(desk.evidence.get_by_role("img")).to_have_count(0)


def test_the_passages_used_are_shown_with_stages_and_time(shown: Desk) -> None:
    used = shown.evidence.get_by_role("list").get_by_role("listitem")
    assert used.count() >= 3
    for stage in ("BM25", "dense", "fused"):
        expect(used.first).to_contain_text(re.compile(rf"{stage} ?#1 · \d"))
    expect(shown.evidence).to_contain_text(re.compile(r"Time: .*search \d+ ms.*write \d+ ms"))
    shown.evidence.get_by_role("button", name=f"Show this passage: {PDF.name}, page 2").first.click()
    expect(shown.evidence.get_by_role("img", name=f"Page 2 of {PDF.name}")).to_be_visible()
    expect(_marks(shown).first).to_be_visible()


def test_a_document_of_the_list_is_opened(desk: Desk) -> None:
    desk.document(PDF.name).get_by_role("button", name=PDF.name, exact=True).click()
    expect(_picture(desk)).to_be_visible()
    expect(_marks(desk)).to_have_count(0)


def _picture(desk: Desk, page: int = 1) -> Locator:
    return desk.evidence.get_by_role("img", name=f"Page {page} of {PDF.name}")


def _marks(desk: Desk) -> Locator:
    return desk.evidence.get_by_role("mark")


def _rectangle(element: Locator) -> FloatRect:
    found = element.bounding_box()
    assert found
    return found


def _boxes(desk: Desk) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each box, as shares of the picture."""
    picture, boxes = _rectangle(_picture(desk)), map(_rectangle, _marks(desk).all())
    return [
        (
            (box["x"] - picture["x"]) / picture["width"],
            (box["y"] - picture["y"]) / picture["height"],
            (box["x"] + box["width"] - picture["x"]) / picture["width"],
            (box["y"] + box["height"] - picture["y"]) / picture["height"],
        )
        for box in boxes
    ]


def _words_under(boxes: Sequence[tuple[float, float, float, float]], file: Path, *, page_index: int) -> str:
    """What another reader of PDFs finds on the page within the boxes."""
    import pypdfium2

    with pypdfium2.PdfDocument(file) as pdf:
        page = pdf[page_index]
        text, (width, height) = page.get_textpage(), page.get_size()
        return " ".join(
            text.get_text_bounded(left * width, (1 - bottom) * height, right * width, (1 - top) * height)
            for left, top, right, bottom in boxes
        )


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
