"""Operators in questions: what is one, what is text, and what becomes of it."""

from __future__ import annotations

import re

import pytest

from ragkit.errors import QueryError
from ragkit.queries import in_words, understand
from ragkit.queries.syntax import excluded_notice
from ragkit.types import EVERYTHING, Filter, Query

UNDERSTOOD = {
    'what is "force majeure"?': ('what is "force majeure"?', Filter(phrases=("force majeure",))),
    "“一带一路”是什么": ("“一带一路”是什么", Filter(phrases=("一带一路",))),
    "软件「许可证」的『条款 一』": ("软件「许可证」的『条款 一』", Filter(phrases=("许可证", "条款 一"))),
    '"page:3" of it': ('"page:3" of it', Filter(phrases=("page:3",))),
    "软件 -许可证 包": ("软件 包", Filter(without=("许可证",))),
    "contract －草案": ("contract", Filter(without=("草案",))),
    'bridge -"not this" -draft': ("bridge", Filter(without=("not this", "draft"))),
    'bridge -"draft" -「许可证」': ("bridge", Filter(without=('"draft"', '"许可证"'))),
    "bridge -open-source?": ("bridge", Filter(without=("open-source",))),
    "source:report.pdf goals": ("goals", Filter(sources=("report.pdf",))),
    "source：x.md 许可证": ("许可证", Filter(sources=("x.md",))),
    "Source:a.pdf source:b.pdf goals": ("goals", Filter(sources=("a.pdf", "b.pdf"))),
    "goals in source:report.pdf, please?": ("goals in please?", Filter(sources=("report.pdf",))),
    'title:"annual report" goals': ("goals", Filter(titles=("annual report",))),
    "title:“年报” 收入": ("收入", Filter(titles=("年报",))),
    "page:3 cost": ("cost", Filter(pages=((3, 3),))),
    "pages:3-5,9 cost": ("cost", Filter(pages=((3, 5), (9, 9)))),
    "page:1 page:1 title:a title:a x": ("x", Filter(titles=("a",), pages=((1, 1),))),
    'author:a author:a "x" "x" -yes -yes': (
        '"x" "x"',
        Filter(metadata=(("author", ("a",)),), phrases=("x",), without=("yes",)),
    ),
    "author:smith author:jones x": ("x", Filter(metadata=(("author", ("smith", "jones")),))),
    "meta.format:pdf x": ("x", Filter(metadata=(("format", ("pdf",)),))),
    "date:2021 x": ("x", Filter(since="2021", until="2021")),
    "date:2020-06..2022 x": ("x", Filter(since="2020-06", until="2022")),
    "after:2021 before:2021-06 x": ("x", Filter(since="2021", until="2021-05-31")),
    "date:2021 after:2021-06 before:2023 x": ("x", Filter(since="2021-06", until="2021")),
    "date:2021 before:2021-06 x": ("x", Filter(since="2021", until="2021-05-31")),
    "date:2021-06-01..2021 x": ("x", Filter(since="2021-06-01", until="2021")),
    "before:2021 x": ("x", Filter(until="2020-12-31")),
    "before:2024-03-01 x": ("x", Filter(until="2024-02-29")),
}
TEXT = (
    "http://example.org/x",
    "Re: foo",
    "12:30 meeting",
    "source: foo",
    "来源：报告",
    '5" and 7" disk',
    '24" monitor',
    "a - b",
    "well-known pre-2021 facts",
    "软件-许可证",
    "tar -x --verbose",
    "-5 degrees",
    "C:\\folder\\file",
    "lang:en x",
    'say "" or "!!"',
    "the '90s",
    "《三国演义》的作者",
    "C++ -- or C#?",
)


@pytest.mark.parametrize("text", UNDERSTOOD)
def test_operators_become_conditions(text: str) -> None:
    rest, among = UNDERSTOOD[text]
    assert understand(text) == Query(text=rest, among=among)


@pytest.mark.parametrize("text", TEXT)
def test_what_is_no_operator_stays_text(text: str) -> None:
    assert understand(text) == Query(text=text)


@pytest.mark.parametrize(
    "word", ["page:abc", "page:0", "page:5-3", "date:2021-13", "after:soon", "before:21", "-source:x"]
)
def test_an_operator_that_cannot_be_obeyed_is_text_with_a_notice(word: str) -> None:
    found = understand(f"cost {word}")
    assert (found.text, found.among) == (f"cost {word}", EVERYTHING)
    assert len(found.notices) == 1
    assert f"'{word}' is searched as text" in found.notices[0]


@pytest.mark.parametrize("text", ["source:x.pdf", "-draft", "page:3 -许可证 ?"])
def test_a_question_of_conditions_alone_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="Add a word to look for"):
        understand(text)


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ("date:2022..2020", "it ends before it begins. Write date:2020..2022."),
        ("date:2021-06..2021-05-31", "Write date:2021-05-31..2021-06."),
        ("after:2022 before:2020", "after:2022 before:2020 leaves no time"),
        ("after:2021-06 before:2021-06", "leaves no time"),
        ("date:2020 after:2021", "leaves no time"),
        ("date:2020 date:2021", "date:2020 and date:2021 cannot be looked for at once"),
        ("after:2020 after:2021", "after:2020 and after:2021 cannot"),
    ],
)
def test_dates_that_leave_no_time_are_refused(dates: str, said: str) -> None:
    with pytest.raises(QueryError, match=re.escape(said)):
        understand(f"x {dates}")


def test_what_is_left_out_is_told() -> None:
    among = understand("dpkg-buildpackage -us -uc -us").among
    assert excluded_notice(among) == ("left out: passages with 'us', 'uc' (--literal takes -words for text)",)
    assert excluded_notice(EVERYTHING) == ()
    (told,) = excluded_notice(understand('x -"draft" ' + " ".join(f"-w{n}" for n in range(1500))).among)
    assert told.startswith("left out: passages with 'draft', 'w0', ")
    assert "'w8' and 1,491 more (" in told


def test_conditions_are_told_in_words() -> None:
    among = Filter(
        sources=("a.pdf", "b.pdf"),
        pages=((3, 5), (9, 9)),
        metadata=(("author", ("smith",)),),
        since="2021",
        until="2022-05",
        phrases=("force majeure",),
        without=("draft",),
    )
    assert in_words(among) == (
        "source a.pdf or b.pdf, author smith, page 3-5 or 9, from 2021 on, until the end of 2022-05, "
        'with "force majeure", without "draft"'
    )
