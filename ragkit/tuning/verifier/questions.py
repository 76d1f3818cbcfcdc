"""A question and its answer as one statement, by rule."""

from __future__ import annotations

import re

_WH = re.compile(
    r"\b(?:in |on |at |from |by |to |of |for |with )?(?:what|which)(?: [a-z-]+){0,2}?(?= (?:is|was|are"
    r"|were|did|do|does|has|have|had|can|could|will|would)\b)"
    r"|\b(?:who|whom|when|where|how many(?: [a-z]+)?|how much)\b",
    re.IGNORECASE,
)
_WH_ZH = re.compile(
    "什么时候|甚麼時候|什么时间|哪一年|哪年|哪一天|哪里|哪裡|哪个[^\uff0c\u3002\uff1f?的]{0,4}|哪個|哪些|哪一[个個位种種]|何时|何時|谁|誰|多少|几|什么|什麼|甚麼|哪[^\uff0c\u3002]"
)
_LONGEST = 60  # characters of an answer


def as_statement(question: str, answer: str) -> str:
    """The question with its answer in the place of the question word; "" where the rule does not fit."""
    pattern = _WH_ZH if re.search("[\u4e00-\u9fff]", question) else _WH
    said, count = pattern.subn(lambda _: answer, question.strip(), count=1)
    end = "\u3002" if pattern is _WH_ZH else "."
    return said.rstrip("?\uff1f \u3002") + end if count and len(answer) < _LONGEST else ""
