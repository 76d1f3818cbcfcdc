"""What a question is about, without the words that only ask."""

from __future__ import annotations

import re

_ASKING = (
    "什么 甚么 甚麼 什麼 哪些 哪个 哪個 哪一 哪里 哪裡 哪 谁 誰 多少 几 幾 怎么 怎麼 怎样 怎樣 如何 "
    "为什么 為什麼 为何 為何 吗 嗎 呢 请 請 何时 何時 何 时候 時候 是否 的 了 是 在 有 和 与 與 及 或 被 "
    "把 于 於 对 對 从 從 到 由 以 其 之 这 這 那 个 個 中 上 下 所 为 為 可以 能 会 會 要 叫做 叫 主要 "
    "一 些 位 名 种 種 年"
)
_PATTERN = re.compile("|".join(sorted(map(re.escape, _ASKING.split()), key=len, reverse=True)))


def without_question_words(text: str) -> str:
    """The text with spaces for Chinese question and function words; unchanged if nothing else is left.

    (The words that only ask in English are stopwords of the analyzer.)
    """
    rest = _PATTERN.sub(" ", text)
    return rest if any(char.isalnum() for char in rest) else text
