"""The rules of quality, in English and Chinese, against values counted by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import exp, log
from pathlib import Path
from random import Random

import pytest

from ragkit.data.quality import (
    CHINESE,
    ENGLISH,
    Perplexity,
    TextView,
    WordPerplexity,
    filter_file,
    limits_for,
    read_limits,
)
from ragkit.data.quality.filtered import Sieve
from ragkit.data.records import TextSource
from ragkit.errors import ConfigError
from ragkit.language.chinese import log_chance
from ragkit.types import Message

PROSE = (
    "The bridge that stands to the west of the town was opened in 1981 by the Queen, and it has been used "
    "by millions of people since. It took eight years to build. Its towers are a little further apart at "
    "the top than at the bottom, because of the curvature of the earth. The toll was halved in 2012 after "
    "a long debate."
)
CHINESE_PROSE = (
    "长江是亚洲第一长河，也是世界第三长河。它发源于青海省的唐古拉山，流经十一个省级行政区，在上海市注入东海。"
    "长江的干流和支流一起养育了中国三分之一的人口，沿岸有许多重要的城市。这条河的航运在经济中有很大的作用，"
    "不过近年来水质的变化引起了人们的关注。"
)
LIST = "\n".join(f"- item {n}" for n in range(60))


def reasons(text: str, **options: object) -> set[str]:
    return {one.rule for one in Sieve(**options).dropped(TextView(text))}  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [PROSE, CHINESE_PROSE])
def test_prose_passes(text: str) -> None:
    assert reasons(text) == set()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("The bridge was opened. It is of steel. That is all.", "words"),
        ("长江是亚洲的河。它在中国。很长。", "words"),
        (f"{PROSE} " + "# # # " * 20, "symbols"),
        (LIST, "bullet_lines"),
        (f"{PROSE}\n" + "\n".join(f"read on {n}..." for n in range(5)), "ellipsis_lines"),
        (PROSE + " 12 34 56 78 90" * 12, "alphabetic"),
        ("Bridge town opened queen millions people years build towers apart top bottom " * 5, "stopwords"),
        (f"{PROSE}\n" * 5, "duplicate_lines"),
        (f"{PROSE}\n\n" * 5, "duplicate_paragraphs"),
        (PROSE + " buy it now" * 40, "top_3_words"),
        (PROSE + PROSE, "duplicate_10_words"),
        (PROSE.replace(". ", ", "), "sentences"),
        (f"{PROSE} Lorem ipsum dolor sit amet.", "placeholders"),
        (PROSE + " 1234567890" * 40, "digits"),
        (CHINESE_PROSE + CHINESE_PROSE, "duplicate_10_words"),
        (CHINESE_PROSE + "0123456789" * 30, "digits"),
        (CHINESE_PROSE + "，。！？" * 60, "alphabetic"),
        ("山水田林湖草沙冰石土" * 10, "stopwords"),
    ],
)
def test_each_rule_drops_what_it_is_for(text: str, rule: str) -> None:
    assert rule in reasons(text)


def test_shares_are_counted_as_published() -> None:
    view = TextView("a b a b a b c d")  # 8 words of one letter
    assert view.top_run(2) == pytest.approx(3 * 2 / 8)
    assert view.duplicate_runs(2) == pytest.approx(4 / 8)  # the second and third "a b"
    assert TextView("one\none\ntwo").duplicate_lines() == pytest.approx(1 / 3)
    assert TextView("one\none\ntwo").duplicate_line_characters() == pytest.approx(3 / 9)
    assert TextView("").top_run(2) == 0.0


def test_thresholds_are_those_of_the_papers() -> None:
    """Rae et al. 2021, tables A1 and A2."""
    found = {one.name: (one.low, one.high) for one in ENGLISH if one.origin == "Gopher"}
    assert found["words"] == (50, 100_000)
    assert found["mean_word_length"] == (3, 10)
    assert [found[f"top_{n}_words"][1] for n in (2, 3, 4)] == [0.20, 0.18, 0.16]
    assert [found[f"duplicate_{n}_words"][1] for n in range(5, 11)] == [0.15, 0.14, 0.13, 0.12, 0.11, 0.10]
    assert all("ours" in one.origin for one in CHINESE if one.name in {"words", "alphabetic", "stopwords"})


def test_languages_without_their_stopwords_are_not_asked_for_english_ones() -> None:
    german = TextView(
        "Die Brücke wurde im Sommer eröffnet und ist mit der Stadt durch eine Straße verbunden."
    )
    assert "stopwords" not in {one.name for one in limits_for(german, {})}


def test_limits_can_be_changed_and_taken_away() -> None:
    short = "The bridge was opened. It is of steel. That is all."
    assert "words" not in reasons(short, changed=read_limits(["words=5:"], []))
    assert "words" not in reasons(short, changed=read_limits([], ["words"]))
    assert "braces" in reasons(f"{PROSE} {{", changed=read_limits(["braces=:0"], []))


@pytest.mark.parametrize("spec", ["word=5:", "words=5", "words=a:", "words"])
def test_a_limit_that_is_none_is_refused(spec: str) -> None:
    with pytest.raises(ConfigError, match=r"words|choose"):
        read_limits([spec], [])


def test_languages() -> None:
    assert reasons(CHINESE_PROSE, languages=("en",)) == {"language"}
    assert reasons(CHINESE_PROSE, languages=("en", "zh")) == set()


class HalfSure:
    """A language model that reads no Chinese and gives every word the chance 1/2."""

    def reads(self, text: str) -> bool:
        return text.isascii()

    def log_probabilities(self, messages: Sequence[Message], text: str) -> Sequence[float]:
        return [log(0.5)] * len(text.split())


def test_perplexity_is_asked_last_and_says_nothing_of_other_scripts() -> None:
    model = Perplexity(HalfSure(), most=1.5)
    assert reasons(PROSE, perplexity=model) == {"perplexity"}
    assert reasons("too short", perplexity=model) >= {"words"}
    assert reasons(CHINESE_PROSE, perplexity=model) == set()
    assert (model.judged, model.unjudged) == (1, 1)
    assert model.of("a b") == pytest.approx(exp(log(2)))


def test_chinese_in_disorder_surprises_a_model_of_words() -> None:
    pytest.importorskip("jieba")
    model = WordPerplexity(most=1500.0)
    disorder = "".join(Random(0).sample(CHINESE_PROSE, len(CHINESE_PROSE)))
    orderly, shuffled = model.of(CHINESE_PROSE), model.of(disorder)
    assert orderly is not None and shuffled is not None
    assert 1.0 < orderly < shuffled / 2.0
    assert model.of("no Chinese") is None
    rare = model.of("\U00020bb7" * 9)
    assert rare is not None and rare > shuffled
    assert model.of("\u570b\u5bb6") == model.of("\u56fd\u5bb6")  # traditional and simplified
    assert reasons(CHINESE_PROSE, chinese=model) == set()
    assert "perplexity" in reasons(CHINESE_PROSE, chinese=WordPerplexity(most=1.0))
    assert reasons(PROSE, chinese=WordPerplexity(most=1.0)) == set()
    assert (model.judged, model.unjudged) == (6, 1)


def test_the_chance_of_words_is_that_of_their_frequencies() -> None:
    jieba = pytest.importorskip("jieba")
    plain = jieba.Tokenizer()
    plain.initialize()
    one = log(plain.FREQ["\u56fd\u5bb6"] / plain.total)
    assert log_chance("\u56fd\u5bb6") == pytest.approx(one)
    assert log_chance("\u56fd\u5bb6" * 3) == pytest.approx(3 * one)


def test_what_is_dropped_is_counted_and_listed(tmp_path: Path) -> None:
    lines = [{"id": "a", "text": PROSE}, {"id": "b", "text": "Short."}, {"id": "c", "text": LIST}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    source = TextSource.open(tmp_path / "in.jsonl")
    out, gone = tmp_path / "out.jsonl", tmp_path / "gone.jsonl"
    done = filter_file(source, Sieve(), out=out, dropped_to=gone)
    assert [json.loads(line) for line in out.read_text("utf-8").splitlines()] == lines[:1]
    listed = [json.loads(line) for line in gone.read_text("utf-8").splitlines()]
    assert [(one["id"], one["line"]) for one in listed] == [("b", 2), ("c", 3)]
    assert {"rule": "words", "value": 1, "limit": "at least 50, at most 100000", "origin": "Gopher"} in (
        listed[0]["dropped_by"]
    )
    by_rule = {rule.rule: rule for rule in done.rules}
    assert by_rule["words"].texts == 1
    assert by_rule["bullet_lines"].examples[0][0] == 3
    assert (done.lines.read, done.lines.written) == (3, 1)
