"""What each rule of cleaning mends, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ragkit.data.cleaning import KINDS, chosen_rules, clean_file
from ragkit.data.cleaning.boilerplate import is_boilerplate, without_boilerplate
from ragkit.data.cleaning.masking import masked
from ragkit.data.cleaning.rules import (
    mend_unicode,
    with_plain_spaces,
    with_whole_lines,
    without_controls,
)
from ragkit.data.records import TextSource
from ragkit.errors import ConfigError


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("donâ€™t", "don’t"),
        ("cafÃ©", "café"),
        ("AT&amp;T", "AT&T"),
        ("cafe\u0301", "café"),
        ("ä¸\xadæ–‡", "中文"),
        ("“quoted”，全角，ＡＢＣ", "“quoted”，全角，ＡＢＣ"),
        ("a < b && c > d", "a < b && c > d"),
        ("half \ud83d\ude00", "half 😀"),
    ],
)
def test_wrongly_decoded_text_is_mended_and_right_text_stays(broken: str, mended: str) -> None:
    assert mend_unicode(broken) == mended


def test_controls_go_and_what_scripts_need_stays() -> None:
    assert without_controls("a\x00b\x1b[31mc\u200bd\ufeff\r\ne\tf") == "abcd\ne\tf"
    for needed in ("می\u200cخواهم", "👩\u200d🚒", "नर\u200dक"):
        assert without_controls(needed) == needed


@pytest.mark.parametrize(
    "line",
    [
        "Please enable JavaScript to view this page.",
        "We use cookies to improve your experience. Cookie Policy",
        "© 2021 Example Inc. All rights reserved.",
        "Share on Facebook",
        "Skip to main content",
        "版权所有，未经授权不得转载",
        "责任编辑：李明",
        "扫描二维码关注我们",
        "相關閱讀：",
    ],
)
def test_lines_of_pages_are_boilerplate(line: str) -> None:
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        "JavaScript is a programming language that was made in 1995.",
        "She said that all rights are reserved for those who earn them, and more rights will follow.",
        "The cookie jar stood on the shelf.",
        "他关注城市的历史，也写过几篇文章。",
        "出版社拥有版权。",
        "",
    ],
)
def test_sentences_about_such_things_are_not(line: str) -> None:
    assert not is_boilerplate(line)


def test_a_text_of_one_line_stays_whatever_it_says() -> None:
    assert without_boilerplate("Share on Facebook") == "Share on Facebook"
    assert without_boilerplate("Text.\nShare on Facebook\nMore.") == "Text.\nMore."


def test_broken_lines_are_joined_and_lists_stay() -> None:
    wrapped = (
        "The bridge was opened in the summer of 1981 and it spans more than two\nthousand metres of water."
    )
    assert with_whole_lines(wrapped) == wrapped.replace("\n", " ")
    assert with_whole_lines("the busi-\nness of the town") == "the business of the town"
    items = "Needed:\n- eggs\n- milk"
    assert with_whole_lines(items) == items


def test_spaces_and_blank_lines_are_plain_and_indents_stay() -> None:
    assert with_plain_spaces("a  b \n\n\n\n    if x:\u00a0 y\n") == "a b\n\n    if x: y"


@pytest.mark.parametrize(
    ("kind", "text", "after"),
    [
        ("email", "write to a.b+c@example.co.uk.", "write to [EMAIL]."),
        ("email", "at @home or me@localhost", "at @home or me@localhost"),
        ("phone", "call +1 650-253-0000 now", "call [PHONE] now"),
        ("phone", "电话：13912345678。", "电话：[PHONE]。"),
        ("phone", "in 1981, 2220 metres; 12345678901234567890", "in 1981, 2220 metres; 12345678901234567890"),
        ("card", "card 4111 1111 1111 1111 ends", "card [CARD] ends"),
        ("card", "order 4111 1111 1111 1112 ends", "order 4111 1111 1111 1112 ends"),
        ("iban", "IBAN GB82 WEST 1234 5698 7654 32.", "IBAN [IBAN]."),
        ("iban", "IBAN GB82 WEST 1234 5698 7654 33.", "IBAN GB82 WEST 1234 5698 7654 33."),
        ("id", "身份证11010519491231002X，", "身份证[ID]，"),
        ("id", "编号110105194912310021，", "编号110105194912310021，"),
        ("ssn", "SSN 078-05-1120", "SSN [SSN]"),
        ("ssn", "no 000-12-3456", "no 000-12-3456"),
        ("ip", "from 8.8.8.8 to 127.0.0.1", "from [IP] to 127.0.0.1"),
        ("ip", "version 1.2.3.4.5 and 300.1.1.1", "version 1.2.3.4.5 and 300.1.1.1"),
    ],
)
def test_personal_data_are_masked_where_their_checks_fit(kind: str, text: str, after: str) -> None:
    assert masked(text, kind=kind) == after


def test_wrong_names_are_told_with_the_valid_ones() -> None:
    with pytest.raises(ConfigError, match="boilerplate"):
        chosen_rules(skip=["boilerplat"])
    with pytest.raises(ConfigError, match="email"):
        chosen_rules(mask=["mail"])
    assert len(chosen_rules(mask=["all"])) == 5 + len(KINDS)


def test_every_rule_is_counted_with_its_changes(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    lines = [{"id": 1, "text": "donâ€™t"}, {"id": 2, "text": "fine"}, {"id": 3, "text": "\x00\n\n"}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    out = tmp_path / "out.jsonl"
    done = clean_file(TextSource.open(file), chosen_rules(), out=out)
    assert [json.loads(line) for line in out.read_text("utf-8").splitlines()] == [
        {"id": 1, "text": "don’t"},
        {"id": 2, "text": "fine"},
    ]
    by_name = {rule.name: rule for rule in done.rules}
    assert by_name["unicode"].texts == 1
    assert by_name["unicode"].characters == 2
    assert by_name["unicode"].examples[0].before == "donâ€™t"
    assert (done.changed, done.emptied, done.lines.read, done.lines.written) == (2, 1, 3, 2)
