"""Measures against the libraries that define them, on random rankings and answers."""

from __future__ import annotations

from itertools import product
from shutil import which
from statistics import mean

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sklearn import metrics as sklearn_metrics

from ragkit.errors import MissingDependency
from ragkit.evaluation import Evidence, Question
from ragkit.evaluation.answers import ANSWER_MEASURES, exact_match, f1, has_answer, words
from ragkit.evaluation.decisions import judge_decisions
from ragkit.evaluation.judging import Judged, Looked
from ragkit.evaluation.measures import parse_measure, scores
from ragkit.evaluation.spans import Span
from ragkit.evaluation.statistics import interval, p_of_drops

TREC = {
    "nDCG@10": "ndcg_cut_10",
    "R@5": "recall_5",
    "RR": "recip_rank",
    "AP": "map",
    "P@5": "P_5",
    "Success@5": "success_5",
}


def looked(number: int, document: str) -> Looked:
    span = Span(document, number, number + 1)
    return Looked(span=span, holds=(), pages=(f"{document} 1",), document=document)


@st.composite
def rankings(draw: st.DrawFn) -> list[Judged]:
    """Questions about whole documents with grades, and rankings of documents, some twice."""
    found = []
    for number in range(draw(st.integers(1, 5))):
        grades = draw(st.dictionaries(st.sampled_from("abcdefghijklmnop"), st.integers(1, 3), min_size=1))
        evidence = tuple(Evidence(source=source, grade=grade) for source, grade in grades.items())
        order = draw(st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), max_size=40))
        found.append(
            Judged(
                question=Question(id=f"q{number}", question="?", evidence=evidence),
                looked=tuple(looked(place, name) for place, name in enumerate(order)),
                right=tuple(() for _ in evidence),
            )
        )
    return found


@settings(max_examples=60, deadline=None)
@given(rankings())
def test_rankings_are_measured_as_trec_eval_does(judged: list[Judged]) -> None:
    qrels = {one.question.id: one.grades("document") for one in judged}
    run = {
        one.question.id: {name: -float(rank) for rank, name in enumerate(one.ranking("document"))}
        for one in judged
    }
    theirs = pytrec_eval.RelevanceEvaluator(qrels, set(TREC.values())).evaluate(run)
    ours = scores([parse_measure(f"Doc{name}") for name in TREC], judged)
    for one in judged:
        expected = theirs.get(one.question.id, {})
        for name, trec in TREC.items():
            assert ours[one.question.id][f"Doc{name}"] == pytest.approx(expected.get(trec, 0.0), abs=1e-6)


@pytest.mark.skipif(which("perl") is None, reason="gdeval is written in Perl")
@settings(max_examples=10, deadline=None)
@given(rankings())
def test_expected_reciprocal_rank_is_that_of_its_paper(judged: list[Judged]) -> None:
    ours = scores([parse_measure("DocERR@5")], judged)
    for one in judged:
        grades, unsatisfied, expected = one.grades("document"), 1.0, 0.0
        for rank, name in enumerate(one.ranking("document")[:5], start=1):
            satisfied = (
                2 ** grades.get(name, 0) - 1
            ) / 2**4  # Chapelle et al. 2009; gdeval's grades end at 4
            expected += unsatisfied * satisfied / rank
            unsatisfied *= 1.0 - satisfied
        assert ours[one.question.id]["DocERR@5"] == pytest.approx(expected, abs=1e-5)


def test_what_needs_perl_is_told_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingDependency, match="DocERR@5 is computed by gdeval, which needs Perl"):
        parse_measure("DocERR@5")
    assert parse_measure("nDCG@5")


@pytest.mark.parametrize(
    "name",
    ["AP(rel=2)@5", "Bpref", "Compat(p=0.8)", "infAP", "IPrec@0.5", "Judged@5", "Rprec", "SetAP", "SetF"],
)
@settings(max_examples=10, deadline=None)
@given(judged=rankings())
def test_every_measure_goes_from_0_to_1_for_each_question(name: str, judged: list[Judged]) -> None:
    values = scores([parse_measure(f"Doc{name}")], judged)
    assert all(0.0 <= values[one.question.id][f"Doc{name}"] <= 1.0 for one in judged)


SENTENCES = st.lists(
    st.sampled_from(["The", "the", "a", "weir", "built", "in", "1811", ",", "stone.", "It-was", "U.S."]),
    max_size=12,
)
HAN = st.text("水坝建于一八年的石头。，1811 ", max_size=14)


