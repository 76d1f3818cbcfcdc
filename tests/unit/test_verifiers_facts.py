"""Numbers, dates and names, and where a statement and its evidence differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.entailment.wording import differences, longest_gap, negations, within, worded
from ragkit.language.numerals import in_digits, numbers
from ragkit.verifiers.facts import claimed, evidence


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2,220 metres", [("2220", "m")]),
        ("$1.5 million", [("1500000", "$")]),
        ("twenty-one cars and two hundred and five", [("21", ""), ("205", "")]),
        ("3.50% or 5 per cent", [("3.5", "%"), ("5", "%")]),
        ("version 2.3.1", [("2.3.1", "")]),
        ("the 19th century, the 1980s", [("19", ""), ("1980", "")]),
        ("一九八一年,三千五百米,1.2万人", [("1981", ""), ("3500", "m"), ("12000", "")]),
        ("百分之五十", [("50", "%")]),
        ("三万五千零二十,2亿", [("35020", ""), ("200000000", "")]),
        ("5千米", [("5", "km")]),
        ("f172", []),
    ],
)
def test_numbers_have_one_value_however_they_are_written(text: str, values: list[tuple[str, str]]) -> None:
    assert [(number.value, number.unit) for number in numbers(text)] == values


@given(st.integers(min_value=0, max_value=10**12))
def test_thousands_separators_change_nothing(value: int) -> None:
    assert [n.value for n in numbers(f"{value:,}")] == [n.value for n in numbers(str(value))] == [str(value)]


def test_a_number_that_may_count_nothing_is_not_sure() -> None:
    assert in_digits("one of the first two") == "one of the first two"
    assert in_digits("一个人在一九八一年") == "一个人在1981年"
    assert not claimed("One of the two went home first.").numbers


@pytest.mark.parametrize(
    "text", ["On 12 March 2019", "March 12, 2019", "2019-03-12", "2019年3月12日", "二零一九年三月十二日"]
)
def test_dates_claim_the_same_however_they_are_written(text: str) -> None:
    facts = claimed(text)
    assert facts.months == {3}
    assert {"2019", "12"} <= {value for value, _ in facts.numbers}
    held = ["12 Mar 2019", "2019-03-12"] if text.isascii() else ["2019年3月12日", "二〇一九年三月十二日"]
    assert all(len(evidence(other).lacks(facts)) == 0 for other in held)
    assert evidence("12 May 2019").lacks(facts).months == {3}


def test_a_month_that_is_also_a_word_counts_beside_a_number_only() -> None:
    assert claimed("They may march in august company.").months == frozenset()
    assert claimed("They met in May 2019.").months == {5}


def test_names_are_capitalised_words_within_a_sentence() -> None:
    facts = claimed("Yesterday the NTSB's John Smith-Jones read 《红楼梦》 in the F172.")
    assert facts.names == {"ntsb", "john", "smith-jones", "红楼梦", "f172"}
    held = evidence("The National Transportation Safety Board, John Smith-Jones; 《红楼梦》; an F172")
    assert len(held.lacks(facts)) == 0
    assert evidence("John Smith").lacks(facts).names == {"ntsb", "smith-jones", "红楼梦", "f172"}


def test_a_unit_must_agree_where_both_have_one() -> None:
    facts = claimed("It spans 2220 kilometres.")
    assert evidence("It spans 2220 metres.").lacks(facts).numbers == {("2220", "km")}
    assert len(evidence("It spans 2220 km.").lacks(facts)) == 0
    assert len(evidence("It spans 2220.").lacks(facts)) == 0


def test_differences_say_what_stands_in_the_same_place() -> None:
    said, held = (
        worded("the bridge was opened in 1980 by cars"),
        worded("the bridge was opened in 1981 by cars"),
    )
    assert [(one.said, one.held, one.anchored) for one in differences(said, held)] == [
        (("1980",), ("1981",), True)
    ]
    assert differences(said, said) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("it was not opened", 1),
        ("it wasn't never opened", 2),
        ("nothing is known", 1),
        ("没有结冰", 1),
        ("未来不仅如此", 0),
        ("不结冰", 1),
    ],
)
def test_negations_are_counted(text: str, count: int) -> None:
    assert negations(worded(text).tokens) == count


def test_within_and_gaps() -> None:
    assert within(worded("opened in 1981"), worded("It was opened, in 1981."))
    assert not within(worded("opened in 19"), worded("It was opened in 1981."))
    assert not within(worded(""), worded("It was opened in 1981."))
    assert longest_gap(("a", "b", "c", "d"), {"a", "d"}) == 2
