"""PDF files: text, titles, passwords, and the way back to the page."""

import io
import random
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pdfs import Words, pdf_file

from ragkit.cleaning import default_cleaners
from ragkit.errors import EmptyFile, EncryptedFile
from ragkit.loaders import PdfLoader, read_document, span_boxes
from ragkit.loaders.boxes import source_chars
from ragkit.loaders.pages import page_ranges, separator_after
from ragkit.loaders.pdf import Parser
from ragkit.loaders.pdf_metadata import iso_date, sensible_title
from ragkit.loaders.pdfium_text import decode

FIXTURES = Path(__file__).parent.parent / "fixtures"
CRAZY = FIXTURES / "pdf-odd/crazyones.pdf"
COLUMNS = FIXTURES / "pdf-samples/multicolumn.pdf"
REPORT = FIXTURES / "pdf-us-gov/ntsb-NYC08CA073.pdf"
ROTATED = FIXTURES / "pdf-samples/habibi-rotated.pdf"
MULTILANG = FIXTURES / "pdf-odd/multilang.pdf"


def test_pages_hold_their_text_in_order() -> None:
    document = PdfLoader().load(REPORT)
    assert [page.index for page in document.pages] == [0, 1, 2, 3]
    assert all(a.end < b.start for a, b in zip(document.pages, document.pages[1:], strict=False))
    assert document.pages[0].width == pytest.approx(612, abs=1)
    first, second = (document.text[page.start : page.end] for page in document.pages[:2])
    assert "crossed the initial" in first
    assert second.startswith("Page 2 of 4")
    assert document.language == "en"
    assert document.metadata["created"] == "2019-08-30T13:58:00Z"


def test_columns_are_read_one_after_the_other() -> None:
    text = read_document(COLUMNS, cleaners=default_cleaners()).text
    assert "consectetuer adipiscing elit. Ut purus elit, vestibulum ut, placerat ac, adipiscing" in text


def test_superscripts_stay_in_their_line() -> None:
    assert "Area (km2) Capital" in PdfLoader().load(COLUMNS).text


def test_title_is_the_largest_type_when_the_file_names_none() -> None:
    assert PdfLoader().load(COLUMNS).title == "Two-Column Document with Lorem Ipsum"
    assert PdfLoader().load(CRAZY).title == "The Crazy Ones"


@pytest.mark.parametrize(
    "title",
    [
        "",
        "Microsoft Word - x.doc",
        "untitled",
        "Untitled-1",
        r"C:\docs\a",
        "/tmp/a",
        "report.pdf",
        "DHS2020",
        "12",
        "无标题",
    ],
)
def test_titles_that_programs_write_are_dropped(title: str) -> None:
    assert sensible_title(title) == ""


@pytest.mark.parametrize("title", ["Annual report 2020", "Debian 新维护者手册", "FORM 10-Q", "On/Off models"])
def test_titles_that_people_write_stay(title: str) -> None:
    assert sensible_title(f"  {title}\0 ") == title


def test_dates_are_iso() -> None:
    assert iso_date("D:20240103093826+01'00'") == "2024-01-03T09:38:26+01:00"
    assert iso_date("D:2024") == "2024"
    assert iso_date("yesterday") == "yesterday"


def test_identity_ignores_the_name(tmp_path: Path) -> None:
    copy = tmp_path / "other name.pdf"
    copy.write_bytes(CRAZY.read_bytes())
    a, b = PdfLoader().load(CRAZY), PdfLoader().load(copy)
    assert (a.id, a.title, a.text) == (b.id, b.title, b.text)
    assert len(a.id) == 32


# pypdf opens the r6 file without a password, for its owner password is empty.
@pytest.mark.parametrize(
    ("name", "parser"),
    [
        ("r2-user-password.pdf", "pdfium"),
        ("r2-user-password.pdf", "pypdf"),
        ("r6-user-password.pdf", "pdfium"),
    ],
)
def test_passwords(name: str, parser: Parser) -> None:
    path = FIXTURES / "pdf-odd" / name
    loader = PdfLoader(parser=parser)
    with pytest.raises(EncryptedFile, match=r"needs a password.*--password"):
        loader.load(path)
    with pytest.raises(EncryptedFile, match="wrong"):
        loader.load(path, password="no")
    assert "encryption test" in loader.load(path, password="asdfzxcv").text


def test_an_owner_password_alone_does_not_lock() -> None:
    assert "encryption test" in PdfLoader().load(FIXTURES / "pdf-odd/r6-owner-password.pdf").text


def test_a_file_of_pictures_says_ocr() -> None:
    with pytest.raises(EmptyFile, match=r"no text on its only page.*OCR"):
        PdfLoader().load(FIXTURES / "pdf-odd/imagemagick-lzw.pdf")


def test_pages_without_text_are_warned_about(tmp_path: Path) -> None:
    (tmp_path / "made.pdf").write_bytes(pdf_file([Words("One")], [], [], [Words("Four")]))
    document = PdfLoader().load(tmp_path / "made.pdf")
    assert document.warnings == ("pages 2-3 have no text (scanned or blank?)",)