@settings(max_examples=100, deadline=None)
@given(SENTENCES, SENTENCES.filter(bool))
def test_english_answers_are_measured_as_their_libraries_do(said: list[str], wanted: list[str]) -> None:
    text, accepted = " ".join(said), " ".join(wanted)
    rouge = RougeScorer(["rouge1", "rouge2", "rougeL"]).score(accepted, text)
    for name, kind in (("ROUGE-1", "rouge1"), ("ROUGE-2", "rouge2"), ("ROUGE-L", "rougeL")):
        assert ANSWER_MEASURES[name](text, accepted) == pytest.approx(rouge[kind].fmeasure, abs=1e-6)
    chrf = CHRF().sentence_score(text, [accepted]).score / 100
    assert ANSWER_MEASURES["chrF"](text, accepted) == pytest.approx(chrf, abs=1e-6)
    bleu = BLEU(effective_order=True).sentence_score(text, [accepted]).score / 100 if text else 0.0
    assert ANSWER_MEASURES["BLEU"](text, accepted) == pytest.approx(bleu, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(HAN.filter(lambda text: any("一" <= char <= "鿿" for char in text)), HAN)
def test_chinese_answers_are_measured_by_characters(accepted: str, text: str) -> None:
    bleu = BLEU(effective_order=True, tokenize="zh").sentence_score(text, [accepted]).score / 100
    assert ANSWER_MEASURES["BLEU"](text, accepted) == pytest.approx(bleu if text.strip() else 0.0, abs=1e-6)
    spaced = (" ".join(words(one)) for one in (text, accepted))
    assert f1(text, accepted) == f1(*spaced)


def squad_f1(text: str, accepted: str) -> float:
    """The evaluation script of SQuAD 1.1."""
    import re
    import string
    from collections import Counter

    def tokens(said: str) -> list[str]:
        said = "".join(char for char in said.lower() if char not in set(string.punctuation))
        return re.sub(r"\b(a|an|the)\b", " ", said).split()

    first, second = tokens(text), tokens(accepted)
    same = sum((Counter(first) & Counter(second)).values())
    if not same:
        return 0.0
    precision, recall = same / len(first), same / len(second)
    return 2 * precision * recall / (precision + recall)


PLAIN = st.lists(st.sampled_from(["The", "the", "a", "weir", "built", "in", "1811", "It"]), max_size=9)


@given(PLAIN, PLAIN.filter(lambda said: {word.lower() for word in said} - {"a", "the"}))
def test_f1_is_that_of_squad(said: list[str], wanted: list[str]) -> None:
    text, accepted = " ".join(said), " ".join(wanted)
    assert f1(text, accepted) == pytest.approx(squad_f1(text, accepted))


def test_exact_match_ignores_case_articles_and_punctuation() -> None:
    assert exact_match("The weir, at Teddington.", "weir at teddington") == 1.0
    assert exact_match("在 1811 年。", "在1811年") == 1.0
    assert exact_match("the weir", "weirs") == 0.0


@pytest.mark.parametrize(
    ("text", "accepted", "holds"),
    [
        ("It took 22 agencies.", "22", True),
        ("It took 1,222 agencies.", "22", False),
        ("The Humber\nBridge", "humber bridge", True),
        ("深度为 200\n多米", "200多米", True),
        ("任天堂64DD总共推出8款游戏", "8款", True),
        ("anything", "", False),
    ],
)
def test_an_answer_counts_in_whole_words(text: str, accepted: str, holds: bool) -> None:
    assert has_answer(text, accepted) == holds


# -- decisions


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0])), min_size=1, max_size=40)
)
def test_decisions_are_measured_as_scikit_learn_does(pairs: list[tuple[bool, float]]) -> None:
    truth, values = [one for one, _ in pairs], [value for _, value in pairs]
    found = judge_decisions(truth, values, threshold=0.5)
    said = [value >= 0.5 for value in values]
    assert found.accuracy == pytest.approx(mean(a == b for a, b in zip(truth, said, strict=True)))
    assert found.true_yes + found.false_yes + found.true_no + found.false_no == found.count == len(pairs)
    assert found.true_yes == sum(a and b for a, b in zip(truth, said, strict=True))
    if len(set(truth)) == 2:
        yes = [value for one, value in pairs if one]
        no = [value for one, value in pairs if not one]
        above = mean(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in product(yes, no))
        assert found.auroc == pytest.approx(above, abs=1e-6)
        assert found.auroc == pytest.approx(sklearn_metrics.roc_auc_score(truth, values), abs=1e-6)
    else:
        assert np.isnan(found.auroc)


