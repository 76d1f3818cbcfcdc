"""Hashed vectors, and the arithmetic that the embedders share."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.embedders import HashingEmbedder
from ragkit.embedders.vectors import longest_first, unit


def test_hashing_is_the_same_in_every_process() -> None:
    code = (
        "from ragkit.embedders import HashingEmbedder\n"
        "print(HashingEmbedder().embed_query('你好 world').tobytes().hex())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert outputs == {HashingEmbedder().embed_query("你好 world").tobytes().hex()}


def test_hashing_finds_shared_words() -> None:
    embedder = HashingEmbedder()
    query = embedder.embed_query("合同通知期")
    near, far = embedder.embed_documents(["本合同的通知期为三个月。", "公园里的天气很好。"])
    assert query @ near > 0.3 > query @ far


@pytest.mark.parametrize("rows", [[[3.0, 4.0], [0.0, 0.0]], [[0.0, -2.0], [1e-20, 0.0]]])
def test_unit(rows: list[list[float]]) -> None:
    expected = [
        [x / (h or 1) for x in row] if (h := float(np.linalg.norm(row))) else [1.0, 0.0] for row in rows
    ]
    np.testing.assert_allclose(unit(rows), expected, atol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_unit_refuses_what_is_not_finite(bad: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        unit([[1.0, bad]])


@given(lengths=st.lists(st.integers(0, 300), max_size=40), tokens=st.integers(1, 600))
def test_longest_first(lengths: list[int], tokens: int) -> None:
    batches = list(longest_first(lengths, tokens=tokens))
    flat = [index for batch in batches for index in batch]
    assert sorted(flat) == list(range(len(lengths)))
    assert [lengths[index] for index in flat] == sorted(lengths, reverse=True)
    assert all(len(batch) == 1 or len(batch) * lengths[batch[0]] <= tokens for batch in batches)