def test_words_off_every_page_are_no_text() -> None:
    with pytest.raises(EmptyFile, match=r"no text that anybody sees.*pages 1-3, 6 .*off the page"):
        PdfLoader().load(FIXTURES / "pdf-odd/imagemagick-images.pdf")


def test_metadata_that_pypdf_cannot_read_are_told(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    whole = io.BytesIO()
    PdfWriter(clone_from=PdfReader(CRAZY)).write(whole)
    broken, count = re.subn(
        rb"/Info \d+ 0 R", lambda found: b"/Info 3".ljust(len(found[0])), whole.getvalue()
    )
    assert count == 1
    (tmp_path / "whole.pdf").write_bytes(whole.getvalue())
    (tmp_path / "broken.pdf").write_bytes(broken)
    documents = [PdfLoader(parser="pypdf").load(tmp_path / name) for name in ("whole.pdf", "broken.pdf")]
    assert documents[0].text == documents[1].text
    told = [[one for one in document.warnings if "metadata" in one] for document in documents]
    assert told == [[], ["its metadata cannot be read (PdfReadError)"]]


def test_pypdf_reads_the_same_words_without_runs() -> None:
    ours, theirs = PdfLoader().load(CRAZY), PdfLoader(parser="pypdf").load(CRAZY)
    assert ours.id == theirs.id
    assert "The round pegs in the square holes." in ours.text
    assert "The round pegs in the square holes." in theirs.text
    assert "boxes" in theirs.warnings[0]
    assert span_boxes(CRAZY, theirs, 0, 20) == ()


def test_page_ranges_for_people() -> None:
    assert page_ranges([2, 4, 5, 6]) == "3, 5-7"


def test_a_page_that_ends_inside_a_sentence_flows_on() -> None:
    assert separator_after("and so") == "\n"
    assert separator_after("It ended.") == separator_after("") == separator_after("结束。") == "\n\n"


def test_surrogate_halves_are_joined_and_lone_ones_dropped() -> None:
    text, runs = decode([0x41, 0xD83D, 0xDE00, 0xD800, 0x42], 0, 5)
    assert text == "A😀B"
    assert [(run.start, run.length, run.char) for run in runs] == [(0, 2, 0), (2, 1, 4)]


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.replace("\ufffe", "-").replace("\x02", "-"))
    return "".join(text.split())


@pytest.mark.parametrize("path", [CRAZY, COLUMNS, REPORT, MULTILANG, ROTATED], ids=lambda path: path.stem)
def test_highlights_cover_the_very_same_text(path: Path) -> None:
    document = read_document(path, cleaners=default_cleaners())
    chance = random.Random(0)
    import pypdfium2

    pdf = pypdfium2.PdfDocument(path)
    for page in document.pages:
        textpage = pdf[page.index].get_textpage()
        for _ in range(20):
            start = chance.randint(page.start, page.end)
            end = min(page.end, start + chance.randint(1, 200))
            under = "".join(textpage.get_text_range(c, 1) for c in source_chars(page, start, end))
            assert _plain(under) == _plain(document.text[start:end])


@pytest.mark.parametrize("path", [CRAZY, COLUMNS, REPORT, ROTATED], ids=lambda path: path.stem)
def test_boxes_lie_on_the_page_one_a_line(path: Path) -> None:
    document = read_document(path, cleaners=default_cleaners())
    for page in document.pages:
        boxes = span_boxes(path, document, page.start, min(page.end, page.start + 300))
        assert bool(boxes) == bool(document.text[page.start : page.end].strip())
        for box in boxes:
            assert box.page_index == page.index
            assert 0 <= box.left < box.right <= page.width + 0.01
            assert 0 <= box.top < box.bottom <= page.height + 0.01


def test_boxes_stand_where_the_words_stand() -> None:
    document = read_document(COLUMNS, cleaners=default_cleaners())
    start = document.text.index("consectetuer adipiscing elit")
    first, second = span_boxes(COLUMNS, document, start, start + len("consectetuer adipiscing elit"))
    import pypdfium2

    pdf = pypdfium2.PdfDocument(COLUMNS)
    page = pdf[0]
    for box, words in ((first, "consectetuer adip"), (second, "iscing elit")):
        assert box.bottom - box.top < 15
        text = page.get_textpage().get_text_bounded(
            box.left - 1, page.get_height() - box.bottom - 1, box.right + 1, page.get_height() - box.top + 1
        )
        assert words in text


def test_a_span_over_two_pages_has_boxes_on_both() -> None:
    document = read_document(COLUMNS, cleaners=default_cleaners())
    first, second = document.pages[:2]
    boxes = span_boxes(COLUMNS, document, first.end - 20, second.start + 20)
    assert {box.page_index for box in boxes} == {0, 1}


def test_threads_may_ask_for_boxes_at_once() -> None:
    document = read_document(COLUMNS, cleaners=default_cleaners())
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda _: span_boxes(COLUMNS, document, 100, 400), range(24)))
    assert len(set(found)) == 1
