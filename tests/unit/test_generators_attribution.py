"""Written sentences are looked up in the passages; none is cited for what it does not say."""

from __future__ import annotations

import pytest

from ragkit.generators.attribution import attributed
from ragkit.generators.passages import Numbered
from ragkit.types import Chunk, Draft, Hit
from ragkit.verifiers import LexicalSemanticConfig

BRIDGE = "The Humber Bridge was opened in June 1981. It spans 2220 metres between two towers."
BEES = "  Bees make honey from nectar.\nThe Humber Bridge was opened by the Queen."
RIVER = "长江全长约六千三百公里。黄河发源于青海省。"


def passages(*texts: str) -> list[Numbered]:
    return [
        Numbered(
            number,
            Hit(
                chunk=Chunk(
                    id=f"c{number}", document_id=f"d{number}", start=50, end=50 + len(text), text=text
                ),
                score=1.0,
            ),
            text.strip(),
        )
        for number, text in enumerate(texts, start=1)
    ]


def said(draft: Draft) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (draft.text[s.start : s.end], [(c.document_id, c.quote) for c in s.citations])
        for s in draft.sentences
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The Humber Bridge opened in June 1981 [1].",
            [
                (
                    "The Humber Bridge opened in June 1981.",
                    [("d1", "The Humber Bridge was opened in June 1981.")],
                )
            ],
        ),
        (
            "It spans 2220 metres. [1] Bees make honey.[2]",
            [
                ("It spans 2220 metres.", [("d1", "It spans 2220 metres between two towers.")]),
                ("Bees make honey.", [("d2", "Bees make honey from nectar.")]),
            ],
        ),
        ("Bees make honey from nectar [1].", [("Bees make honey from nectar.", [])]),  # not in that passage
        ("Bees make honey from nectar [7].", [("Bees make honey from nectar.", [])]),  # no such passage
        ("The moon is made of green cheese.", [("The moon is made of green cheese.", [])]),
        ("黄河发源于青海省【3】。", [("黄河发源于青海省。", [("d3", "黄河发源于青海省。")])]),
        ("Opened in 1981.", [("Opened in 1981.", [("d1", "The Humber Bridge was opened in June 1981.")])]),
        ("1981.", [("1981.", [("d1", "The Humber Bridge was opened in June 1981.")])]),
        ("By the Queen [2].", [("By the Queen.", [("d2", "The Humber Bridge was opened by the Queen.")])]),
        ("It is nectar.", [("It is nectar.", [("d2", "Bees make honey from nectar.")])]),
        ("1982.", [("1982.", [])]),
        ("Opened in June 1982.", [("Opened in June 1982.", [])]),  # the year stands nowhere
        ("Severn Bridge opened.", [("Severn Bridge opened.", [])]),
        ("青海。", [("青海。", [("d3", "黄河发源于青海省。")])]),
        ("青江。", [("青江。", [])]),  # each character stands in a passage, the word does not
        ("是。", [("是。", [])]),
        ("No.", [("No.", [])]),
        (
            "The bridge[1][3] spans 2220 metres[1].",
            [("The bridge spans 2220 metres.", [("d1", "It spans 2220 metres between two towers.")])],
        ),
        ("Use a[1] now.", [("Use a[1] now.", [])]),
        (" [1]\n\n", []),
        ("", []),
    ],
)
def test_each_sentence_has_what_says_it(text: str, expected: list[tuple[str, list[tuple[str, str]]]]) -> None:
    given = passages(BRIDGE, BEES, RIVER)
    draft = attributed(text, given)
    assert said(draft) == expected
    for sentence in draft.sentences:
        for citation in sentence.citations:
            chunk = next(p.hit.chunk for p in given if p.hit.chunk.document_id == citation.document_id)
            assert chunk.text[citation.start - 50 : citation.end - 50] == citation.quote


def test_lists_and_paragraphs_keep_their_lines() -> None:
    text = "Two facts:\n\n- It spans 2220 metres [1].\n- Bees make honey [2].\n\n\nThat is all.  Really.\n"
    draft = attributed(text, passages(BRIDGE, BEES))
    shown = "Two facts:\n\n- It spans 2220 metres.\n- Bees make honey.\n\nThat is all. Really."
    assert draft.text == shown
    assert [draft.text[one.start : one.end] for one in draft.sentences][1] == "- It spans 2220 metres."


def test_a_repeated_sentence_is_said_once() -> None:
    text = "It spans 2220 metres [1]. Bees make honey [2]. It spans\n2220 metres. It spans -2220 metres."
    draft = attributed(text, passages(BRIDGE, BEES))
    assert draft.text == "It spans 2220 metres. Bees make honey. It spans -2220 metres."
    assert attributed("黄河发源于青海省。黄河发源于青海省[3]。", passages(RIVER)).text == "黄河发源于青海省。"


def test_a_second_passage_is_cited_for_what_the_first_does_not_say() -> None:
    draft = attributed(
        "The Humber Bridge was opened in June 1981, opened by the Queen.", passages(BRIDGE, BEES)
    )
    assert [c.document_id for c in draft.sentences[0].citations] == ["d1", "d2"]
    assert 0.5 < draft.sentences[0].support <= 1.0


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("1981.", "supported"),
        ("Opened in June 1981.", "supported"),
        ("青海。", "supported"),
        ("1982.", "unsupported"),
        ("The Severn Bridge opened.", "unsupported"),
    ],
)
def test_a_short_answer_is_checked_beside_what_it_cites(text: str, verdict: str) -> None:
    read = passages(BRIDGE, BEES, RIVER)
    verifier = LexicalSemanticConfig(reranker=None).build()
    checked = verifier.verify(attributed(text, read), [passage.hit for passage in read])
    assert [sentence.verdict for sentence in checked.sentences] == [verdict]
