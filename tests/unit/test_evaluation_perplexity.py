"""Perplexity: what the model itself makes of accepted answers, and what is said where none can tell."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from pathlib import Path

import pytest
from test_chain import Found, Said, chain

from ragkit.errors import ConfigError
from ragkit.evaluation import Question, evaluate
from ragkit.generators.written import WrittenConfig, WrittenGenerator
from ragkit.models.causal import CausalSettings, TextWriter
from ragkit.models.remote import RemoteWriter
from ragkit.models.remote_settings import RemoteSettings
from ragkit.stages import Written
from ragkit.types import Chunk, Finish, Hit, Message

TALK = [Message("user", "When was it opened?")]


class Weighing:
    """A writer that finds every token of "sure" certain, and any other half as probable."""

    name = "weighing"

    def reads(self, text: str) -> bool:
        return bool(text)

    def tokens(self, text: str) -> int:
        return len(text.split())

    def stream(self, messages: Sequence[Message], *, most_tokens: int) -> Written:
        del messages, most_tokens
        yield "An answer."
        return Finish()

    def log_probabilities(self, messages: Sequence[Message], text: str) -> list[float]:
        assert "First" in messages[-1].content  # the passages that the chain found
        return [0.0 if word == "sure" else -0.6931471805599453 for word in text.split()]


def test_the_log_probabilities_are_those_that_transformers_computes(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from tests.unit.tiny_model import make_model

    folder = make_model(tmp_path / "model")
    writer = TextWriter(CausalSettings(model=str(folder), dtype="float32"))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": TALK[0].content}], add_generation_prompt=True, tokenize=False
    )
    for text in ("In 1981.", "x", "黄河 spans 2220 metres."):
        asked = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        said = tokenizer(text, add_special_tokens=False)["input_ids"]
        labels = torch.tensor([[-100] * len(asked) + said])
        with torch.no_grad():
            loss = float(model(input_ids=torch.tensor([asked + said]), labels=labels).loss)
        found = writer.log_probabilities(TALK, text)
        assert len(found) == len(said)
        assert -sum(found) / len(found) == pytest.approx(loss, abs=1e-4)
    assert writer.log_probabilities(TALK, "") == []


def test_perplexity_is_the_inverse_of_the_geometric_mean_of_the_chances() -> None:
    generator = WrittenGenerator(WrittenConfig(), Weighing())
    text = "First it was said."
    hit = Hit(chunk=Chunk(id="a", document_id="a", start=0, end=len(text), text=text), score=1.0)
    found = generator.perplexities("q", [hit], ["sure", "sure no", "no no", ""])
    assert found == [pytest.approx(1.0), pytest.approx(2**0.5), pytest.approx(2.0), inf]


def test_the_likeliest_accepted_answer_counts_and_a_question_without_answers_is_left_out() -> None:
    built = chain(Found(), Said()).with_generator(WrittenGenerator(WrittenConfig(), Weighing()))
    one = Question(id="1", question="q?", answers=("no no", "sure no"))
    run = evaluate(built, [one, one.model_copy(update={"id": "2", "answers": ()})], measures=["InvPPL"])
    assert run.questions[0].scores == {"InvPPL": pytest.approx(2**-0.5)}
    assert run.questions[1].scores == {}
    assert run.questions[0].answer == ""  # nothing was written for it
    assert run.scores["en"]["InvPPL"].questions == 1


def test_a_chain_whose_model_cannot_tell_is_refused_with_the_way_out() -> None:
    with pytest.raises(ConfigError, match="type: local"):
        evaluate(
            chain(Found(), Said()), [Question(id="1", question="q?", answers=("a",))], measures=["InvPPL"]
        )


def test_a_writer_that_cannot_tell_is_named() -> None:
    writer = RemoteWriter(RemoteSettings(base_url="http://127.0.0.1:9", model="far", key_env=None))
    with pytest.raises(ConfigError, match=r"far does not tell.*type: local"):
        WrittenGenerator(WrittenConfig(), writer).perplexities("q", [], ["a"])
