"""What a model should say, and what it should rather not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random
from typing import Literal

from ragkit.generators.attribution import attributed
from ragkit.generators.passages import Numbered
from ragkit.language import is_cjk
from ragkit.tuning.verifier import chinese, english
from ragkit.tuning.verifier.questions import as_statement

Style = Literal["short", "sentence"]
"""The answer alone, or the question as a statement with the answer in it."""

REFUSAL = "The passages do not answer this question."
REFUSAL_CHINESE = "这些段落没有回答这个问题。"
_FACTS = ("number", "date", "name", "answer")
_TRIES = 6
_FRAME, _FRAME_CHINESE = "We know {}.", "据说{}。"


def refusal(question: str) -> str:
    """That the passages do not answer, in the language of the question."""
    return REFUSAL_CHINESE if _is_chinese(question) else REFUSAL


def reply(question: str, answer: str, *, number: int, style: Style) -> str:
    """The answer as one sentence with the number of its passage, such as "In 1981 [2]."."""
    said = as_statement(question, answer) if style == "sentence" else ""
    return _marked(said or answer, number, chinese_=_is_chinese(question))


def is_cited(text: str, answer: str, passages: Sequence[Numbered]) -> bool:
    """Whether the chain would cite every sentence of a reply, and a place that holds the answer."""
    draft = attributed(text, passages)
    quotes = [cited.quote for sentence in draft.sentences for cited in sentence.citations]
    return all(one.citations for one in draft.sentences) and any(answer in quote for quote in quotes)


def altered(question: str, answer: str, passages: str, others: Sequence[str], *, chance: Random) -> str:
    """The answer with another number, date or name (of `others`) that stands in no passage; "" for none."""
    alter = chinese.altered if _is_chinese(question) else english.altered
    frame = _FRAME_CHINESE if _is_chinese(question) else _FRAME
    start, end = frame.split("{}")
    for _ in range(_TRIES):
        kind, made = alter(frame.format(answer), "", [answer, *others], chance)
        other = made.removeprefix(start).removesuffix(end).strip()
        if kind in _FACTS and made.startswith(start) and other and other not in passages:
            return other
    return ""


def alike(answer: str, others: Sequence[str], *, chance: Random) -> str:
    """Another answer of the same look, number for number and name for name; "" where there is none."""
    rest = [o for o in dict.fromkeys(others) if not answer or (o not in answer and answer not in o)]
    same = [other for other in rest if _look(other) == _look(answer)]
    return chance.choice(same or rest) if rest else ""


def _look(answer: str) -> tuple[bool, bool]:
    return answer[:1].isupper(), any(map(str.isdigit, answer))


def _marked(said: str, number: int, *, chinese_: bool) -> str:
    said = re.sub(r"\s+", " ", said).strip().rstrip(".。 ")
    said = said[:1].upper() + said[1:]
    return f"{said}[{number}]。" if chinese_ else f"{said} [{number}]."


def _is_chinese(text: str) -> bool:
    return any(map(is_cjk, text))
