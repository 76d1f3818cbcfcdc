"""Terms by hand-written examples."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ragkit.language import UnicodeAnalyzer

TRUTH = [
    ("The cats were running to their houses.", "cat run hous"),
    ("It's John's; they don't, can't and won’t stop", "john stop"),
    ("CAFÉ ﬁne ＡＢＣ", "café fine abc"),
    ("北京大学", "北 京 大 学 北京 京大 大学"),
    ("我", "我"),
    ("中，文", "中 文"),
    ("東京タワー", "東 京 タ ワ ー 東京 京タ タワ ワー"),
    ("한국", "한 국 한국"),
    ("使用GPT-4模型", "使 用 使用 gpt4 gpt 4 模 型 模型"),
    ("BERT模型的tokens", "bert 模 型 的 模型 型的 token"),
    ("ISO-9001", "iso9001 iso 9001"),
    ("ISO9001", "iso9001 iso 9001"),
    ("v2.3", "v2.3 v2 v 2.3"),
    ("3.2.1", "3.2.1 3 2 1"),
    ("N123AB", "n123ab n 123 ab"),
    ("e-mail", "email e mail"),
    ("snake_case", "snakecas snake case"),
    ("R&D in the U.S.", "rd us"),
    ("C++ or C#", "c++ c c# c"),
    ("1,234,567.89 and 3.14", "1234567.89 3.14"),
    ("2019-20", "2019-20 2019 20"),
    ("one, two;three", "two three"),
    ("हिन्दी भाषा", "हिन्दी भाषा"),
    ("Привет, мир", "привет мир"),
    ("co\u00adoperate", "cooper"),
    ("bill of the fire system", "bill fire system"),
    ("", ""),
    ("--- # !", ""),
]


@pytest.mark.parametrize(("text", "terms"), TRUTH)
def test_terms(text: str, terms: str) -> None:
    assert UnicodeAnalyzer().terms(text) == terms.split()


@pytest.mark.parametrize(
    ("one", "other"),
    [("ISO 9001", "ISO-9001"), ("GPT4", "GPT-4"), ("email", "e-mail"), ("US", "U.S."), ("Node.JS", "NodeJS")],
)
def test_spellings_meet(one: str, other: str) -> None:
    analyzer = UnicodeAnalyzer()
    assert set(analyzer.terms(one)) & set(analyzer.terms(other))


def test_stopwords_stay_where_there_is_nothing_else() -> None:
    assert UnicodeAnalyzer().terms("To be or not to be") == ["to", "be", "or", "not", "to", "be"]
    assert UnicodeAnalyzer().terms("Don't") == ["do"]


def test_threads_give_the_same_terms() -> None:
    words = [f"runnings{chr(97 + i % 26)}{chr(97 + i // 26)} cities" for i in range(600)]
    with ThreadPoolExecutor(4) as pool:
        parallel = list(pool.map(UnicodeAnalyzer().terms, words))
    assert parallel == [UnicodeAnalyzer().terms(word) for word in words]
