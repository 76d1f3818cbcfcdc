"""The contract of verifiers: verdicts fit the support, citations are never added, the text stays."""

from __future__ import annotations

import pytest

from ragkit.stages import Verifier
from ragkit.types import Citation, Draft, Sentence
from ragkit.verifiers import LexicalConfig, NoVerifierConfig

QUOTE = "The Humber Bridge was opened to traffic in 1981 and spans 2220 metres."


def draft(text: str, *quotes: str) -> Draft:
    citations = tuple(Citation(document_id="d", start=0, end=len(q), quote=q) for q in quotes)
    return Draft(text=text, sentences=(Sentence(start=0, end=len(text), citations=citations, support=0.3),))


@pytest.mark.parametrize("verifier", [LexicalConfig().build(), NoVerifierConfig().build()])
def test_text_and_citations_stay_and_support_is_a_share(verifier: Verifier) -> None:
    before = draft(QUOTE, QUOTE, "Other words.")
    after = verifier.verify(before, [])
    assert after.text == before.text
    assert after.sentences[0].citations == before.sentences[0].citations
    assert 0.0 <= after.sentences[0].support <= 1.0
    assert verifier.verify(Draft(text="", sentences=(), abstained=True, reason="r"), []).reason == "r"


@pytest.mark.parametrize(
    ("text", "quotes", "verdict"),
    [
        (QUOTE, (QUOTE,), "supported"),
        ("黄河发源于青海省。", ("据说黄河发源于青海省。",), "supported"),
        (
            QUOTE,
            ("The Humber Bridge was opened", "opened to traffic in 1981 and spans 2220 metres"),
            "supported",
        ),
        ("The Humber Bridge was opened to trains in 1781 and spans 2220 metres.", (QUOTE,), "weak"),
        ("Bees make honey in the forest.", (QUOTE,), "unsupported"),
        ("黄河发源于青海省。", ("长江全长约六千三百公里。",), "unsupported"),
        (QUOTE, (), "unsupported"),
        ("…", (), "unsupported"),
    ],
)
def test_the_lexical_verdict_follows_the_shared_pairs(
    text: str, quotes: tuple[str, ...], verdict: str
) -> None:
    assert LexicalConfig().build().verify(draft(text, *quotes), []).sentences[0].verdict == verdict


def test_support_is_the_share_of_neighbouring_pairs() -> None:
    checked = LexicalConfig().build().verify(draft("red green blue grey", "red green blue"), [])
    assert checked.sentences[0].support == pytest.approx(2 / 3)


def test_no_verifier_leaves_the_draft_as_it_is() -> None:
    before = draft(QUOTE)
    assert NoVerifierConfig().build().verify(before, []) is before
    assert before.sentences[0].verdict == "unchecked"
