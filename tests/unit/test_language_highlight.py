"""Words of a question marked in a text, by hand-written examples."""

import pytest

from ragkit.language import AnalyzerConfig, term_spans

TRUTH = [
    ("The cats were running home.", "cat runs", "The [cats] were [running] home."),
    ("The first man on the Moon", "Who was the first on the moon?", "The first man on the [Moon]"),
    ("ISO-9001 and iso 9001", "ISO9001", "[ISO-9001] and [iso] [9001]"),
    ("the ﬁne CAFÉ", "fine cafe", "the [ﬁne] [CAFÉ]"),
    ("e\u0301cole, co\u00adoperate", "École cooperation", "[e\u0301cole], [co\u00adoperate]"),
    ("add ½ cup", "1/2 cup", "add [½] [cup]"),
    ("長江全長6300公里", "长江有多长？", "[長江]全長6300公里"),
    ("黄河的长度", "长江的长度", "黄河的[长度]"),
    ("他会说中文和英文", "中文", "他会说[中文]和英文"),
    ("我有一只猫。", "猫", "我有一只[猫]。"),
    ("使用ＧＰＴ－４模型", "GPT4 模型", "使用[ＧＰＴ－４][模型]"),
    ("𠮷野家 and 🇩🇪 flags", "flag", "𠮷野家 and 🇩🇪 [flags]"),
    (
        "Die Häuser der Stadt sind alt, und das ist für die Bürger ein Problem.",
        "Welches Haus?",
        "Die [Häuser] der Stadt sind alt, und das ist für die Bürger ein Problem.",
    ),
    ("nothing here", "elsewhere", "nothing here"),
    ("", "word", ""),
    ("some text", "", "some text"),
]


@pytest.mark.parametrize(("text", "query", "marked"), TRUTH)
def test_term_spans(text: str, query: str, marked: str) -> None:
    for start, end in reversed(term_spans(text, query, analyzer=AnalyzerConfig().build())):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    assert text == marked
