"""What a question is about, without the words that only ask."""

from __future__ import annotations

import re

from ragkit.language.chinese import simplified

# In simplified characters.
_ASKING = (
    "什么 甚么 哪些 哪个 哪一 哪里 哪种 哪 谁 多少 多久 多长 多大 多高 多远 怎么 怎样 "
    "如何 为什么 为何 吗 呢 吧 请问 何时 时候 是否 的 了 是 可以 叫做 称为 主要 什 么 "
    "名字"
)
# These also stand inside words that mean something: 中 in 中国.
_OFTEN_INSIDE = (
    "几怎何请时着过得在有和与及或被把将给让使于对从到由以其之这那该此每各某个"
    "中上下所为能会要叫一些位名种等都也就还而且但并又它他她们你您我做当人"
)
_SURE = "|".join(sorted(_ASKING.split(), key=len, reverse=True))
_SURELY_ASKING = re.compile(_SURE)
_PERHAPS_ASKING = re.compile(f"{_SURE}|[{_OFTEN_INSIDE}]")


def question_spans(text: str, *, sure: bool = False) -> list[tuple[int, int]]:
    """(start, end) of each Chinese question or function word.

    `sure`: without the single characters that may as well be a part of another word.
    """
    if text.isascii():
        return []
    pattern = _SURELY_ASKING if sure else _PERHAPS_ASKING
    return [found.span() for found in pattern.finditer(simplified(text))]


def without_question_words(text: str, *, sure: bool = False) -> str:
    """The text with a space for each of its `question_spans`; unchanged if nothing else is left.

    (The words that only ask in English are stopwords of the analyzer.)
    """
    spans = question_spans(text, sure=sure)
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(text)]
    rest = " ".join(text[end:start] for end, start in zip(ends, starts, strict=True))
    return rest if any(char.isalnum() for char in rest) else text
