"""Patterns for paths, and dates however they are written."""

from __future__ import annotations

import pytest

from ragkit.index.matching import any_fits, any_source_fits, iso_date

ROW = "/tmp/trial/sets/Corpus.jsonl#a/42"
FILE = "/tmp/trial/2022/annual report.pdf"


@pytest.mark.parametrize(
    ("pattern", "fitting"),
    [
        ("*.jsonl", {ROW}),
        ("corpus.jsonl", {ROW}),
        ("corp*#a/*", {ROW}),
        ("sets/*.jsonl", {ROW}),
        ("sets/*42", {ROW}),
        ("corpus.jsonl#a/42", {ROW}),
        ("#a", {ROW}),
        ("trial", set()),
        ("*trial*", set()),
        ("trial/", {ROW, FILE}),
        ("/tmp/trial", {ROW, FILE}),
        ("/tmp/trial/2022/annual report.pdf", {FILE}),
        ("rial/", set()),
        ("trial/20", set()),
        ("trial/2022", {FILE}),
        ("2022/annual", {FILE}),
        ("20*/", {FILE}),
        ("tri?l/*/*.pdf", {FILE}),
        ("report", {FILE}),
        ("report.pdf", {FILE}),
        ("*report", set()),
        ("*.*", {ROW, FILE}),
    ],
)
def test_a_pattern_is_of_the_name_and_with_a_slash_of_the_path(pattern: str, fitting: set[str]) -> None:
    fits = any_source_fits(["none", "no/ne", pattern])
    assert {source for source in (ROW, FILE) if fits(source)} == fitting


@pytest.mark.parametrize(
    ("pattern", "value", "fitting"),
    [
        ("a*b*c", "aXbXc", True),
        ("a*b*c", "acb", False),
        ("a*bc*bc", "abc", False),
        ("*ab", "aab", True),
        ("a**?", "a", False),
        ("a.c*", "abc", False),
        ("STRASSE", "Die Straße", True),
        ("a*b", "a\nb", True),
    ],
)
def test_patterns_fit_as_in_a_shell(pattern: str, value: str, fitting: bool) -> None:
    assert any_fits([pattern])(value) is fitting


def test_no_pattern_takes_long() -> None:
    assert not any_fits(["*a" * 30 + "b"])("a" * 5000)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2021", "2021"),
        ("2021-05", "2021-05"),
        ("2021-05-03", "2021-05-03"),
        ("2021-05-03T10:00:00Z", "2021-05-03T10:00:00Z"),
        ("2021-05-03 10:00", "2021-05-03 10:00"),
        ("2021/01/02", "2021-01-02"),
        ("2021/1/2 10:00", "2021-01-02 10:00"),
        ("2021.5", "2021-05"),
        ("20210503", "2021-05-03"),
        ("20210503120000", "2021-05-03"),
        ("20210503T1200Z", "2021-05-03"),
        ("2021年5月3日", "2021-05-03"),
        ("2021 年 5 月 3 日 星期一", "2021-05-03"),
        ("2021年5月", "2021-05"),
        ("２０２１年", "2021"),
        ("", ""),
        ("Monday, 3 May", ""),
        ("3/5/2021", ""),
        ("2021-2022", ""),
        ("2021-13-01", ""),
        ("2021-02-30", ""),
        ("2021-05/03", ""),
        ("202105031", ""),
        ("0000", ""),
    ],
)
def test_dates_become_iso_dates(text: str, date: str) -> None:
    assert iso_date(text) == date
