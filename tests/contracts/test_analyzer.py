"""What every Analyzer promises, on any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.language import AnalyzerConfig
from ragkit.stages import Analyzer

ANALYZERS: list[Analyzer] = [AnalyzerConfig().build()]
text = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("analyzer", ANALYZERS)
@given(text=text)
def test_terms_are_plain(analyzer: Analyzer, text: str) -> None:
    terms = analyzer.terms(text)
    assert all(term and not any(char.isspace() for char in term) for term in terms)
    assert terms == analyzer.terms(text)


@pytest.mark.parametrize("analyzer", ANALYZERS)
@given(text=st.text("abcdefXYZ 中文字 \n", min_size=1))
def test_case_does_not_matter_and_letters_give_terms(analyzer: Analyzer, text: str) -> None:
    assert analyzer.terms(text.upper()) == analyzer.terms(text.lower())
    assert bool(analyzer.terms(text)) == bool(text.strip())


@pytest.mark.parametrize("analyzer", ANALYZERS)
@given(words=st.lists(st.sampled_from(["apple", "中文", "GPT-4", "running", "v2.3", "Straße"]), min_size=1))
def test_a_text_has_the_terms_of_its_words(analyzer: Analyzer, words: list[str]) -> None:
    assert analyzer.terms(" ".join(words)) == [term for word in words for term in analyzer.terms(word)]


@pytest.mark.parametrize("analyzer", ANALYZERS)
def test_long_terms_are_bounded(analyzer: Analyzer) -> None:
    assert max(map(len, analyzer.terms("x" * 100_000 + "." + "y1" * 100_000))) < 1_000


@pytest.mark.parametrize("analyzer", ANALYZERS)
def test_name_is_stable(analyzer: Analyzer) -> None:
    assert analyzer.name == AnalyzerConfig().build().name
    assert analyzer.name.startswith("unicode-1(snowball=english-")
