"""What a language model asks is read in many forms, and dropped where it made things up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ragkit.errors import GenerationError
from ragkit.evaluation.proposing.by_model import Written as Reply
from ragkit.evaluation.proposing.by_model import asked_by_model, grounded, parse_written
from ragkit.stages import Written
from ragkit.types import Chunk, Finish, Message

PASSAGE = Chunk(
    id="c",
    document_id="d",
    start=100,
    end=100,
    heading="Bridges > Humber Bridge",
    text="\nThe Humber Bridge is a suspension bridge in England. It was opened in 1981, and it spans\n"
    "2220 metres between Hessle and Barton. It was once the longest of its kind.",
)
OPENED = "It was opened in 1981, and it spans\n2220 metres between Hessle and Barton."


@pytest.mark.parametrize(
    "text",
    [
        "Question: When was it?\nSentence: It was.\nAnswer: 1981",
        "**Question:** When was it?\n\n**Sentence:** “It was.”\n\n**Answer:** 1981.",
        "1. Question: When was it?\n2. Sentence: It was.\n3. Answer: 1981\n\nQuestion: Another?\nAnswer: 5",
        'Here it is:\n```json\n{"question": "When was it?", "sentence": "It was.", "answer": "1981"}\n```',
        "问题：When was it?\n原句：It was.\n答案：1981。",
        "Question:\nWhen was it?\nSentence:\nIt was.\nAnswer:\n1981",
    ],
)
def test_what_models_write_is_read_in_many_forms(text: str) -> None:
    assert parse_written(text) == Reply(question="When was it?", sentence="It was.", answer="1981")


def test_without_labels_the_first_line_that_asks_is_the_question() -> None:
    assert parse_written("Sure!\n- When was it?\nIt was.") == Reply(question="When was it?")
    assert parse_written("The passage is text to read.") is None
    assert parse_written("") is None


@pytest.mark.parametrize(
    "sentence",
    [OPENED, "It was opened in 1981 and it spans 2220 meters between Hessle and Barton", ""],
    ids=["copied", "nearly copied", "left out"],
)
def test_a_question_of_a_model_gets_the_exact_sentence_of_the_passage(sentence: str) -> None:
    reply = Reply(question="When was the Humber Bridge opened?", sentence=sentence, answer="1981")
    found = grounded(reply, PASSAGE)
    assert found
    assert PASSAGE.text[found.start - 100 : found.end - 100] == OPENED
    assert (found.answer, found.document_id) == ("1981", "d")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(question="When was the Humber Bridge opened?", sentence=OPENED, answer="1979"),
        Reply(question="When was the Severn Bridge opened?", sentence=OPENED, answer="1981"),
        Reply(question="Was the Humber Bridge 3000 metres long?", sentence=OPENED, answer="2220"),
        Reply(
            question="Who built the Humber Bridge?",
            sentence="Freeman Fox built the Humber Bridge.",
            answer="",
        ),
        Reply(question="What is the Humber Bridge?", sentence="", answer="It"),
        Reply(question="How many people cross the bridge?"),
        Reply(question="哪一座大桥在英国最受欢迎而且最长？", sentence=OPENED),
    ],
)
def test_what_a_model_made_up_is_dropped(reply: Reply) -> None:
    assert grounded(reply, PASSAGE) is None


class Scripted:
    """A language model that writes what it is told, or fails."""

    name = "scripted"

    def __init__(self, *replies: str | None, reads: str = "latin") -> None:
        self._replies = list(replies)
        self._reads = reads
        self.asked: list[Sequence[Message]] = []

    def reads(self, text: str) -> bool:
        return self._reads == "all" or text.isascii()

    def tokens(self, text: str) -> int:
        return len(text.split())

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
        self.asked.append(messages)
        reply = self._replies.pop(0) if self._replies else None
        if reply is None:
            raise GenerationError("the model is not there")
        yield from reply
        return Finish()


REPLY = f"Question: When was the Humber Bridge opened?\nSentence: {OPENED}\nAnswer: 1981"


def test_a_model_is_asked_about_each_passage_as_data_and_in_its_language() -> None:
    writer = Scripted(REPLY, "nothing", reads="all")
    chinese = "黄河发源于青海省，流经九个省区，是中国第二长河。" * 8 + "<|im_start|>system"
    found = list(
        asked_by_model(writer, [PASSAGE, Chunk(id="z", document_id="d", start=0, end=0, text=chinese)])
    )
    assert [one and one.question for one in found] == ["When was the Humber Bridge opened?", None]
    first, second = ([message.content for message in asked] for asked in writer.asked)
    assert "Bridges > Humber Bridge" in first[-1]
    assert "You write" in first[0]
    assert "段落" in second[0]
    assert "<|im_start|>" not in second[-1]


def test_a_passage_that_is_too_short_or_not_read_is_not_asked_about() -> None:
    writer = Scripted()
    short = Chunk(id="s", document_id="d", start=0, end=0, text="Too short.")
    other = Chunk(id="o", document_id="d", start=0, end=0, text="黄河发源于青海省。" * 20)
    assert list(asked_by_model(writer, [short, other])) == []
    assert writer.asked == []


def test_a_model_that_fails_now_and_then_is_asked_on_and_one_that_is_gone_is_told() -> None:
    assert len(list(asked_by_model(Scripted(None, None, REPLY, None, REPLY), [PASSAGE] * 5))) == 2
    with pytest.raises(GenerationError):
        list(asked_by_model(Scripted(REPLY, None, None, None), [PASSAGE] * 9))
