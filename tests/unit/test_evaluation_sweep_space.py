"""What a sweep may try is checked whole before anything runs; what is written is what was tried."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.config import Config, load_config, parse_config, preset_names
from ragkit.errors import ConfigError
from ragkit.evaluation import Question
from ragkit.evaluation.sweep import Space, chain_yaml, parse_space
from ragkit.evaluation.sweep.ranges import Range
from ragkit.evaluation.sweep.splitting import split_questions
from ragkit.evaluation.sweep.trials import choose_trials, combined

MIXED = """
chain: accurate
space:
  chunker.size: [100, 200]
  retriever.type: [hybrid, bm25]
  retriever.rrf_k: [10, 60]
"""


def space(text: str) -> Space:
    return parse_space(text, name="space.yaml")


def refused(text: str, *, count: int | None = None) -> str:
    with pytest.raises(ConfigError) as error:
        choose_trials(space(text), count=count, seed=0)
    return str(error.value)


def test_every_problem_is_told_with_its_setting_and_what_would_be_valid() -> None:
    said = refused("space: {chunker.sise: [100], retriever.fusion: [rff], candidates: [0, 10]}")
    assert "chunker.sise: unknown key (did you mean 'size'?); valid: type, size, overlap" in said
    assert "retriever.fusion: 'rff' is not valid; valid: adaptive, weighted or rrf" in said
    assert "candidates: 0 is not valid: Input should be greater than or equal to 1 (in 1 combination)" in said
    assert "reranker.type: 'none' is not known; valid: keep_order" in refused(
        "space: {reranker.type: [none]}"
    )
    assert "'no-such-model' is not known" in refused("space: {embedder.model: [no-such-model]}")
    assert "candidates is one value" in refused("space: {candidates.depth: [1]}")
    assert "rerankr: unknown key (did you mean 'reranker'?)" in refused("space: {rerankr.type: [keep_order]}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chains: default\nspace: {limit: [1]}", "chains: unknown key (did you mean 'chain'?)"),
        ("chain: default", "space: None is not like"),
        ("space: {limit: 5}", "space.limit: 5 is no list and no range"),
        ("space: {limit: []}", "space.limit: the list is empty"),
        ("space: {index: [a, b]}", "space.index: cannot be searched"),
        ("space: {limit: {low: 1, high: 9, steps: 2}}", "space.limit: unknown key 'steps'; valid: low, high"),
        ("space: {limit: {low: 9, high: 1}}", "space.limit: low (9) must be below high (1)"),
        (
            "space: {limit: {low: 0, high: 1, log: true}}",
            "space.limit: log goes without step, and with a low",
        ),
        ("space: {limit: {low: 1, high: many}}", "space.limit: high: 'many' is not valid"),
        ("space: {limit: [1]\n", "space.yaml is not valid YAML"),
        ("chain: defalt\nspace: {limit: [1]}", "Did you mean the preset 'default'"),
        ("chain: {limit: 0}\nspace: {limit: [1]}", "space.yaml, chain has 1 problem"),
    ],
)
def test_a_file_that_is_no_space_says_why(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said.replace("(", r"\(").replace(")", r"\)").replace("?", r"\?")):
        space(text)


def test_invalid_combinations_are_left_out_when_asked_and_counted() -> None:
    assert "retriever.rrf_k: unknown key; valid: type (in 4 combinations)" in refused(MIXED)
    chosen = choose_trials(space(MIXED), count=None, seed=0, skip_invalid=True)
    assert [one.settings["retriever.type"] for one in chosen.trials[1:]] == ["hybrid"] * 4
    assert chosen.skipped == {"retriever.rrf_k: unknown key; valid: type": 4}


def test_a_grid_is_every_combination_once_and_the_chain_itself() -> None:
    sizes, fusions, candidates = [150, 300], ["adaptive", "rrf"], [20, 30]
    text = f"space: {{chunker.size: {sizes}, retriever.fusion: {fusions}, candidates: {candidates}}}"
    trials = choose_trials(space(text), count=None, seed=0).trials
    found = [(t.config.chunker.size, t.config.retriever.fusion, t.config.candidates) for t in trials]  # type: ignore[union-attr]  # markdown and hybrid
    assert sorted(found) == sorted(product(sizes, fusions, candidates))
    assert (trials[0].start, trials[0].config) == (True, load_config("default"))
    assert [t.number for t in trials] == list(range(8))
    assert sum(t.start for t in trials) == 1
    other = choose_trials(space("space: {candidates: [7, 8]}"), count=None, seed=0).trials
    assert [(t.start, t.config.candidates) for t in other] == [(True, 30), (False, 7), (False, 8)]


def test_another_type_drops_the_settings_of_the_one_before_and_no_others() -> None:
    chain = load_config("accurate")
    made = combined(chain, {"reranker.type": "keep_order", "candidates": 9})
    assert made == chain.model_copy(update={"reranker": load_config("default").reranker, "candidates": 9})
    kept = combined(chain, {"reranker.weight": 0.5})
    assert isinstance(kept, Config)
    assert kept.reranker == chain.reranker.model_copy(update={"weight": 0.5})


def test_parts_may_be_given_whole() -> None:
    made = combined(load_config("accurate"), {"reranker": {"type": "cross_encoder"}, "reranker.weight": 0.5})
    assert made == parse_config("{reranker: {type: cross_encoder, weight: 0.5}}", name="")


@given(st.integers(0, 99), st.integers(1, 10), st.integers(1, 10))
@settings(max_examples=15, deadline=None)
def test_more_trials_begin_with_those_of_fewer(seed: int, few: int, more: int) -> None:
    drawn = space("space: {chunker.size: {low: 8, high: 500}, retriever.dense_weight: {low: 0.0, high: 1.0}}")
    fewer, many = (choose_trials(drawn, count=count, seed=seed).trials for count in (few, few + more))
    assert [t.key for t in many[: len(fewer)]] == [t.key for t in fewer]
    assert len({t.key for t in many}) == len(many) == few + more + 1


def test_no_more_is_drawn_than_there_is() -> None:
    small = space("space: {candidates: [10, 20, 30], limit: [5, 6]}")
    trials = choose_trials(small, count=50, seed=3).trials
    assert len(trials) == 7  # limit is 8 in the chain itself
    assert {t.key for t in trials} == {t.key for t in choose_trials(small, count=None, seed=0).trials}


def test_a_range_without_steps_is_no_grid() -> None:
    assert "chunker.size has no steps" in refused("space: {chunker.size: {low: 100, high: 600}}")
    huge = refused("space: {chunker.size: {low: 8, high: 90000, step: 1}}")
    assert "89,993 combinations" in huge
    assert "--trials" in huge


@given(st.integers(1, 50), st.integers(1, 400), st.integers(1, 30), st.integers(0, 9))
def test_ranges_hold_what_they_say(low: int, width: int, step: int, seed: int) -> None:
    chance = random.Random(seed)
    stepped = Range(low=low, high=low + width, step=step)
    assert list(stepped.listed()) == list(range(low, low + width + 1, step))
    assert stepped.draw(chance) in stepped.listed()
    for log in (False, True):
        whole = Range(low=low, high=low + width, log=log).draw(chance)
        parts = Range(low=low / 7, high=(low + width) / 7, log=log).draw(chance)
        assert isinstance(whole, int) and low <= whole <= low + width
        assert isinstance(parts, float) and low / 7 - 1e-9 <= parts <= (low + width) / 7 + 1e-9


def test_by_logarithms_small_numbers_are_drawn_as_often_as_large() -> None:
    chance = random.Random(0)
    drawn = [Range(low=1.0, high=10_000.0, log=True).draw(chance) for _ in range(2000)]
    below = [sum(one < limit for one in drawn) / 2000 for limit in (10, 100, 1000)]  # type: ignore[operator]  # floats
    assert below == pytest.approx([0.25, 0.5, 0.75], abs=0.04)


@pytest.mark.parametrize("name", preset_names())
def test_what_is_written_is_the_chain_and_nothing_more(name: str) -> None:
    chain = load_config(name)
    changed = combined(chain, {"chunker": {"type": "parent", "size": 90}, "results.diversity": 0.4})
    assert isinstance(changed, Config)
    for config in (chain, changed):
        text = chain_yaml(config)
        assert parse_config(text, name="best.yaml") == config
        for line in text.splitlines():
            assert "type:" not in line or ": {type: " in line  # first, as people write it
            rest = text.replace(f"{line}\n", "")
            assert text == "{}\n" or parse_config(rest, name="rest") != config


def asked(number: int, language: str) -> Question:
    return Question(id=str(number), language=language, question="q?")


@given(
    st.lists(st.tuples(st.sets(st.integers(0, 12), max_size=3), st.sampled_from(["en", "zh"])), max_size=40),
    st.floats(0.1, 0.9),
    st.integers(0, 5),
)
@settings(deadline=None)
def test_no_document_is_on_both_sides(made: list[tuple[set[int], str]], share: float, seed: int) -> None:
    questions = [asked(number, language) for number, (_, language) in enumerate(made)]

    def documents(one: Question) -> set[int]:
        return made[int(one.id)][0]

    try:
        split = split_questions(questions, documents, share=share, seed=seed)
    except ConfigError:
        return
    sides = [set().union(*map(documents, side)) for side in (split.development, split.held_out)]
    assert not sides[0] & sides[1]
    assert sorted([*split.development, *split.held_out], key=questions.index) == questions
    assert split == split_questions(questions, documents, share=share, seed=seed)


@given(st.integers(2, 60), st.integers(2, 60), st.floats(0.1, 0.9), st.integers(0, 5))
@settings(deadline=None, max_examples=40)
def test_each_language_is_split_by_the_share(en: int, zh: int, share: float, seed: int) -> None:
    questions = [asked(number, "en" if number < en else "zh") for number in range(en + zh)]
    try:
        split = split_questions(questions, lambda one: [one.id], share=share, seed=seed)
    except ConfigError:
        assert min(en, zh) * min(share, 1 - share) < 1
        return
    for language, count in (("en", en), ("zh", zh)):
        aside = sum(one.language == language for one in split.held_out)
        assert abs(aside - share * count) <= 1


def test_other_seeds_keep_other_questions_aside() -> None:
    questions = [asked(number, "en") for number in range(30)]
    sides = {split_questions(questions, lambda one: [one.id], share=0.5, seed=s).held_out for s in range(5)}
    assert len(sides) == 5


def test_what_cannot_be_split_is_an_error_and_nothing_may_be_kept_aside() -> None:
    questions = [asked(number, "en") for number in range(5)]
    with pytest.raises(ConfigError, match="--held-out 0"):
        split_questions(questions, lambda one: ["same"], share=0.5, seed=0)
    split = split_questions(questions, lambda one: ["same"], share=0, seed=0)
    assert (list(split.development), split.held_out) == (questions, ())
