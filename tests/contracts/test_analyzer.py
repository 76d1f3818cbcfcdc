"""What every Analyzer promises, on any text."""

from collections import Counter
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.language import AnalyzerConfig, term_spans
from ragkit.stages import Analyzer

CONFIGS = [AnalyzerConfig(), *([AnalyzerConfig(chinese="jieba")] if find_spec("jieba") else [])]
ANALYZERS: list[Analyzer] = [config.build() for config in CONFIGS]
WORDS = ["apple", "北京", "GPT-4", "running", "v2.3", "Straße", "臺灣", "мир", "café"]
text = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("analyzer", ANALYZERS)
@settings(deadline=None)  # the first text waits for jieba's dictionary
@given(text=text)
def test_terms_are_plain(analyzer: Analyzer, text: str) -> None:
    terms = analyzer.terms(text)
    assert all(term and not any(char.isspace() for char in term) for term in terms)
    assert terms == analyzer.terms(text)


@pytest.mark.parametrize("analyzer", ANALYZERS)
@given(text=text)
def test_questions_have_weighted_terms(analyzer: Analyzer, text: str) -> None:
    weights = analyzer.query_terms(text)
    assert all(term and not any(char.isspace() for char in term) for term in weights)
    assert all(weight > 0.0 for weight in weights.values())
    assert bool(weights) == bool(analyzer.terms(text))


@pytest.mark.parametrize("analyzer", ANALYZERS)
@given(words=st.lists(st.sampled_from(WORDS), min_size=1))
def test_a_question_finds_the_passage_of_its_words(analyzer: Analyzer, words: list[str]) -> None:
    sought, held = analyzer.query_terms(" ".join(words)), Counter(analyzer.terms(" ".join(words)))
    assert set(sought) >= set(held)
    assert all(sought[term] <= held[term] for term in held), "nothing weighs more than a plain word"


@pytest.mark.parametrize("analyzer", ANALYZERS)
@given(text=st.text("abcdefXYZ 中文字 \n", min_size=1))
def test_case_does_not_matter_and_letters_give_terms(analyzer: Analyzer, text: str) -> None:
    assert analyzer.terms(text.upper()) == analyzer.terms(text.lower())
    assert bool(analyzer.terms(text)) == bool(text.strip())


@pytest.mark.parametrize("analyzer", ANALYZERS)
@given(words=st.lists(st.sampled_from(WORDS), min_size=1))
def test_a_text_has_the_terms_of_its_words(analyzer: Analyzer, words: list[str]) -> None:
    assert analyzer.terms(" ".join(words)) == [term for word in words for term in analyzer.terms(word)]


@pytest.mark.parametrize("analyzer", ANALYZERS)
@given(word=st.sampled_from([*WORDS, "Häuser", "und", "naïve"]))
def test_a_text_in_any_language_has_the_terms_of_its_words(analyzer: Analyzer, word: str) -> None:
    for around in (
        "The end of the {} is near, and it was from the start.",
        "Das {} ist für die Stadt nicht so gut.",
    ):
        assert set(analyzer.terms(word)) <= set(analyzer.terms(around.format(word)))


@pytest.mark.parametrize("analyzer", ANALYZERS)
def test_long_terms_are_bounded(analyzer: Analyzer) -> None:
    assert max(map(len, analyzer.terms("x" * 100_000 + "." + "y1" * 100_000))) < 1_000


@pytest.mark.parametrize("config", CONFIGS)
def test_name_tells_every_setting(config: AnalyzerConfig) -> None:
    assert config.build().name == config.build().name
    assert config.build().name.startswith("unicode-2(snowball=")
    assert f"chinese={config.chinese}" in config.build().name


@pytest.mark.parametrize("config", CONFIGS)
@given(text=text, query=text)
def test_marked_spans_lie_in_order_within_the_text(config: AnalyzerConfig, text: str, query: str) -> None:
    edges = [edge for span in term_spans(text, query, analyzer=config.build()) for edge in span]
    assert edges == sorted(edges)
    assert all(start < end <= len(text) for start, end in zip(edges[::2], edges[1::2], strict=True))


@pytest.mark.parametrize("config", CONFIGS)
@given(words=st.lists(st.sampled_from(WORDS), min_size=1))
def test_each_word_of_the_question_is_marked(config: AnalyzerConfig, words: list[str]) -> None:
    text = "  ".join(words)
    spans = term_spans(text, " ".join(set(words)), analyzer=config.build())
    assert [text[start:end] for start, end in spans] == words
