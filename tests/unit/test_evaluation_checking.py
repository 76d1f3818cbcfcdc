"""Golden questions are held against the documents: what is missing is named, with the nearest thing to it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from corpus import ingest, write_old
from hypothesis import given
from hypothesis import strategies as st

from ragkit.evaluation import Evidence, Question
from ragkit.evaluation.checking import GoldenProblem, check_golden
from ragkit.evaluation.nearest import most_like
from ragkit.index import LocalIndex

LEASE = """# Lease

The tenant pays the rent on the third working day of each month. Pets are kept only with the written consent
of the landlord.

# Notice

Either side may end the lease with three months' notice, given in writing.
"""
MUSEUM = "# 博物馆\n\n黑龙江省博物馆始建于1904年，原为莫斯科商场。馆内收藏文物十余万件。\n"
OTHER = "# Rules\n\nPets are kept only with the written consent of the landlord. Bicycles stay in the yard.\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalIndex]:
    folder = tmp_path_factory.mktemp("checking")
    for name, text in (("a/lease.md", LEASE), ("a/museum.md", MUSEUM), ("b/rules.md", OTHER)):
        (folder / name).parent.mkdir(exist_ok=True)
        write_old(folder / name, text)
    made = ingest(folder / "index")
    with made.index as opened:
        assert made.run([folder / "a", folder / "b"]).count("failed") == 0
        yield opened


def question(*evidence: Evidence, answers: tuple[str, ...] = (), id_: str = "1") -> Question:
    return Question(id=id_, question=f"What of {id_}?", answers=answers, evidence=evidence)


def problems(index: LocalIndex, *questions: Question) -> tuple[GoldenProblem, ...]:
    return check_golden(index, questions).problems


def only(index: LocalIndex, *evidence: Evidence, answers: tuple[str, ...] = ()) -> GoldenProblem:
    (problem,) = problems(index, question(*evidence, answers=answers))
    return problem


@pytest.mark.parametrize(
    ("source", "quote"),
    [
        ("lease.md", "written consent\nof the landlord"),
        ("a/lease.md", "WRITTEN consent of, the landlord"),
        ("a/museum.md", "黑龙江省博物馆 始建于1904年"),
        ("museum.md", ""),
    ],
)
def test_what_stands_there_is_no_problem_whatever_its_spaces_and_case(
    index: LocalIndex, source: str, quote: str
) -> None:
    checked = check_golden(index, [question(Evidence(source=source, page=1, quote=quote))])
    assert (checked.questions, checked.evidence, checked.problems, checked.missing) == (1, 1, (), ())


def test_a_name_that_no_document_has_is_told_with_similar_names(index: LocalIndex) -> None:
    for source in ("leases.md", "a/Lease.MD", "lease.pdf"):
        problem = only(index, Evidence(source=source))
        assert (problem.kind, problem.is_missing, problem.evidence) == ("no_source", True, 0)
        assert problem.nearest[0].source.endswith("a/lease.md")
    assert only(index, Evidence(source="quite another thing.pdf")).nearest == ()


def test_of_a_name_that_no_document_has_the_quote_is_found_where_it_stands(index: LocalIndex) -> None:
    problem = only(index, Evidence(source="contract.pdf", page=7, quote="three months' notice"))
    (near,) = problem.nearest
    assert near.source.endswith("lease.md")
    assert (near.page, near.text, near.ratio) == (1, "three months' notice", 1.0)


def test_a_page_beyond_the_last_is_told_and_the_page_that_has_the_quote(index: LocalIndex) -> None:
    problem = only(index, Evidence(source="lease.md", page=9, quote="third working day"))
    assert problem.kind == "no_page"
    assert "1 page," in problem.said
    assert [near.page for near in problem.nearest] == [1]


def test_a_quote_of_another_document_is_found_there(index: LocalIndex) -> None:
    problem = only(index, Evidence(source="museum.md", quote="Bicycles stay in the yard"))
    assert problem.kind == "no_quote"
    assert problem.nearest[0].source.endswith("rules.md")


@pytest.mark.parametrize(
    ("source", "quote", "right"),
    [
        (
            "lease.md",
            "The tenant pays rents by the third work day of every month.",
            "The tenant pays the rent",
        ),
        ("museum.md", "黑龙江的博物馆建于1904年，原是莫斯科商场", "始建于1904年，原为莫斯科商场"),
    ],
)
def test_of_a_quote_in_other_words_the_most_similar_place_is_named(
    index: LocalIndex, source: str, quote: str, right: str
) -> None:
    problem = only(index, Evidence(source=source, quote=quote))
    (near,) = problem.nearest
    assert problem.kind == "no_quote"
    assert right in near.text
    assert 0.6 < near.ratio < 1.0


def test_a_quote_like_nothing_has_nothing_near(index: LocalIndex) -> None:
    assert only(index, Evidence(source="lease.md", quote="xyzzy qwerty plugh")).nearest == ()


def test_a_quote_without_a_letter_is_missing(index: LocalIndex) -> None:
    assert only(index, Evidence(source="lease.md", quote="...")).kind == "no_quote"


def test_answers_are_noted_when_none_stands_near_the_evidence(index: LocalIndex) -> None:
    rent = Evidence(source="lease.md", page=1, quote="third working day")
    assert problems(index, question(rent, answers=("in cash", "The Third Working-Day"))) == ()
    assert problems(index, question(rent, answers=("working day the third",))) == ()
    problem = only(index, rent, answers=("in cash", "in shells"))
    assert (problem.kind, problem.is_missing) == ("answer", False)
    assert "'in cash', 'in shells'" in problem.said


def test_answers_without_evidence_are_noted(index: LocalIndex) -> None:
    assert only(index, answers=("yes",)).kind == "no_evidence"
    assert problems(index, question()) == ()


def test_a_question_that_is_asked_twice_is_noted_once(index: LocalIndex) -> None:
    asked = [Question(id=str(n), question=text) for n, text in enumerate(["Why, so?", "WHY so", "Why not?"])]
    assert [(one.question, one.kind) for one in problems(index, *asked)] == [("1", "twice")]


def test_a_path_that_ends_several_paths_with_the_quote_is_noted(tmp_path: Path) -> None:
    for folder in "ab":
        (tmp_path / folder).mkdir()
        write_old(tmp_path / folder / "same.md", f"Pets are welcome here. This is {folder}.")
    made = ingest(tmp_path / "index")
    with made.index as opened:
        made.run([tmp_path / "a", tmp_path / "b"])
        assert only(opened, Evidence(source="same.md", quote="Pets are welcome")).kind == "ambiguous"
        assert problems(opened, question(Evidence(source="same.md", quote="This is b"))) == ()
        assert problems(opened, question(Evidence(source="a/same.md", quote="Pets are welcome"))) == ()


def test_problems_come_in_the_order_of_the_questions(index: LocalIndex) -> None:
    bad = Evidence(source="no.md")
    asked = [question(bad, id_=name) for name in ("z", "a", "m")]
    assert [one.question for one in problems(index, *asked)] == ["z", "a", "m"]


LETTERS = st.text("abcdefgh 一二三四，.\n", min_size=1, max_size=300)


@given(LETTERS, LETTERS)
def test_likeness_is_that_of_difflib_for_the_place_it_names(quote: str, text: str) -> None:
    found = most_like(quote, text)
    wanted, place = (
        "".join(c for c in part if c.isalnum())
        for part in (quote, text[found.start : found.end] if found else "")
    )
    if found:
        assert found.ratio == SequenceMatcher(None, wanted, place, autojunk=False).ratio()
        assert 0.0 < found.ratio <= 1.0
    elif wanted:
        grams = {wanted[at : at + 4] for at in range(len(wanted) - 3)} or {wanted}
        kept = "".join(c for c in text if c.isalnum())
        assert not any(gram in kept for gram in grams)


@given(st.integers(0, 10_000))
def test_a_planted_sentence_with_slips_is_found_where_it_was_planted(seed: int) -> None:
    chance = random.Random(seed)
    words = ["".join(chance.choices("bcdfgaeiou", k=chance.randint(3, 8))) for _ in range(400)]
    at = chance.randrange(20, 360)
    quote = words[at : at + 15]
    quote[chance.randrange(1, 14)] = "zzz"
    text = " ".join(words)
    found = most_like(" ".join(quote), text)
    start = len(" ".join(words[:at])) + 1
    end = start + len(" ".join(words[at : at + 15]))
    assert found
    assert abs(found.start - start) + abs(found.end - end) < 20
    assert found.ratio > 0.8
