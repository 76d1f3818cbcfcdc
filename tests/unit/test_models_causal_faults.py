"""The language model of this machine where something goes wrong: the next answer is right all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")

from tiny_model import TEMPLATE, make_model

from ragkit.errors import GenerationError
from ragkit.models.causal import CausalSettings, TextWriter
from ragkit.models.causal.files import _publish
from ragkit.models.causal.loading import load
from ragkit.models.causal.trace import passage_spans
from ragkit.types import Finish, Message

if TYPE_CHECKING:
    import torch

BEES, BRIDGE = "Bees make honey. " * 8, "The Humber Bridge was opened in 1981. " * 12
TALK = [
    Message("system", "Answer from the passages. " * 9),
    Message("user", f"one\n{BEES}\ntwo\n{BRIDGE}\nWhat?", passages=(BEES, BRIDGE)),
]
REFUSES = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('No system role') }}{% endif %}"
IGNORES = "{% if messages[0]['role'] == 'system' %}{% set messages = messages[1:] %}{% endif %}"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("tiny"))


def write(settings: CausalSettings, talk: list[Message] = TALK) -> tuple[str, Finish]:
    writing, text = TextWriter(settings).stream(talk, most_tokens=24), ""
    while True:
        try:
            text += next(writing)
        except StopIteration as end:
            return text, end.value


@contextmanager
def failing(module: torch.nn.Module, error: BaseException, *, at: int) -> Iterator[None]:
    """The part of a model raises when it has run for that time."""
    calls = 0

    def fail(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise error

    hook = module.register_forward_hook(fail)
    try:
        yield
    finally:
        hook.remove()


@pytest.mark.parametrize("at", [1, 2, 3, 5])
@pytest.mark.parametrize("part", ["model.layers.0", "model.layers.1", "lm_head"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("out of memory")])
def test_an_interrupted_pass_leaves_nothing_behind(
    model: Path, part: str, at: int, error: BaseException
) -> None:
    settings = CausalSettings(model=str(model), dtype="float32")
    right, _ = write(settings.model_copy(update={"cache_megabytes": 0}))
    loaded = load(settings)
    loaded.prefixes._kept.clear()
    raised = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else GenerationError
    with failing(loaded.model.get_submodule(part), error, at=at), pytest.raises(raised):
        write(settings)
    for _ in range(2):
        again, finish = write(settings)
        assert again == right
    assert finish.usage
    assert finish.usage.cached_tokens >= 64


def test_a_trace_that_fails_leaves_the_answer(model: Path) -> None:
    settings = CausalSettings(model=str(model), dtype="float32", trace=True)
    right, traced = write(settings)
    assert traced.trace
    loaded = load(settings)

    def fail(*_: object) -> None:
        if loaded.model.config._attn_implementation == "eager":
            raise RuntimeError("no eager attention")

    hook = loaded.model.register_forward_pre_hook(fail)
    try:
        text, finish = write(settings)
    finally:
        hook.remove()
    assert text == right
    assert finish.usage
    assert finish.trace == ()
    assert "no eager attention" in finish.notices[0]
    again, finish = write(settings)
    assert again == right
    assert [token.text for token in finish.trace] == [token.text for token in traced.trace]


@pytest.fixture(scope="module", params=[24, 1000])
def sliding(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights in a model that sees so many tokens back."""
    folder = make_model(tmp_path_factory.mktemp("sliding"))
    file = folder / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    mistral = {"model_type": "mistral", "architectures": ["MistralForCausalLM"]}
    file.write_text(json.dumps(config | mistral | {"sliding_window": request.param}), encoding="utf-8")
    return folder


def test_a_model_with_a_window_is_traced(sliding: Path) -> None:
    settings = CausalSettings(model=str(sliding), dtype="float32", trace=True)
    plain, _ = write(settings.model_copy(update={"trace": False}))
    text, finish = write(settings)
    assert text == plain == "".join(token.text for token in finish.trace)
    assert finish.notices == ()
    attended = [token.passage for token in finish.trace if not token.copied]
    assert attended == [
        passage
        for passage, token in zip(most_attended(settings, finish), finish.trace, strict=True)
        if not token.copied
    ]


def most_attended(settings: CausalSettings, finish: Finish) -> list[int]:
    """The passage that each token attended to most, from one pass over the whole text."""
    import torch

    writer, loaded = TextWriter(settings), load(settings)
    prompt = writer._prompt(TALK)
    asked = writer._ids(prompt)
    ids = torch.tensor([asked])
    ids = loaded.model.generate(ids, max_new_tokens=len(finish.trace), do_sample=False)  # type: ignore[operator]
    kind = loaded.model.config._attn_implementation
    loaded.model.set_attn_implementation("eager")
    with torch.inference_mode():
        layers = loaded.model(input_ids=ids, output_attentions=True, use_cache=False).attentions
    loaded.model.set_attn_implementation(kind)
    weights = torch.stack(layers).sum(dim=(0, 1, 2))[len(asked) - 1 : -1]
    spans = passage_spans(writer._tokenizer, prompt, (BEES, BRIDGE))
    sums = torch.stack([weights[:, span.start : span.end].sum(dim=1) for span in spans], dim=1)
    return [1 + number for number in sums.argmax(dim=1).tolist()]


@pytest.mark.parametrize("start", [REFUSES, IGNORES])
def test_a_template_without_system_turns_gets_the_text_in_the_first_question(
    tmp_path: Path, start: str
) -> None:
    writer = TextWriter(CausalSettings(model=str(make_model(tmp_path, template=start + TEMPLATE))))
    talk = [Message("system", "Be brief."), Message("user", "Hi")]
    assert writer._prompt(talk) == ("<|im_start|>user\nBe brief.\n\nHi<|im_end|>\n<|im_start|>assistant\n")
    refused = [Message("system", "Be brief."), Message("assistant", "Hi")]
    if start is REFUSES:
        with pytest.raises(GenerationError, match="refused the talk: No system role"):
            writer._prompt(refused)


def test_tokens_of_the_model_that_are_not_marked_special_are_taken_out(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    folder = make_model(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    marks = ["</think>", "<tool_response>", "[INST]"]
    tokenizer.add_tokens([*marks, "honey", "    "])
    tokenizer.save_pretrained(folder)
    writer = TextWriter(CausalSettings(model=str(folder)))
    said = "a </th</think>ink> b <tool_response>c [INST]d [1] <b>honey</b>    e"
    prompt = writer._prompt([Message("user", said)])
    assert "user\na  b c d [1] <b>honey</b>    e<|im_end|>" in prompt
    assert not set(tokenizer.convert_tokens_to_ids(marks)) & set(writer._ids(prompt))


def test_a_model_that_another_process_converted_first_is_kept(tmp_path: Path) -> None:
    made, folder = tmp_path / "made", tmp_path / "folder"
    for place in (made, folder):
        place.mkdir()
        (place / "who").write_text(place.name, encoding="utf-8")
    _publish(made, folder)
    assert (folder / "who").read_text(encoding="utf-8") == "folder"
    _publish(made, tmp_path / "new")
    assert (tmp_path / "new" / "who").read_text(encoding="utf-8") == "made"
    with pytest.raises(OSError, match="gone"):
        _publish(tmp_path / "gone", tmp_path / "other")
