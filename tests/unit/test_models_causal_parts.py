"""The parts of the language model of this machine, against slow and plain ways to the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")

import torch
from tiny_model import make_model
from transformers import AutoTokenizer, DynamicCache, LlamaConfig

from ragkit.models.causal.int8 import Int8Linear
from ragkit.models.causal.keys_values import KeysValues, boundary, parts
from ragkit.models.causal.lookup import Lookup
from ragkit.models.causal.packed import PackedLinear, can_pack
from ragkit.models.causal.pieces import Pieces
from ragkit.models.causal.prefix_cache import PrefixCache
from ragkit.models.causal.trace import copies

CONFIG = LlamaConfig(num_hidden_layers=2, num_key_value_heads=1, num_attention_heads=1, hidden_size=4)
few = st.lists(st.integers(0, 3), max_size=30)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]  # transformers' own
    return AutoTokenizer.from_pretrained(make_model(tmp_path_factory.mktemp("tiny")))


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=40), stop=st.lists(st.text(min_size=1, max_size=3), max_size=3))
def test_pieces_are_the_text_up_to_the_first_stop_string(tokenizer, text: str, stop: list[str]) -> None:  # type: ignore[no-untyped-def]
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    whole = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    pieces, shown = Pieces(tokenizer, stop), ""
    for token in ids:
        shown += pieces.add(token)
        assert whole.startswith(shown)
        assert not any(one in shown for one in stop)
        if pieces.ended:
            break
    else:
        shown += pieces.rest()
    ends = [whole.index(one) for one in stop if one in whole]
    assert shown == whole[: min(ends, default=len(whole))]
    assert pieces.ended == bool(ends)


@given(ids=few, most=st.integers(0, 5))
def test_a_guess_is_what_followed_the_last_tokens_before(ids: list[int], most: int) -> None:
    lookup = Lookup(4)
    lookup.add(ids[:7])
    lookup.add(ids[7:])
    expected: list[int] = []
    for length in (3, 2):
        starts = [s for s in range(len(ids) - length) if ids[s : s + length] == ids[-length:]]
        if len(ids) >= length and starts:
            expected = ids[starts[-1] + length :][: min(most, 4)]
            break
    assert lookup.guess(most) == expected


@given(ids=few, passages=st.lists(few, max_size=3))
def test_copied_tokens_stand_in_the_passage_in_a_run_of_three(
    ids: list[int], passages: list[list[int]]
) -> None:
    def longest(place: int, passage: Sequence[int]) -> int:
        runs = [
            end - start
            for start in range(place + 1)
            for end in range(place + 1, len(ids) + 1)
            if any(passage[p : p + end - start] == ids[start:end] for p in range(len(passage)))
        ]
        return max(runs, default=0)

    for place, found in enumerate(copies(ids, passages)):
        lengths = [longest(place, passage) for passage in passages]
        best = max(lengths, default=0)
        assert found == (1 + lengths.index(best) if best >= 3 else 0)


@given(tokens=st.integers(1, 2000), known=st.integers(0, 2000))
def test_a_prompt_is_read_in_the_same_parts_whatever_is_known_of_it(tokens: int, known: int) -> None:
    start = boundary(min(known, tokens - 1))
    assert 0 <= start < tokens
    assert parts(start, tokens) == [place for place in parts(0, tokens) if place > start]
    assert parts(0, tokens)[-1] == tokens


def read(known: KeysValues, ids: Sequence[int]) -> None:
    """Stands for a model: the keys and values of a token are its number."""
    for layer in range(2):
        states = torch.tensor([[[[float(token)] * 4 for token in ids]]]) + 100 * layer
        known.cache.update(states, -states, layer)
    known.ids.extend(ids)


@settings(max_examples=50, deadline=None)
@given(steps=st.lists(st.tuples(st.lists(st.integers(0, 99), min_size=1, max_size=400), st.integers(0, 5))))
def test_growing_memory_holds_what_the_original_holds(steps: list[tuple[list[int], int]]) -> None:
    grown, original = KeysValues(CONFIG), DynamicCache(config=CONFIG)
    ids: list[int] = []
    for new, forgotten in steps:
        read(grown, new)
        for layer in range(2):
            states = torch.tensor([[[[float(token)] * 4 for token in new]]]) + 100 * layer
            original.update(states, -states, layer)
        ids += new
        keep = max(1, len(ids) - forgotten)
        grown.keep(keep)
        original.crop(keep - len(ids))
        del ids[keep:]
        assert grown.ids == ids
        for ours, theirs in zip(grown.cache.layers, original.layers, strict=True):
            assert torch.equal(ours.keys, theirs.keys)  # type: ignore[union-attr]  # layers have them
            assert torch.equal(ours.values, theirs.values)  # type: ignore[union-attr]


def cache() -> PrefixCache:
    return PrefixCache(lambda: KeysValues(CONFIG), boundary)


def kept(pool: PrefixCache, ids: Sequence[int], weights: str = "", most_bytes: int = 1 << 30) -> None:
    known = KeysValues(CONFIG)
    read(known, ids)
    known.settled = boundary(len(ids))
    pool.give(known, weights=weights, most_bytes=most_bytes)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (list(range(400)), 320),
        (list(range(320)), 64),  # the last token must be read
        ([*range(200), *range(300)], 64),
        ([*range(64), 7], 64),
        ([7, *range(399)], 0),
    ],
)
def test_what_begins_alike_is_known(other: list[int], expected: int) -> None:
    pool = cache()
    kept(pool, list(range(350)))
    found = pool.take(other, weights="")
    assert found.ids == other[:expected]
    layers = [layer.keys[0, 0, :, 0] for layer in found.cache.layers] if expected else []  # type: ignore[union-attr,index]
    for number, keys in enumerate(layers):
        assert keys.tolist() == [token + 100.0 * number for token in other[:expected]]


def test_a_text_is_taken_by_one_only_and_other_weights_never() -> None:
    pool = cache()
    ids = list(range(400))
    kept(pool, ids)
    assert pool.take(ids, weights="adapter").ids == []
    assert len(pool.take(ids, weights="").ids) == 320
    assert pool.take(ids, weights="").ids == []


def test_a_long_text_survives_a_short_beginning() -> None:
    pool = cache()
    ids = list(range(400))
    kept(pool, ids)
    assert len(pool.take([*range(64), 7, 8], weights="").ids) == 64
    assert len(pool.take(ids, weights="").ids) == 320


def test_memory_is_bounded_and_the_oldest_gives_way() -> None:
    pool = cache()
    texts = [[n, *range(100)] for n in range(5)]
    one = KeysValues(CONFIG)
    read(one, texts[0])
    for ids in texts:
        kept(pool, ids, most_bytes=2 * one.bytes)
    assert [len(pool.take(ids, weights="").ids) for ids in texts] == [0, 0, 0, 64, 64]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("rows", [1, 7, 200])
def test_eight_bits_are_nearly_the_same(rows: int, bias: bool) -> None:
    torch.manual_seed(0)
    linear = torch.nn.Linear(96, 64, bias=bias)
    given_ = torch.randn(2, rows, 96)
    with torch.inference_mode():
        exact, made = linear(given_), Int8Linear(linear)(given_)
    assert made.shape == exact.shape
    assert float((made - exact).abs().max()) < 0.05


@pytest.mark.skipif(not can_pack(), reason="this processor or torch computes no bfloat16")
def test_rows_are_the_same_however_many_are_multiplied() -> None:
    torch.manual_seed(0)
    linear = torch.nn.Linear(576, 192)
    rows = torch.randn(16, 576)
    layers: list[torch.nn.Module] = [PackedLinear(linear), Int8Linear(linear)]
    with torch.inference_mode():
        for layer in layers:
            alone = torch.cat([layer(rows[n : n + 1]) for n in range(16)])
            assert torch.equal(layer(rows), alone)
            assert float((alone - linear(rows)).abs().max()) < 0.05
