"""What a sweep is made of: vectors that are kept, the choice of the best, effects, the time that is left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweep_towns import Counted

from ragkit.config import parse_config
from ragkit.embedders import ByScriptConfig, HashingConfig, HashingEmbedder, OnnxConfig
from ragkit.evaluation.records import Score
from ragkit.evaluation.sweep import TrialRecord
from ragkit.evaluation.sweep.pace import Pace
from ragkit.evaluation.sweep.results import best_trial, effects
from ragkit.evaluation.sweep.vectors import SharedEmbedder, VectorCache, shared_embedder
from ragkit.stages import Vectors


def record(number: int, mean: float, *, p95: float = 1.0, **rest: Any) -> TrialRecord:
    score = Score(mean=mean, low=mean, high=mean, questions=9)
    return TrialRecord(key=str(number), number=number, score=score, p95_ms=p95, **{"settings": {}, **rest})


def test_what_is_over_the_budget_cannot_win() -> None:
    slow, fast, slower = record(1, 0.9, p95=150.1), record(2, 0.7, p95=150.0), record(3, 0.95, p95=900.0)
    trials = [slow, fast, slower]
    assert best_trial(trials, None) == slower
    assert best_trial(trials, 200.0) == slow
    assert best_trial(trials, 150.0) == fast
    assert best_trial(trials, 100.0) is None
    failed = TrialRecord(key="4", number=4, settings={}, error="broken")
    assert best_trial([failed], None) is None


def test_of_equal_trials_the_start_wins_then_the_first() -> None:
    equal = [record(2, 0.5), record(1, 0.5), record(0, 0.5, start=True)]
    assert best_trial(equal, None) == equal[2]
    assert best_trial(equal[:2], None) == equal[1]


def test_effects_are_those_that_were_planted() -> None:
    parts = {"a": {1: 0.1, 2: 0.3}, "b": {"x": 0.05, "y": 0.0, "z": 0.1}}
    trials = [
        record(0, mean_a + mean_b, settings={"a": a, "b": b, "c": 1})
        for a, mean_a in parts["a"].items()
        for b, mean_b in parts["b"].items()
    ]
    found = effects([*trials, record(9, 0.99, start=True)])  # no part of the space
    assert [one.setting for one in found] == ["a", "b"]
    assert [one.spread for one in found] == pytest.approx([0.2, 0.1])
    differences = {value.value: value.difference for one in found for value in one.values}
    assert differences == pytest.approx({"1": -0.1, "2": 0.1, "x": 0.0, "y": -0.05, "z": 0.05})
    assert [value.trials for value in found[0].values] == [3, 3]


def test_numbers_of_many_values_stand_in_groups() -> None:
    sizes = (80, 10, 50, 30, 0, 70, 20, 60, 40)
    trials = [record(n, size / 100 + n / 1e6, settings={"size": size}) for n, size in enumerate(sizes * 2)]
    (effect,) = effects(trials)
    found = {one.value: one for one in effect.values}
    assert {name: one.trials for name, one in found.items()} == {"0 to 20": 6, "30 to 50": 6, "60 to 80": 6}
    means = [found[name].mean for name in ("0 to 20", "30 to 50", "60 to 80")]
    assert means == pytest.approx([0.1, 0.4, 0.7], abs=1e-4)


def test_shared_vectors_are_those_of_the_embedder(tmp_path: Path) -> None:
    texts = [f"the house number {number} 房子" for number in range(20)]
    plain = HashingEmbedder(dimension=64)
    for _ in range(2):  # the second time all of them are read from the file
        cache = VectorCache(tmp_path / "vectors.sqlite")
        kept = shared_embedder(HashingConfig(dimension=64), cache)
        assert np.array_equal(kept.embed_documents(texts[:12]), plain.embed_documents(texts[:12]))
        mixed = [*texts[8:], texts[0], texts[0]]
        assert np.array_equal(kept.embed_documents(mixed), plain.embed_documents(mixed))
        assert kept.embed_documents([]).shape == (0, 64)
        assert all(np.array_equal(kept.embed_query(text), plain.embed_query(text)) for text in texts)
        assert (kept.name, kept.dimension, kept.window) == (plain.name, plain.dimension, plain.window)
        cache.close()


def test_what_a_kept_question_took_is_owed(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "vectors.sqlite")
    kept = shared_embedder(HashingConfig(), cache)
    kept.embed_query("why?")
    assert cache.take_owed() == 0.0
    kept.embed_query("why?")
    took = cache.take_owed()
    assert took > 0.0
    cache.close()
    again = VectorCache(tmp_path / "vectors.sqlite")
    shared_embedder(HashingConfig(), again).embed_query("why?")
    assert (again.take_owed(), again.take_owed()) == (took, 0.0)
    again.close()


def test_another_prefix_of_questions_is_another_vector_and_passages_are_the_same(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "vectors.sqlite")
    one, other = (
        SharedEmbedder(Prefixed(prefix), cache, settings=OnnxConfig(query_prefix=prefix).model_dump_json())
        for prefix in ("query: ", "")
    )
    first = one.embed_query("house")
    cache.flush()
    assert not np.array_equal(first, other.embed_query("house"))
    assert np.array_equal(one.embed_documents(["house"]), other.embed_documents(["house"]))
    cache.close()


class Prefixed(HashingEmbedder):
    """Puts words before questions, which its name does not say."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def embed_query(self, text: str) -> Vectors:
        return super().embed_query(self.prefix + text)

    def embed_documents(self, texts: Sequence[str], **_: Any) -> Vectors:
        return np.array([HashingEmbedder().embed_query(text) for text in texts])


def test_embedders_by_script_share_with_the_same_ones_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = VectorCache(tmp_path / "vectors.sqlite")
    both = ByScriptConfig(embedders=(HashingConfig(dimension=32), HashingConfig(dimension=8)))
    plain, kept = both.build(), shared_embedder(both, cache)
    assert np.array_equal(
        kept.embed_documents(["a house", "房子"]), plain.embed_documents(["a house", "房子"])
    )
    assert kept.name == plain.name
    counted = Counted(monkeypatch)
    shared_embedder(HashingConfig(dimension=32), cache).embed_documents(["a house", "a garden"])
    assert counted.texts == {"a garden": 1}
    cache.close()


def test_time_left_tells_trials_that_make_an_index_from_those_that_find_it() -> None:
    pace = Pace()
    short, long = (parse_config(f"chunker: {{type: fixed, size: {size}}}", name="") for size in (50, 90))
    assert pace.left([short]) is None
    pace.note(short, 30.0)
    assert (pace.left([long]), pace.left([short])) == (30.0, None)
    pace.note(short, 2.0)
    assert pace.left([short, long, long]) == 2.0 + 30.0 + 2.0
    assert pace.left([]) == 0.0
