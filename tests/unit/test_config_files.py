"""`ragkit config validate` looks for the files and folders that a configuration names."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.config import check_config, config_problems, load_config
from ragkit.errors import ConfigError

KEY = "sk-test-3f9a0c71d2"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    for name in ("legal", "runs/checkpoint-8"):
        Path(name).mkdir(parents=True)
        Path(name, "adapter_config.json").write_text("{}", encoding="utf-8")
    Path("models").mkdir()
    Path("models/tiny.gguf").write_bytes(b"GGUF and more")
    Path("models/page.gguf").write_bytes(b"<html>")
    Path("key").write_text(f"{KEY}\n", encoding="utf-8")
    Path("empty").touch()


def problems(part: str) -> list[str]:
    Path("chain.yaml").write_text(part, encoding="utf-8")
    return config_problems("chain.yaml")


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (
            "generator: {type: local, adapters: {law: leagl}}",
            "generator.adapters.law: there is no folder 'leagl' (did you mean 'legal'?); give one that peft",
        ),
        (
            "generator: {type: local, adapters: {law: runs}}",
            "generator.adapters.law: 'runs' has no adapter_config.json (did you mean 'runs/checkpoint-8'?)",
        ),
        (
            "generator: {type: local, adapter: lwa, adapters: {law: legal}}",
            "generator.adapter: 'lwa' is not known (did you mean 'law'?); valid: law, or a folder that peft",
        ),
        (
            "generator: {type: local, adapter: ./leagl}",
            "generator.adapter: './leagl' is not known (did you mean 'legal'?); valid: no names, since there",
        ),
        ("generator: {type: local, adapter: models}", "generator.adapter: 'models' has no adapter_config"),
        (
            "generator: {type: llama_cpp, model: models/tinny.gguf}",
            "generator.model: there is no file 'models/tinny.gguf' (did you mean 'models/tiny.gguf'?)",
        ),
        (
            "generator: {type: local, model: ~/no-such-folder/a.gguf}",
            "generator.model: there is no file '~/no-such-folder/a.gguf'; give a .gguf file",
        ),
        (
            "generator: {type: llama_cpp, model: owner/name}",
            "generator.model: there is no file 'owner/name'; give a .gguf file",
        ),
        ("generator: {type: local, model: models/page.gguf}", "'models/page.gguf' is no GGUF file"),
        ("followups: {type: model, model: ./mdels}", "followups.model: there is nothing at './mdels' (did"),
        ("embedder: {type: onnx, model: /nowhere/bge}", "embedder.model: there is nothing at '/nowhere/bge'"),
        ("generator: {type: openai, key_file: none}", "key_file names cannot be read (No such file or dir"),
        ("generator: {type: openai, key_file: models}", "key_file names cannot be read (Is a directory)"),
        ("generator: {type: openai, key_file: empty}", "the file that key_file names is empty"),
    ],
)
def test_what_is_not_there_is_told_with_its_place_and_what_is_near(part: str, said: str) -> None:
    (problem,) = problems(part)
    assert said in problem
    with pytest.raises(ConfigError) as caught:
        check_config("chain.yaml")
    assert str(caught.value) == f"chain.yaml has 1 problem:\n  {problem}"
    assert load_config("chain.yaml")  # for commands that need no generator


@pytest.mark.parametrize(
    "part",
    [
        "generator: {type: local, adapter: law, adapters: {law: legal}}",
        "generator: {type: local, adapter: legal}",
        "generator: {type: local, model: models/tiny.gguf}",
        "generator: {type: local, model: ./models}",
        "generator: {type: local, model: owner/name}",
        "generator: {type: llama_cpp, model: models/tiny.gguf}",
        "generator: {type: openai, key_file: key}",
        "generator: {type: openai, key_file: empty, base_url: 'http://127.0.0.1:8000/v1'}",
        "generator: {type: openai, model: /looks/like/a/path}",
    ],
)
def test_what_is_there_is_valid(part: str) -> None:
    assert problems(part) == []
    check_config("chain.yaml")


def test_missing_files_are_told_together_with_other_problems() -> None:
    found = problems("limit: many\ngenerator: {type: local, adapters: {a: x, b: y}}\nretriever: {typ: bm25}")
    assert [line.partition(":")[0] for line in found] == [
        "retriever", "limit", "generator.adapters.a", "generator.adapters.b",
    ]  # fmt: skip


@pytest.mark.parametrize("part", ["generator: {type: local, adapters: 3}", "generator: {adapters: {a: b}}"])
def test_settings_of_another_kind_are_told_once(part: str) -> None:
    assert len(problems(part)) == 1


def test_a_key_that_was_written_for_its_file_is_not_repeated() -> None:
    (problem,) = problems(f"generator: {{type: openai, key_file: {KEY}}}")
    assert KEY not in problem
    assert problem.endswith("Write the path of a file that holds the key and nothing else.")


def test_an_unknown_model_is_told_once_with_what_is_near() -> None:
    (problem,) = problems("generator: {type: local, model: SmolLM2-135M}")
    assert "(did you mean 'SmolLM2-135M-Instruct'?); valid: SmolLM2-135M-Instruct, a path" in problem
    Path("models/tiny.gguf").rename("tiny.gguf")
    (problem,) = problems("generator: {type: llama_cpp, model: tinny.gguf}")
    assert "'tinny.gguf' is not known (did you mean 'tiny.gguf'?)" in problem
    assert "rewriter.model: 'none' is not known" in problems("rewriter: {type: hyde, model: none}")[0]
