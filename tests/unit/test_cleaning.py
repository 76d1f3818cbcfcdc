"""What each cleaner changes, and what it leaves alone."""

from dataclasses import replace

import pytest

from ragkit.cleaning import (
    CharactersCleaner,
    CharactersConfig,
    Edit,
    FurnitureCleaner,
    FurnitureConfig,
    HyphensCleaner,
    HyphensConfig,
    LinesCleaner,
    LinesConfig,
    apply_edits,
    default_cleaners,
)
from ragkit.types import Document, Page, SourceRun


def pdf(*pages: str, separator: str = "\n") -> Document:
    """A document of paper pages whose characters are all numbered from 0 on each page."""
    made = []
    start = 0
    for index, text in enumerate(pages):
        run = SourceRun(start=start, length=len(text), char=0)
        runs = (run,) if text else ()
        end = start + len(text)
        made.append(Page(index=index, label="", start=start, end=end, width=600.0, height=800.0, runs=runs))
        start = end + len(separator)
    return Document(
        id="x", source="x.pdf", title="", text=separator.join(pages), pages=tuple(made), language="en"
    )


def plain(text: str) -> Document:
    """A text file."""
    document = pdf(text)
    return replace(document, pages=(Page(index=0, label="", start=0, end=len(text)),))


def page_texts(document: Document) -> list[str]:
    return [document.text[page.start : page.end] for page in document.pages]


def test_edits_move_pages_and_runs() -> None:
    document = apply_edits(pdf("abc", "def"), [Edit(1, 2, ""), Edit(4, 5, "DXY")])
    assert document.text == "ac\nDXYef"
    assert page_texts(document) == ["ac", "DXYef"]
    assert document.pages[0].runs == (
        SourceRun(start=0, length=1, char=0),
        SourceRun(start=1, length=1, char=2),
    )
    assert document.pages[1].runs == (
        SourceRun(start=3, length=1, char=0),
        SourceRun(start=6, length=2, char=1),
    )


def test_an_edit_over_a_page_break_leaves_both_pages_whole() -> None:
    document = apply_edits(pdf("exam-", "ple"), [Edit(4, 6, "")])
    assert document.text == "example"
    assert page_texts(document) == ["exam", "ple"]


def test_an_edit_that_changes_nothing_gives_the_same_document() -> None:
    document = pdf("abc")
    assert apply_edits(document, [Edit(1, 2, "b")]) is document


@pytest.mark.parametrize(
    "edits", [[Edit(2, 1)], [Edit(0, 9)], [Edit(1, 3), Edit(2, 3)], [Edit(2, 3), Edit(0, 1)]]
)
def test_edits_that_make_no_sense_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlaps"):
        apply_edits(pdf("abcd"), edits)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("ﬁne eﬀort oﬃce", "fine effort office"),
        ("a\u00a0b\u2009c\u3000d", "a b c\u3000d"),
        ("a\0b\x1fc\u00add\u200be\ufefff", "abcdef"),
        ("page\fpage", "page\npage"),
        ("⽂⾔⻓⻢", "文言长马"),
        ("cafe\u0301", "café"),
        ("ﻼ", "لا"),
        ("面，ＡＢＣ（１）", "面，ＡＢＣ（１）"),
        ("می\u200cخواهم 👨\u200d👩", "می\u200cخواهم 👨\u200d👩"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_characters(text: str, clean: str) -> None:
    assert CharactersCleaner().clean(plain(text)).text == clean


def test_a_ligature_keeps_its_place() -> None:
    (page,) = CharactersCleaner().clean(pdf("eﬀect")).pages
    assert page.runs == (SourceRun(start=0, length=2, char=0), SourceRun(start=3, length=3, char=2))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("infor-\nmation", "information"),
        ("infor\x02mation", "information"),
        ("infor\ufffemation", "information"),
        ("infor\u00ad\nmation", "information"),
        ("COVID-\n19", "COVID-19"),
        ("Schwarz-\nWeiß", "Schwarz-Weiß"),
        ("2020-\n2024", "2020-2024"),
        ("self-\nevident", "self-evident"),
        ("state-of-the-\nart", "state-of-the-art"),
        ("long-term plans and long-\nterm goals", "long-term plans and long-term goals"),
        ("information, infor-\nmation", "information, information"),
        ("see martin-thoma.de/geo-\ntopo", "see martin-thoma.de/geo-topo"),
        ("he said -\nand left", "he said -\nand left"),
        ("a list:\n- one\n- two", "a list:\n- one\n- two"),
        ("end-\n\nNew", "end-\n\nNew"),
    ],
)
def test_hyphens(text: str, clean: str) -> None:
    assert HyphensCleaner().clean(pdf(text)).text == clean


def test_a_word_over_two_pages_becomes_whole() -> None:
    document = HyphensCleaner().clean(pdf("the exam-", "ple", separator="\n\n"))
    assert document.text == "the example"
    assert page_texts(document) == ["the exam", "ple"]


