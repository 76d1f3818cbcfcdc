"""Terms by hand-written examples."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from ragkit.errors import MissingDependency
from ragkit.language import AnalyzerConfig, UnicodeAnalyzer, chinese

TRUTH = [
    ("The cats were running to their houses.", "cat run their hous"),
    ("It's John's; they don't, can't and won’t stop", "john they stop"),
    ("CAFÉ ﬁne ＡＢＣ", "cafe fine abc"),
    ("北京大学", "北 京 大 学 北京 京大 大学"),
    ("我", "我"),
    ("中，文", "中 文"),
    ("東京タワー", "东 京 タ ワ ー 东京 京タ タワ ワー"),
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
    ("one, two;three", "one two three"),
    ("हिन्दी भाषाओं", "हिन्द भाष"),
    ("Привет, мир", "привет мир"),
    ("организации и организация", "организац организац"),
    ("Αθήνας ΑΘΗΝΑ", "αθην αθην"),
    ("第3.2节", "第 3.2 节"),
    ("第３．２節和第3.2.1条", "第 3.2 节 和 第 节和 和第 3.2.1 3 2 1 条"),
    ("使用ＧＰＴ－４模型", "使 用 使用 gpt4 gpt 4 模 型 模型"),
    ("资料库v2.3版", "资 料 库 资料 料库 v2.3 v2 v 2.3 版"),
    ("Ａ１２型ISO-9001认证", "a12 12 型 iso9001 iso 9001 认 证 认证"),
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
    [
        ("資訊檢索", "资讯检索"),
        ("臺灣", "台湾"),
        ("Café", "cafes"),
        ("Łódź", "LODZ"),
        ("３．２", "3.2"),
        ("ISO 9001", "ISO-9001"),
        ("GPT4", "GPT-4"),
        ("email", "e-mail"),
        ("US", "U.S."),
        ("Node.JS", "NodeJS"),
    ],
)
def test_spellings_meet(one: str, other: str) -> None:
    analyzer = UnicodeAnalyzer()
    assert set(analyzer.terms(one)) & set(analyzer.terms(other))


def test_stopwords_stay_where_there_is_nothing_else() -> None:
    assert UnicodeAnalyzer().terms("To be") == ["to", "be"]
    assert UnicodeAnalyzer().query_terms("To be") == {"to": 1.0, "be": 1.0}
    assert UnicodeAnalyzer().content_terms("After all") == ["after", "all"]
    assert UnicodeAnalyzer().terms("Don't") == ["do"]
    assert UnicodeAnalyzer().terms("It does n't .") == ["doe"]


def test_threads_give_the_same_terms() -> None:
    words = [f"runnings{chr(97 + i % 26)}{chr(97 + i // 26)} cities" for i in range(600)]
    with ThreadPoolExecutor(4) as pool:
        parallel = list(pool.map(UnicodeAnalyzer().terms, words))
    assert parallel == [UnicodeAnalyzer().terms(word) for word in words]


def test_words_of_little_content_weigh_little_in_questions() -> None:
    analyzer = UnicodeAnalyzer()
    assert analyzer.query_terms("Who was the first president?") == {
        "who": 0.4,
        "first": 0.4,
        "presid": 1.0,
    }
    assert analyzer.content_terms("Who was the first president?") == ["presid"]
    assert analyzer.query_terms("rust, rust") == {"rust": 2.0}


def test_chinese_that_only_asks_weighs_little_in_questions() -> None:
    assert UnicodeAnalyzer().query_terms("黄河有多长") == {
        "黄": 1.0,
        "河": 1.0,
        "黄河": 1.0,
        "河有": 0.5,
        "有多": 0.3,
        "多长": 0.3,
    }
    assert UnicodeAnalyzer().query_terms("谁") == {"谁": 1.0}
    assert UnicodeAnalyzer().query_terms("会社の人")["人"] == 1.0, "Japanese asks with other words"


GERMAN = "Die Häuser der Stadt sind nicht alt, und das ist für die Bürger von Ulm ein Problem."


def test_a_text_has_the_stems_of_its_language_beside_the_common_ones() -> None:
    terms = UnicodeAnalyzer().terms(GERMAN)
    assert terms[:5] == ["die", "hauser", "haus", "der", "stadt"]
    assert UnicodeAnalyzer().query_terms("Welches Haus?") == {"welch": 0.4, "haus": 1.0}
    assert UnicodeAnalyzer().query_terms("Welche Häuser?") == {"welch": 0.4, "hauser": 0.5, "haus": 0.5}


@pytest.mark.parametrize("query", ["Welches Haus?", "Haus", "Häuser", "hauser", "What are Häuser?", "Hauses"])
def test_a_short_question_meets_a_text_in_another_language(query: str) -> None:
    assert set(UnicodeAnalyzer().query_terms(query)) & set(UnicodeAnalyzer().terms(GERMAN))


def test_english_has_english_stems_only() -> None:
    text = "The houses of the city are old, and the citizens of Ulm say: Das ist ein Problem für die Bürger."
    assert UnicodeAnalyzer().terms(text)[:4] == ["hous", "citi", "old", "citizen"]
    assert UnicodeAnalyzer().query_terms("houses for sale") == {"hous": 1.0, "sale": 1.0}


def test_jieba_gives_words_and_another_name() -> None:
    pytest.importorskip("jieba")
    analyzer = AnalyzerConfig(chinese="jieba").build()
    assert analyzer.terms("北京大學的圖書館") == ["北京", "大学", "北京大学", "的", "图书", "书馆", "图书馆"]
    assert analyzer.terms("タワー GPT-4") == UnicodeAnalyzer().terms("タワー GPT-4")
    assert "chinese=jieba-" in analyzer.name
    assert analyzer.name != UnicodeAnalyzer().name


def test_jieba_missing_is_an_error_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jieba", None)
    chinese._jieba_version.cache_clear()
    with pytest.raises(MissingDependency, match=r"pip install 'ragkit\[jieba\]'"):
        _ = AnalyzerConfig(chinese="jieba").build().name
    chinese._jieba_version.cache_clear()
