"""Tables of questions in both languages become golden sets; rows that cannot be used are named."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_evaluation_importing import questions_of

from ragkit.errors import ConfigError
from ragkit.evaluation.importing import import_golden


def table(
    path: Path, heading: Sequence[str], *rows: Sequence[str], encoding: str = "utf-8", **form: Any
) -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, **form)
        writer.writerow(heading)
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("heading", "form"),
    [
        (("Question", "Answer", "Source", "Page", "Quote"), {}),
        (("query", "expected answer", "file_name", "page number", "evidence"), {"delimiter": ";"}),
        (("问题", "标准答案", "来源", "页码", "原文"), {"encoding": "gb18030"}),
        (("問題", "答案", "出處", "頁碼", "證據"), {"encoding": "utf-8-sig", "delimiter": "\t"}),
    ],
)
def test_columns_are_known_by_their_names_in_both_languages(
    tmp_path: Path, heading: Sequence[str], form: dict[str, Any]
) -> None:
    row = ("租金何时支付？", "每月三日|三日", "lease.pdf", "第 2 页", "每月三日支付，\n不得拖延")
    imported = import_golden(table(tmp_path / "q.csv", heading, row, **form), tmp_path / "out")
    (only,) = questions_of(imported)
    assert imported.corpus is None
    assert (only.question, only.answers) == (row[0], ("每月三日", "三日"))
    (evidence,) = only.evidence
    assert (evidence.source, evidence.page, evidence.quote) == ("lease.pdf", 2, row[4])


def test_rows_that_ask_the_same_are_one_question(tmp_path: Path) -> None:
    heading = ("question", "answer", "source", "page")
    rows = [("Why?", "a", "x.pdf", "1"), ("Why?", "b", "y.pdf", "2"), ("How?", "", "", "")]
    why, how = questions_of(import_golden(table(tmp_path / "q.csv", heading, *rows), tmp_path / "out"))
    assert (why.answers, [one.source for one in why.evidence]) == (("a", "b"), ["x.pdf", "y.pdf"])
    assert (how.answers, how.evidence) == ((), ())


def test_rows_that_cannot_be_used_are_named_with_their_lines(tmp_path: Path) -> None:
    rows = [
        ("", "a", "x.pdf", "1", ""),
        ("A page?", "a", "x.pdf", "iv", ""),
        ("Two\nlines?", "a", "x.pdf", "1", ""),
        ("No source?", "a", "", "1", ""),
        ("A pattern?", "a", "*.pdf", "1", ""),
        ("Two sources?", "a", "x.pdf|y.pdf", "1", ""),
        ("Grade?", "a", "x.pdf", "1", "0"),
    ]
    heading = ("question", "answer", "source", "page", "grade")
    imported = import_golden(table(tmp_path / "q.csv", heading, *rows), tmp_path / "out")
    assert [one.question for one in questions_of(imported)] == ["Two\nlines?"]
    assert [reason.where for reason in imported.reasons] == [f"q.csv line {n}" for n in (2, 3, 6, 7, 8, 9)]


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).map(str.strip).filter(bool)


@given(
    st.dictionaries(
        CELL, CELL.filter(lambda text: "|" not in text and "｜" not in text), min_size=1, max_size=5
    )
)
def test_any_words_come_through_a_table(
    tmp_path_factory: pytest.TempPathFactory, rows: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("table")
    path = table(folder / "q.csv", ("question", "answer"), *rows.items())
    read = questions_of(import_golden(path, folder / "out"))
    assert {one.question: one.answers for one in read} == {key: (value,) for key, value in rows.items()}


def test_a_table_without_questions_says_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="names: Frage, Antwort"):
        import_golden(table(tmp_path / "q.csv", ("Frage", "Antwort"), ("a", "b")), tmp_path / "out")