PROSE = "While conducting an instrument approach, the pilot of a Piper crossed the initial"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"{PROSE}\napproach fix.", f"{PROSE} approach fix."),
        (f"{PROSE}\nBoston fix and then descended.", f"{PROSE} Boston fix and then descended."),
        (f"Analysis\n{PROSE}", f"Analysis\n{PROSE}"),
        (f"{PROSE}\n\nanother paragraph", f"{PROSE}\n\nanother paragraph"),
        (f"{PROSE}\n• an item\n• an item", f"{PROSE}\n• an item\n• an item"),
        (f"{PROSE}\n1. an item\n(a) an item", f"{PROSE}\n1. an item\n(a) an item"),
        ("Certificate: Commercial\nSeat Occupied: Left", "Certificate: Commercial\nSeat Occupied: Left"),
        ("Seat: Single-engine,\nland", "Seat: Single-engine, land"),
        ("Net sales 83 81\nNet income 19 21", "Net sales 83 81\nNet income 19 21"),
        (
            "1.1 Networks ........... 17\n1.2 Threats ........... 19",
            "1.1 Networks ... 17\n1.2 Threats ... 19",
        ),
        ("1.1 Networks . . . . . . . 17", "1.1 Networks ...17"),
        ("$ ls -l\n$ cd x", "$ ls -l\n$ cd x"),
        ("some  words \ngo on", "some words go on"),
        ("see /usr/share/doc/\npolicy.gz", "see /usr/share/doc/policy.gz"),
    ],
)
def test_lines(text: str, clean: str) -> None:
    assert LinesCleaner().clean(pdf(text)).text == clean


def test_chinese_lines_join_without_space() -> None:
    line = "在继续前请详细阅读每个程序的文档，至少了解其一般的用途和用法。现在看来这是一项耗时巨大的"
    clean = LinesCleaner().clean(pdf(f"{line}\n任务，但在接下来的工作中你将感到愉快。")).text
    assert clean == f"{line}任务，但在接下来的工作中你将感到愉快。"
    assert LinesCleaner().clean(pdf("第一章\n概述\n内容")).text == "第一章\n概述\n内容"


def test_a_sentence_over_two_pages_becomes_whole() -> None:
    document = LinesCleaner().clean(pdf(PROSE, "approach fix.", "Next page.", separator="\n\n"))
    assert document.text == f"{PROSE} approach fix.\n\nNext page."
    assert page_texts(document) == [PROSE, "approach fix.", "Next page."]


def test_furniture_goes_but_for_its_first() -> None:
    pages = [
        f"ACME Report {i}\nBody of page number {word}.\nPage {i} of 4" for i, word in enumerate("abcd", 1)
    ]
    document = FurnitureCleaner().clean(pdf(*pages))
    assert page_texts(document) == [
        "ACME Report 1\nBody of page number a.",
        *(f"Body of page number {word}." for word in "bcd"),
    ]
    assert document.metadata["furniture_lines"] == "7"


@pytest.mark.parametrize(
    "numbers",
    [["1", "2", "3"], ["- 7 -", "- 8 -", "- 9 -"], ["ii", "iii", "iv"], ["第 1 页", "第 2 页", "第 3 页"]],
)
def test_page_numbers_go(numbers: list[str]) -> None:
    bodies = ["Alpha is first.", "Beta comes then.", "Gamma is the last."]
    document = FurnitureCleaner().clean(pdf(*(f"{a}\n{n}" for a, n in zip(bodies, numbers, strict=True))))
    assert page_texts(document) == bodies


def test_numbers_that_do_not_count_pages_stay() -> None:
    pages = [f"Total of section {word}\n{n}" for word, n in (("one", 70), ("two", 12), ("three", 305))]
    assert page_texts(FurnitureCleaner().clean(pdf(*pages))) == pages


@pytest.mark.parametrize("head", ["Table {}", "Chapter {}: what it is", "表 {}"])
def test_captions_that_count_are_no_furniture(head: str) -> None:
    pages = [f"{head.format(i)}\nBody {word} goes here." for i, word in enumerate("abcd", 1)]
    assert page_texts(FurnitureCleaner().clean(pdf(*pages))) == pages


def test_lines_whose_numbers_do_not_count_along_are_no_furniture() -> None:
    pages = [
        f"Revenue of {n} dollars\nBody {word} goes here." for n, word in ((70, "a"), (12, "b"), (305, "c"))
    ]
    assert page_texts(FurnitureCleaner().clean(pdf(*pages))) == pages


def test_a_line_that_mostly_stands_inside_pages_is_no_furniture() -> None:
    pages = [
        f"Head {word}\nTarget\nmore {word}\nTarget\nbody {word}\nTarget" for word in ("one", "two", "six")
    ]
    assert page_texts(FurnitureCleaner(depth=1).clean(pdf(*pages))) == pages


def test_scanned_headers_are_recognised_in_spite_of_misreadings() -> None:
    heads = ["THE SIEGE OF VICKSBURG. 51", "52 THE SIEGE OF VICKSBURG.", "THE SIEGE OF VICKSBURG. 53",
             "54 THE SIEGE OF VICKSBURG.", "THE SIEGE OF VICKSBURG. 55", "56 THE SIEGE OF VICKSBUEG.",
             "THE SIEGE OF VICKSBURG. 57", "58 THE SIEGE OF VICKSBURG."]  # fmt: skip
    pages = [f"{head}\nBody {word} goes here." for head, word in zip(heads, "abcdefgh", strict=True)]
    document = FurnitureCleaner().clean(pdf(*pages))
    assert document.text.count("SIEGE") == 1
    assert "VICKSBUEG" not in document.text


def test_short_documents_and_other_formats_are_left_alone() -> None:
    two = pdf("Head\na", "Head\nb")
    assert FurnitureCleaner().clean(two) is two
    text = plain("Head\nbro-\nken\n\n\nline  here\nHead")
    for cleaner in default_cleaners():
        assert cleaner.clean(text) is text


def test_configs_build_their_cleaners() -> None:
    assert isinstance(HyphensConfig().build(), HyphensCleaner)
    assert isinstance(LinesConfig().build(), LinesCleaner)
    assert isinstance(CharactersConfig().build(), CharactersCleaner)
    assert FurnitureConfig(pages=5).build().pages == 5
