"""Talks with a language model: each prompt begins with the one before, and nothing is shown twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ragkit.chain import returned
from ragkit.generators import LocalConfig, WrittenGenerator
from ragkit.stages import Written
from ragkit.types import Chunk, Finish, Hit, Message, Turn

BRIDGE = "The Humber Bridge was opened in 1981."
LENGTH = "The bridge spans 2220 metres in all."
RIVER = "The Humber flows past the town of Hull."


class Scripted:
    """A writer that says one sentence, counts words as tokens, and remembers what it was asked."""

    name = "scripted"

    def __init__(self, said: str = BRIDGE) -> None:
        self.said = said
        self.asked: list[Message] = []

    def reads(self, text: str) -> bool:
        return True

    def tokens(self, text: str) -> int:
        return len(text.split())

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
        self.asked = list(messages)
        yield self.said
        return Finish()


def hit(text: str) -> Hit:
    return Hit(chunk=Chunk(id=text, document_id="d", start=0, end=len(text), text=text), score=1.0)


def prompt(config: LocalConfig, hits: Sequence[Hit], history: Sequence[Turn]) -> list[Message]:
    return WrittenGenerator(config, Scripted()).prompt("And then?", hits, history)


def test_a_second_prompt_begins_with_the_first_and_shows_new_passages_only() -> None:
    generator = WrittenGenerator(LocalConfig(), Scripted())
    first = generator.prompt("When was it opened?", [hit(BRIDGE)])
    turn = Turn(question="When was it opened?", answer="In 1981.", hits=(hit(BRIDGE),))
    second = generator.prompt("How long is it?", [hit(BRIDGE), hit(LENGTH)], [turn])
    assert second[: len(first)] == first
    assert second[len(first)] == Message("assistant", "In 1981.")
    assert second[-1].content == f'<passage number="2">\n{LENGTH}\n</passage>\n\nHow long is it?'
    third = generator.prompt(
        "Sure?", [hit(LENGTH)], [turn, Turn(question="a", answer="b", hits=(hit(LENGTH),))]
    )
    assert third[-1].content == "Sure?"


def test_what_was_read_before_may_be_cited() -> None:
    generator = WrittenGenerator(LocalConfig(), Scripted(f"{BRIDGE} [1]"))
    turn = Turn(question="When was it opened?", answer="In 1981.", hits=(hit(BRIDGE),))
    draft = returned(generator.generate("Sure?", [hit(RIVER)], [turn]))
    assert [c.quote for c in draft.sentences[0].citations] == [BRIDGE]


def test_a_further_question_brings_few_new_passages() -> None:
    config = LocalConfig(followup_tokens=16)
    long = " ".join(f"Sentence {n} of the passage is this." for n in range(9))
    turn = Turn(question="q", answer="a", hits=(hit(BRIDGE),))
    shown = prompt(config, [hit(long)], [turn])[-1].content
    assert "Sentence 1 of" in shown
    assert "Sentence 2 of" not in shown
    assert "Sentence 8 of" in prompt(config, [hit(long)], [])[-1].content


def test_what_did_not_fit_of_a_passage_is_shown_when_it_is_found_again() -> None:
    config = LocalConfig(context_tokens=16, followup_tokens=16)
    long = " ".join(f"Sentence {n} of the passage is this." for n in range(5))
    turn = Turn(question="q", answer="a", hits=(hit(long),))
    asked = prompt(config, [hit(long)], [turn, turn])
    shown = ["".join(m.passages) for m in asked if m.role == "user"]
    numbers = [[n for n in range(5) if f"Sentence {n} " in text] for text in shown]
    assert numbers == [[0, 1], [2, 3], [4]]
    assert prompt(config, [hit(long)], [turn] * 3)[-1].content == "And then?"


def test_the_first_turn_that_is_left_counts_with_all_of_its_passages() -> None:
    config = LocalConfig(history_tokens=60, context_tokens=50, followup_tokens=16)
    long = " ".join(f"Sentence {n} of the passage is this." for n in range(9))
    turns = [Turn(question=f"q{n}", answer="a", hits=(hit(f"{n} {long}"),)) for n in range(4)]
    asked = prompt(config, [], turns)
    shown = sum(len(text.split()) for m in asked for text in m.passages)
    assert 0 < shown <= config.history_tokens


def test_when_the_talk_is_too_long_its_beginning_goes_at_once_and_then_nothing_for_a_while() -> None:
    config = LocalConfig(history_tokens=40)
    turns = [Turn(question=f"q{n}", answer="one two three four five six seven") for n in range(20)]
    kept = []
    for said in range(1, len(turns) + 1):
        asked = [m.content for m in prompt(config, [], turns[:said]) if m.role == "user"]
        kept.append(int(asked[0].removeprefix("q")))
        assert asked[:-1] == [t.question for t in turns[kept[-1] : said]]
    assert kept == sorted(kept)
    assert 0 < len(set(kept)) < len(turns) / 2


@pytest.mark.parametrize(
    "said", ["I cannot answer this from the passages.", "The passages do not mention it.", "文中没有提到。"]
)
def test_a_model_that_finds_no_answer_is_an_abstention(said: str) -> None:
    draft = returned(WrittenGenerator(LocalConfig(), Scripted(said)).generate("Who?", [hit(BRIDGE)]))
    assert draft.abstained
    assert said in draft.reason


def test_what_a_passage_says_is_no_refusal() -> None:
    text = "The report does not mention the bridge."
    draft = returned(WrittenGenerator(LocalConfig(), Scripted(text)).generate("Who?", [hit(text)]))
    assert (draft.abstained, draft.text) == (False, text)