def test_decisions_need_as_many_scores_as_truths() -> None:
    for truth in ([], [True]):
        with pytest.raises(ValueError, match="true values for"):
            judge_decisions(truth, [0.1, 0.2][: 2 * len(truth)])


# -- statistics


def p_of_drop(before: list[float], now: list[float]) -> float:
    return p_of_drops({"": np.array(now) - np.array(before)})[""]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=8))
def test_the_chance_of_a_drop_is_that_of_all_signs(pairs: list[tuple[int, int]]) -> None:
    before, now = [float(a) for a, _ in pairs], [float(b) for _, b in pairs]
    differences = [b - a for a, b in pairs if a != b]
    sums = [
        sum(sign * value for sign, value in zip(signs, differences, strict=True))
        for signs in product((1, -1), repeat=len(differences))
    ]
    assert p_of_drop(before, now) == pytest.approx(mean(one <= sum(differences) for one in sums))


def test_many_questions_are_tested_by_chance_and_always_the_same() -> None:
    chance = np.random.default_rng(0)
    before = chance.random(400)
    worse, same = before - 0.02 + chance.normal(0, 0.1, 400), before + chance.normal(0, 0.1, 400)
    assert p_of_drop(before.tolist(), worse.tolist()) < 0.01
    assert p_of_drop(before.tolist(), same.tolist()) == p_of_drop(before.tolist(), same.tolist()) > 0.05


def test_false_alarms_are_as_rare_as_they_are_said_to_be() -> None:
    """Of runs that are alike, about one in twenty has p below 0.05."""
    chance = np.random.default_rng(1)
    alarms = sum(
        p_of_drop(before.tolist(), (before + chance.normal(0, 0.3, 12)).tolist()) < 0.05
        for before in chance.random((300, 12))
    )
    assert 4 <= alarms <= 28  # 15 +- 3.5 standard deviations


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(*[st.one_of(st.none(), st.integers(-3, 3).map(float))] * 3), min_size=1, max_size=7)
)
def test_p_values_of_several_means_are_those_of_westfall_and_young(
    rows: list[tuple[float | None, ...]],
) -> None:
    """Their step-down minP procedure, literally: over all signs, mean by mean from the least likely on."""
    table = np.array([[0.0 if value is None else value for value in row] for row in rows])
    ways = np.array([np.array(signs) @ table for signs in product((1, -1), repeat=len(rows))])

    def chance(column: int, total: float) -> float:
        return float(np.mean(ways[:, column] <= total + 1e-9))

    tested = [column for column in range(3) if table[:, column].any()]
    raw = {column: chance(column, table[:, column].sum()) for column in tested}
    order = sorted(tested, key=raw.__getitem__)
    expected, highest = dict.fromkeys(range(3), 1.0), 0.0
    for place, column in enumerate(order):
        least = [min(chance(other, way[other]) for other in order[place:]) for way in ways]
        highest = max(highest, float(np.mean([one <= raw[column] + 1e-12 for one in least])))
        expected[column] = highest
    columns = {str(n): np.array([np.nan if row[n] is None else row[n] for row in rows]) for n in range(3)}
    assert p_of_drops(columns) == {str(n): pytest.approx(value) for n, value in expected.items()}


def test_of_many_measures_that_are_alike_a_false_alarm_stays_as_rare_as_of_one() -> None:
    chance = np.random.default_rng(3)
    alarms = 0
    for _ in range(200):
        common = chance.normal(0, 0.3, (30, 1))
        table = common + chance.normal(0, 0.2, (30, 9))
        alarms += min(p_of_drops({str(n): table[:, n] for n in range(9)}).values()) < 0.05
    assert 2 <= alarms <= 21  # 10 +- 3.5 standard deviations


def test_seven_questions_that_lose_everything_are_enough_whatever_the_number_of_measures() -> None:
    lost = -np.ones(7)
    found = p_of_drops({str(number): lost for number in range(20)} | {"other": np.full(7, np.nan)})
    assert {found[str(number)] for number in range(20)} == {1 / 128}
    assert found["other"] == 1.0
    assert p_of_drops({}) == {}


def test_intervals_hold_the_true_mean_as_often_as_they_say() -> None:
    chance = np.random.default_rng(2)
    held = 0
    for _ in range(100):
        found = interval((chance.random(60) < 0.7).astype(float).tolist())
        held += found.low <= 0.7 <= found.high
    assert held >= 86
    assert interval([0.25, 0.25]).low == interval([0.25]).high == 0.25
