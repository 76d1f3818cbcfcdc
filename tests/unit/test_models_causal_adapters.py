"""LoRA adapters: chosen by name on one model in memory, and refused where they belong to another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")
pytest.importorskip("peft", reason="peft is not installed")

from corpus import LIMITS
from rich.console import Console
from tiny_model import TEMPLATE, make_adapter, make_model

from ragkit.chain import Chain
from ragkit.cli.slash import obey
from ragkit.cli.talk import Talk
from ragkit.config import Config, parse_config
from ragkit.errors import ConfigError
from ragkit.models.causal import CausalSettings, TextWriter
from ragkit.models.causal.loading import load
from ragkit.sessions import Sessions
from ragkit.types import Message


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("tiny"))


def write(settings: CausalSettings) -> str:
    asked = [Message("user", "Bees make honey. " * 20)]
    return "".join(TextWriter(settings).stream(asked, most_tokens=24))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("quantize", ["none", "int8"])
def test_adapters_are_swapped_by_name_on_one_model(
    model: Path, tmp_path: Path, dtype: str, quantize: str
) -> None:
    adapters = {name: make_adapter(model, tmp_path / name, seed=n) for n, name in enumerate("ab")}
    plain = CausalSettings(model=str(model), dtype=dtype, quantize=quantize, adapters=adapters)
    a, b = (plain.model_copy(update={"adapter": name}) for name in "ab")
    loaded, before = load(plain), write(plain)
    texts = [write(settings) for settings in (a, b, a, plain, b)]
    assert len({before, texts[0], texts[1]}) == 3
    assert texts[0] == texts[2]
    assert texts[1] == texts[4]
    assert texts[3] == before
    assert load(a) is load(b) is loaded
    assert write(plain.model_copy(update={"adapter": str(adapters["a"])})) == texts[0]
    fresh = a.model_copy(update={"cache_megabytes": 0, "lookup_tokens": 0})
    assert write(fresh) == texts[0]


def test_two_adapters_write_at_the_same_time(model: Path, tmp_path: Path) -> None:
    adapters = {name: make_adapter(model, tmp_path / name, seed=n) for n, name in enumerate("ab")}
    plain = CausalSettings(model=str(model), adapters=adapters)
    writers = [TextWriter(plain.model_copy(update={"adapter": name})) for name in ("a", None, "b")]
    asked = [Message("user", "Bees make honey.")]
    alone = ["".join(writer.stream(asked, most_tokens=16)) for writer in writers]
    writings = [writer.stream(asked, most_tokens=16) for writer in writers]
    texts = ["", "", ""]
    for _ in range(17):
        for number, writing in enumerate(writings):
            texts[number] += next(writing, "")
    assert texts == alone


def test_an_adapter_of_another_model_is_refused(model: Path, tmp_path: Path) -> None:
    folder = make_adapter(model, tmp_path / "a", seed=0)
    file = folder / "adapter_config.json"
    settings = CausalSettings(model=str(model), adapter=str(folder))
    made = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(made | {"base_model_name_or_path": "someone/Other-7B"}), encoding="utf-8")
    with pytest.raises(ConfigError, match="made for someone/Other-7B"):
        write(settings)
    file.write_text("[]", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be read"):
        write(settings)


def test_an_adapter_with_other_shapes_is_refused(model: Path, tmp_path: Path) -> None:
    folder = make_adapter(model, tmp_path / "a", seed=0)
    file = folder / "adapter_config.json"
    made = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(made | {"r": 7}), encoding="utf-8")
    settings = CausalSettings(model=str(model), adapter=str(folder))
    with pytest.raises(ConfigError, match="does not fit"):
        write(settings)
    file.write_text(json.dumps(made), encoding="utf-8")
    assert write(settings) != write(CausalSettings(model=str(model)))


def test_an_adapter_with_another_template_is_refused(model: Path, tmp_path: Path) -> None:
    folder = make_adapter(model, tmp_path / "a", seed=0)
    settings = CausalSettings(model=str(model), adapter=str(folder))
    other = TEMPLATE.replace("<|im_start|>", "### ")
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": other}), encoding="utf-8")
    with pytest.raises(ConfigError, match="another chat template"):
        write(settings)
    several = [{"name": "tools", "template": other}, {"name": "default", "template": TEMPLATE}]
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": several}), encoding="utf-8")
    assert write(settings)


@pytest.mark.parametrize("broken", ["{", "[]", "\udcff"])
def test_an_adapter_with_a_broken_tokenizer_is_told(model: Path, tmp_path: Path, broken: str) -> None:
    folder = make_adapter(model, tmp_path / "a", seed=0)
    file = folder / "tokenizer_config.json"
    file.write_bytes(broken.encode("utf-8", "surrogateescape"))
    settings = CausalSettings(model=str(model), adapter=str(folder))
    with pytest.raises(ConfigError, match=r"tokenizer_config\.json cannot be read"):
        write(settings)
    (folder / "chat_template.jinja").write_text(TEMPLATE + "\n", encoding="utf-8")
    assert write(settings)


def test_a_switch_that_was_interrupted_is_done_again(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapters = {name: make_adapter(model, tmp_path / name, seed=n) for n, name in enumerate("ab")}
    plain = CausalSettings(model=str(model), adapters=adapters, cache_megabytes=0)
    a, b = (plain.model_copy(update={"adapter": name}) for name in "ab")
    right = {name: write(settings) for name, settings in (("b", b), ("a", a))}
    loaded = load(plain).model
    with monkeypatch.context() as patch:
        switch = loaded.set_adapter

        def interrupted(name: str) -> None:
            switch(name)
            raise KeyboardInterrupt

        patch.setattr(loaded, "set_adapter", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write(b)
    assert write(a) == right["a"]
    assert write(b) == right["b"]


def test_a_folder_that_is_no_adapter_is_told(model: Path, tmp_path: Path) -> None:
    settings = CausalSettings(model=str(model), adapter="medical", adapters={"medical": tmp_path})
    with pytest.raises(ConfigError, match=r"is no adapter: it has no adapter_config\.json"):
        write(settings)
    with pytest.raises(ConfigError, match=r"no folder legal\. Names in adapters: medical"):
        write(settings.model_copy(update={"adapter": "legal"}))


def test_a_chain_changes_its_adapter_and_loads_no_weights_again(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import PreTrainedModel

    adapters = {name: str(make_adapter(model, tmp_path / name, seed=n)) for n, name in enumerate("ab")}
    config = parse_config(json.dumps(settings_of(model, tmp_path, adapters)), name="test")
    (tmp_path / "bees.md").write_text("Bees make honey.\n", encoding="utf-8")
    config.build_ingest(limits=LIMITS).run([tmp_path / "bees.md"])
    chain = config.build()
    plain = streamed(chain)
    loaded: list[object] = []
    load_weights = PreTrainedModel.from_pretrained.__func__  # type: ignore[attr-defined]  # a classmethod

    def counted(cls: type, *arguments: object, **options: object) -> object:
        loaded.append(arguments)
        return load_weights(cls, *arguments, **options)

    monkeypatch.setattr(PreTrainedModel, "from_pretrained", classmethod(counted))
    texts = []
    for name in ("a", "b", "a", None):
        chain = chain.with_generator(config.with_adapter(name).generator.build())
        texts.append(streamed(chain))
    assert loaded == []
    assert len({plain, texts[0], texts[1]}) == 3
    assert (texts[2], texts[3]) == (texts[0], plain)


def test_a_talk_changes_its_adapter(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    adapters = {"legal": str(make_adapter(model, tmp_path / "legal", seed=3))}
    config = parse_config(json.dumps(settings_of(model, tmp_path, adapters)), name="test")
    (tmp_path / "bees.md").write_text("Bees make honey.\n", encoding="utf-8")
    config.build_ingest(limits=LIMITS).run([tmp_path / "bees.md"])
    talk = Talk(config.build(), Sessions(tmp_path / "sessions.sqlite"), config)
    plain = streamed(talk.chain)
    for line in ("/adapter legal", "/adapter nonsense"):
        assert obey(talk, Console(), line)
    assert streamed(talk.chain) != plain
    assert "Names in adapters: legal" in capsys.readouterr().err
    assert obey(talk, Console(), "/adapter")
    assert streamed(talk.chain) == plain


def streamed(chain: Chain) -> str:
    return "".join(chain.stream("What do bees make?"))


def settings_of(model: Path, folder: Path, adapters: dict[str, str]) -> dict[str, object]:
    return {
        "index": str(folder / "index"),
        "embedder": {"type": "hashing"},
        "abstention": {"type": "never"},
        "verifier": {"type": "none"},
        "generator": {"type": "local", "model": str(model), "adapters": adapters, "most_tokens": 24},
    }


def test_an_adapter_that_is_not_there_or_has_no_place_is_refused_at_once(model: Path, tmp_path: Path) -> None:
    config = parse_config(json.dumps(settings_of(model, tmp_path, {"a": str(tmp_path)})), name="test")
    with pytest.raises(ConfigError, match=r"adapter: 'b': there is no folder b\. Names in adapters: a\."):
        config.with_adapter("b")
    with pytest.raises(ConfigError, match=r"adapter 'a': the generator 'extractive' has none"):
        Config().with_adapter("a")
