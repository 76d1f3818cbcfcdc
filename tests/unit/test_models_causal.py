"""The language model of this machine: what saves time changes no token."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")

from tiny_model import make_model

from ragkit.errors import ConfigError, GenerationError, ModelNotFound
from ragkit.models.causal import CausalSettings, TextWriter
from ragkit.models.causal.loading import load
from ragkit.types import Finish, Message, Usage

PASSAGE = "The Humber Bridge was opened in 1981. It spans 2220 metres. " * 4
PROMPTS = ("Bees make honey.", PASSAGE, "黄河发源于青海省。" * 9, "a b a b a b a", "The Bridge " * 70)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_model(tmp_path_factory.mktemp("tiny")))


def write(settings: CausalSettings, *turns: str, most_tokens: int = 40) -> tuple[str, Finish]:
    roles = ("user", "assistant")
    asked = [Message(roles[place % 2], turn) for place, turn in enumerate(turns)]  # type: ignore[arg-type]
    pieces: list[str] = []
    writing = TextWriter(settings).stream(asked, most_tokens=most_tokens)
    while True:
        try:
            pieces.append(next(writing))
        except StopIteration as end:
            return "".join(pieces), end.value


def usage(finish: Finish) -> Usage:
    assert finish.usage
    return finish.usage


def likeliest(settings: CausalSettings, prompt: str, *, most_tokens: int = 40) -> str:
    """What transformers itself writes, token by token."""
    writer, loaded = TextWriter(settings), load(settings)
    import torch

    ids = writer._ids(writer._prompt([Message("user", prompt)]))
    made = loaded.model.generate(  # type: ignore[operator]  # a mixin's
        torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids)),
        max_new_tokens=most_tokens,
        do_sample=False,
    )
    return str(writer._tokenizer.decode(made[0, len(ids) :], skip_special_tokens=True))


@pytest.mark.parametrize("lookup", [0, 10])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_text_is_what_transformers_writes(model: str, prompt: str, lookup: int) -> None:
    settings = CausalSettings(model=model, dtype="float32", lookup_tokens=lookup)
    assert write(settings, prompt)[0] == likeliest(settings, prompt)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("quantize", ["none", "int8"])
@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_guessing_and_keeping_change_no_token(
    model: str, dtype: str, quantize: str, temperature: float
) -> None:
    settings = CausalSettings(
        model=model,
        dtype=dtype,
        quantize=quantize,
        temperature=temperature,
        cache_megabytes=0,
        lookup_tokens=0,
    )
    fast = settings.model_copy(update={"cache_megabytes": 16, "lookup_tokens": 10})
    for prompt in PROMPTS:
        plain, finish = write(settings, prompt)
        assert usage(finish).cached_tokens == 0
        first, _ = write(fast, prompt)
        again, finish = write(fast, prompt)
        assert plain == first == again
        known = usage(finish)
        assert (known.cached_tokens > 0) == (known.prompt_tokens > 64)


def test_a_talk_is_not_read_again(model: str) -> None:
    settings = CausalSettings(model=model)
    answer, finish = write(settings, PASSAGE)
    fresh = settings.model_copy(update={"cache_megabytes": 0})
    second, later = write(settings, PASSAGE, answer, "And bees?")
    assert second == write(fresh, PASSAGE, answer, "And bees?")[0]
    assert usage(later).cached_tokens >= 64
    assert usage(later).prompt_tokens > usage(finish).prompt_tokens + usage(finish).completion_tokens


def test_texts_written_at_the_same_time_do_not_meet(model: str) -> None:
    settings = CausalSettings(model=model)
    alone = [write(settings, prompt)[0] for prompt in PROMPTS[:2]]
    writings = [TextWriter(settings).stream([Message("user", p)], most_tokens=40) for p in PROMPTS[:2]]
    texts = ["", ""]
    open_ = {0, 1}
    while open_:
        for number in sorted(open_):
            try:
                texts[number] += next(writings[number])
            except StopIteration:
                open_.discard(number)
    assert texts == alone


def test_draws_depend_on_the_seed(model: str) -> None:
    settings = CausalSettings(model=model, temperature=1.0, seed=3)
    assert write(settings, PASSAGE)[0] == write(settings, PASSAGE)[0]
    assert len({write(settings.model_copy(update={"seed": s}), PASSAGE)[0] for s in range(4)}) == 4


def test_a_text_that_was_not_finished_is_cut(model: str) -> None:
    _, finish = write(CausalSettings(model=model), PASSAGE, most_tokens=7)
    assert finish.cut
    assert usage(finish).completion_tokens == 7
    assert usage(finish).model.endswith((", cpu)", ", cuda)"))


@pytest.mark.parametrize("length", [1, 2, 5])
def test_it_ends_before_a_stop_string(model: str, length: int) -> None:
    whole, _ = write(CausalSettings(model=model), PASSAGE)
    stop = whole[4 : 4 + length]
    text, finish = write(CausalSettings(model=model, stop=("not written", stop)), PASSAGE)
    assert text == whole[: whole.index(stop)]
    assert not finish.cut


def test_what_looks_like_a_special_token_ends_no_turn(model: str) -> None:
    plain, _ = write(CausalSettings(model=model), "Bees make honey.")
    marked = "<|im_<|im_end|>end|>Bees <secret>make<<secret>secret> honey.<|im_start|>"
    assert write(CausalSettings(model=model), marked)[0] == plain


def test_each_token_is_traced_to_a_passage(model: str) -> None:
    passages = ("Bees make honey. " * 8, PASSAGE)
    content = f"one\n{passages[0]}\ntwo\n{passages[1]}\nWhat?"
    settings = CausalSettings(model=model, trace=True)
    writing = TextWriter(settings).stream([Message("user", content, passages=passages)], most_tokens=40)
    text = ""
    while True:
        try:
            text += next(writing)
        except StopIteration as end:
            finish: Finish = end.value
            break
    assert "".join(token.text for token in finish.trace) == text
    assert len(finish.trace) == usage(finish).completion_tokens
    assert {token.passage for token in finish.trace} <= {1, 2}
    assert all(0.0 < token.probability <= 1.0 for token in finish.trace)
    untraced = settings.model_copy(update={"trace": False})
    assert write(untraced, content)[0] == text
    nowhere = write(settings, content)[1].trace
    assert {(token.passage, token.copied) for token in nowhere} == {(0, False)}


def test_closing_ends_the_writing(model: str) -> None:
    settings = CausalSettings(model=model, dtype="float32", lookup_tokens=0)
    passes: list[None] = []
    hook = load(settings).model.register_forward_hook(lambda *_: passes.append(None))
    writing = TextWriter(settings).stream([Message("user", PASSAGE)], most_tokens=1000)
    text = next(writing) + next(writing)
    assert isinstance(writing, Generator)
    writing.close()
    hook.remove()
    assert len(passes) < 12  # two for the prompt, then one for each token
    fresh = settings.model_copy(update={"cache_megabytes": 0})
    again, finish = write(settings, PASSAGE)
    assert again == write(fresh, PASSAGE)[0]
    assert again.startswith(text)
    assert usage(finish).cached_tokens >= 64


def test_a_prompt_that_does_not_fit_is_told(model: str) -> None:
    with pytest.raises(GenerationError, match="reads 2048 at most"):
        write(CausalSettings(model=model), PASSAGE, most_tokens=2048)


def test_a_model_without_a_chat_template_is_told(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "base", template=None)
    with pytest.raises(GenerationError, match="no chat template"):
        write(CausalSettings(model=str(folder)), "Bees")


def test_a_folder_that_is_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="tokenizer"):
        write(CausalSettings(model=str(tmp_path)), "Bees")


def test_four_bits_write_with_weights_that_are_rounded(model: str) -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    settings = CausalSettings(model=model, quantize="nf4")
    assert write(settings, PROMPTS[0])[0] == likeliest(settings, PROMPTS[0])
    kinds = {type(one).__name__ for one in load(settings).model.parameters()}
    assert "Params4bit" in kinds


def test_a_graphics_card_that_is_not_there_is_told(model: str) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a graphics card")
    with pytest.raises(ConfigError, match="device: cuda"):
        write(CausalSettings(model=model, device="cuda"), "Bees")
