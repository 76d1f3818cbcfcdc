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


def test_a_repeated_key_is_refused_with_its_lines_at_every_depth() -> None:
    message = problems("limit: 1\nembedder:\n  type: onnx\n  type: hashing\nlimit: 2\n")
    assert message.startswith("test.yaml has 2 problems:\n")
    assert "line 4: the key 'type' stands on line 3 already" in message
    assert "line 5: the key 'limit' stands on line 1 already" in message
    assert "line 1: the key 'limit'" in problems("{limit: 1, 'limit': 2}")


def test_the_same_key_in_two_mappings_or_from_an_alias_is_not_repeated() -> None:
    text = "embedder: &e {type: hashing}\nretriever: {type: bm25}\n"
    assert parse_config(text, name="x").embedder == HashingConfig()
    merged = "embedder: &e {type: hashing, dimension: 64}\nchunker: {<<: {type: fixed}, type: markdown}\n"
    assert parse_config(merged, name="x").chunker.type == "markdown"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("embedder: {type: onnx, model: nope}", "embedder.model: 'nope' is not known; valid: all-MiniLM"),
        ("embedder: {type: onnx, model: ms-marco-MiniLM-L-12-v2}", "embedder.model: 'ms-marco"),
        ("embedder: {type: onnx, model: ''}", "embedder.model: ''"),
        ("reranker: {type: cross_encoder, model: nope}", "valid: ms-marco-MiniLM-L-12-v2, a path, a hub id"),
        ("reranker: {type: late_interaction, model: nope}", "valid: answerai-colbert-small-v1, a path"),
        ("generator: {type: extractive, model: nope}", "generator.model: 'nope'"),
        ("verifier: {type: lexical_semantic, reranker: nope}", "verifier.reranker: 'nope'"),
        (
            "verifier: {type: trained, aligner: nope}",
            "verifier.aligner: 'nope' is not known",
        ),
    ],
)
def test_an_unknown_model_is_refused_with_the_known_ones(text: str, line: str) -> None:
    assert line in problems(text)


def test_a_model_may_be_a_path_or_a_hub_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine").mkdir()
    for model in ("mine", "./elsewhere", "owner/name", "all-MiniLM-L6-v2"):
        parse_config(f"embedder: {{type: sentence_transformer, model: {model}}}", name="x")


def test_another_model_of_the_gate_needs_a_threshold_of_its_own() -> None:
    wrong = problems("abstention: {type: calibrated, model: a/b}")
    assert "give a threshold for another model" in wrong
    assert parse_config("abstention: {type: calibrated, model: a/b, threshold: 0.4}", name="x")


def test_messages_name_no_class_of_python() -> None:
    assert "index: 5 is not valid: write a path, such as indexes/default" in problems("index: 5")


@pytest.mark.parametrize("text", ["[]", "false", "0", "word", "- a"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    assert "must be a mapping" in problems(text)


def test_broken_yaml_is_named_with_its_line() -> None:
    assert "line 2" in problems("embedder: {type: onnx}\n  bad: [")
    assert "is not valid YAML" in problems("limit: 2026-99-99")


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
