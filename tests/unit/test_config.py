"""Configurations: what is valid, what is said of what is not, and what is built."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import LIMITS, write_corpus

from ragkit.config import Config, config_yaml, load_config, parse_config, preset_names, preset_text
from ragkit.embedders import HashingConfig
from ragkit.errors import ConfigError, IndexNotFound


def problems(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, name="test.yaml")
    return str(caught.value)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_valid_and_survives_being_written_out(name: str) -> None:
    config = load_config(name)
    assert preset_text(name).startswith("# ")
    assert parse_config(config_yaml(config), name="again") == config


def test_an_empty_file_is_the_default_chain() -> None:
    assert parse_config("", name="x") == parse_config("# nothing\n", name="x") == Config()
    assert load_config("default") == Config()


def test_all_problems_are_listed_at_once_with_path_value_and_choices() -> None:
    text = """
embeder: {type: onnx}
embedder: onnx
chunker: {type: markdown, siz: 3, size: 2}
retriever: {type: hybridd}
reranker: {model: x}
dense_index: flatt
limit: many
"""
    message = problems(text)
    assert message.startswith("test.yaml has 8 problems:\n")
    for line in (
        "embeder: unknown key (did you mean 'embedder'?); valid: index, ",
        "embedder: 'onnx' is not like 'embedder: {type: onnx}'; valid: onnx, sentence_transformer",
        "chunker.siz: unknown key (did you mean 'size'?); valid: type, size, overlap",
        "chunker.size: 2 is not valid: Input should be greater than or equal to 8",
        "retriever.type: 'hybridd' is not known; valid: hybrid, bm25, dense, rank_bm25",
        "reranker: needs a 'type'; valid: keep_order, cross_encoder",
        "dense_index: 'flatt' is not valid; valid: auto, flat, ivf or hnsw",
        "limit: 'many' is not valid",
    ):
        assert f"  {line}" in message


@pytest.mark.parametrize("text", ["[]", "false", "0", "word", "- a"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    assert "must be a mapping" in problems(text)


def test_broken_yaml_is_named_with_its_line() -> None:
    assert "line 2" in problems("embedder: {type: onnx}\n  bad: [")


def test_a_file_beats_the_default_and_a_preset_beats_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config() == Config()
    Path("ragkit.yaml").write_text("limit: 3")
    assert load_config().limit == 3
    assert load_config("default").limit == Config().limit
    with pytest.raises(ConfigError, match=r"none\.yaml.*presets: accurate, default"):
        load_config("none.yaml")


@pytest.mark.parametrize("retriever", ["bm25", "dense", "hybrid", "rank_bm25"])
def test_a_built_chain_searches_its_index(tmp_path: Path, retriever: str) -> None:
    text = f"{{index: {tmp_path}/index, embedder: {{type: hashing}}, retriever: {{type: {retriever}}}}}"
    config = parse_config(text, name="x")
    with pytest.raises(IndexNotFound):
        config.build()
    write_corpus(tmp_path / "files", ["a.md"])
    config.build_ingest(limits=LIMITS).run([tmp_path / "files"])
    hits = config.build().search("baker baba", limit=2)
    assert 0 < len(hits) <= 2


def test_configurations_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        HashingConfig().dimension = 3  # type: ignore[misc]  # what is tested
