"""Normalisations, fusion and the adaptive weight against their formulas."""

from __future__ import annotations

from dataclasses import replace
from math import exp

import pytest
from corpus import scored_hits
from hypothesis import given
from hypothesis import strategies as st

from ragkit.retrievers.adaptive import dense_share, features, fitted, share_of
from ragkit.retrievers.fusion import fuse
from ragkit.retrievers.normalisation import NormalisationMethod, normalised
from ragkit.types import Hit, StageScore

METHODS: tuple[NormalisationMethod, ...] = ("min_max", "theoretical", "z_score", "dbsf")


def ranking(stage: str, least: float) -> st.SearchStrategy[list[Hit]]:
    """Up to 20 hits with falling scores of some of 30 chunks."""
    scores = st.dictionaries(
        st.integers(0, 29).map(lambda number: f"c{number:02}"),
        st.floats(least, 1.0 if stage == "dense" else 40.0, allow_subnormal=False),
        max_size=20,
    )
    return scores.map(
        lambda found: scored_hits(stage, **dict(sorted(found.items(), key=lambda item: -item[1])))
    )


@pytest.mark.parametrize(
    ("method", "stage", "expected"),
    [
        ("min_max", "bm25", [1.0, 0.5, 0.0]),
        ("theoretical", "bm25", [1.0, 5 / 9, 1 / 9]),
        ("theoretical", "dense", [1.0, 6 / 10, 2 / 10]),
        ("z_score", "bm25", [6**0.5, 6**0.5 / 2, 0.0]),
        ("dbsf", "bm25", [0.5 + 1.5**0.5 / 6, 0.5, 0.5 - 1.5**0.5 / 6]),
    ],
)
def test_a_normalisation_is_its_formula(
    method: NormalisationMethod, stage: str, expected: list[float]
) -> None:
    assert normalised(scored_hits(stage, a=9.0, b=5.0, c=1.0), stage=stage, method=method) == pytest.approx(
        expected
    )


@pytest.mark.parametrize("method", METHODS)
@given(found=ranking("dense", -1.0))
def test_a_normalisation_keeps_the_order_and_is_not_negative(
    method: NormalisationMethod, found: list[Hit]
) -> None:
    worth = normalised(found, stage="dense", method=method)
    assert len(worth) == len(found)
    assert worth == sorted(worth, reverse=True)
    assert all(value >= 0.0 for value in worth)


@pytest.mark.parametrize("method", METHODS)
def test_scores_that_are_all_the_same_count_alike(method: NormalisationMethod) -> None:
    assert normalised(scored_hits("bm25", a=2.0, b=2.0), stage="bm25", method=method) == [1.0, 1.0]
    assert normalised([], stage="bm25", method=method) == []


def test_the_constant_of_rank_fusion_can_be_chosen() -> None:
    rankings = {"bm25": (scored_hits("bm25", a=9.0, b=5.0), 0.5), "dense": (scored_hits("dense", b=0.8), 0.5)}
    fused = fuse(rankings, method="rrf", rrf_k=1)
    assert [(hit.chunk.id, hit.score) for hit in fused] == [("b", 0.5 / 3 + 0.5 / 2), ("a", 0.5 / 2)]


@given(lexical=ranking("bm25", 0.001), dense=ranking("dense", -1.0))
def test_the_adaptive_share_follows_from_the_rankings_alone(lexical: list[Hit], dense: list[Hit]) -> None:
    share = dense_share(lexical, dense)
    assert share == dense_share(lexical, dense)
    assert 0.0 <= share <= 1.0
    if not lexical or not dense:
        assert share == (1.0 if dense else 0.0)
    else:
        found = features(lexical, dense)
        assert all(-1e-9 <= value <= 1.0 + 1e-9 for value in found.values())
        assert fitted().keys() == {"constant", *found}


@given(lexical=ranking("bm25", 0.001), dense=ranking("dense", -1.0), factor=st.sampled_from([0.5, 4.0]))
def test_the_share_does_not_depend_on_the_unit_of_the_scores(
    lexical: list[Hit], dense: list[Hit], factor: float
) -> None:
    scaled = scored_hits("bm25", **{hit.chunk.id: factor * hit.score for hit in lexical})
    assert dense_share(scaled, dense) == pytest.approx(dense_share(lexical, dense))


def test_features_describe_both_rankings() -> None:
    lexical = scored_hits("bm25", a=10.0, b=5.0, c=4.0)
    dense = scored_hits("dense", b=0.9, d=0.8, a=0.5)
    assert features(lexical, dense) == pytest.approx(
        {
            "lexical_drop": 0.5,
            "lexical_fall": 0.55,
            "dense_drop": 0.25,
            "dense_fall": 1.0 - 0.75 / 2,
            "overlap": 0.2,
            "lexical_of_dense": 1 / 6,
            "dense_of_lexical": 0.0,
        }
    )


def test_the_share_is_a_logistic_regression() -> None:
    weights = {"constant": 0.5, "overlap": -2.0}
    assert share_of({"overlap": 0.5}, weights) == pytest.approx(1.0 / (1.0 + exp(0.5)))


def test_a_clear_winner_of_one_ranking_draws_the_weight_to_it() -> None:
    flat_words, flat_meaning = (
        scored_hits("bm25", **{f"w{n}": 9.0 - n / 100 for n in range(20)}),
        scored_hits("dense", **{f"m{n}": 0.70 - n / 100 for n in range(20)}),
    )
    clear_words = scored_hits("bm25", w=30.0, **{f"w{n}": 9.0 - n / 100 for n in range(20)})
    clear_meaning = scored_hits("dense", m=0.95, **{f"m{n}": 0.60 - n / 1000 for n in range(20)})
    assert dense_share(clear_words, flat_meaning) < dense_share(flat_words, flat_meaning)
    assert dense_share(flat_words, clear_meaning) > dense_share(flat_words, flat_meaning)


def test_of_several_ranks_of_one_stage_the_best_is_shown() -> None:
    first, second = (
        [replace(hit, stages={"bm25": StageScore(rank=rank, score=1.0)})]
        for hit in scored_hits("bm25", a=1.0)
        for rank in (2, 29)
    )
    for rankings in ({"0": (first, 1.0), "1": (second, 1.0)}, {"0": (second, 1.0), "1": (first, 1.0)}):
        (fused,) = fuse(rankings, method="rrf")
        assert fused.stages["bm25"].rank == 2
