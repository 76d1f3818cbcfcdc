"""Questions beside passages that answer them, and beside passages that only seem to."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ragkit.entailment.wording import share, worded
from ragkit.tuning.verifier import chinese, english
from ragkit.tuning.verifier.constructing import Row, Statement, carried_over, stated
from ragkit.tuning.verifier.passages import Passage

_KINDS = ("altered", "altered", "removed", "elsewhere")
_MIRRORED = 0.4
_NEAR = 6  # passages of the document, among which the nearest is chosen


def ask(passages: Sequence[Passage], *, seed: int) -> list[Statement]:
    """Every question with a passage, half of those made by rule answered; then what people wrote to fool.

    A question that is not answered differs from one that is in a name, number, date, negation or word of the
    opposite sense, or the passage does (`mirrored`), or the answer was taken out of the passage (`removed`),
    or the passage is another one of the document (`elsewhere`). Rows depend on the document alone.
    """
    documents: dict[str, list[Passage]] = {}
    for passage in passages:
        documents.setdefault(passage.names[0], []).append(passage)
    found: list[Statement] = []
    for passage in passages:
        chance = Random(f"{seed} asked {passage.id}")
        rows = [
            row
            for question, answer in passage.asked
            if any(map(str.isalnum, question)) and answer in passage.text
            for row in _asked(passage, documents[passage.names[0]], question, answer, chance)
        ]
        rows += [("written", passage.text, question, False) for question in passage.unanswered]
        found += stated(passage, "asked", rows)
    return found


def _asked(
    passage: Passage, document: Sequence[Passage], question: str, answer: str, chance: Random
) -> list[Row]:
    """A question that is answered, and one in its likeness that is not, if a rule fits."""
    kind = chance.choice(_KINDS)
    if kind == "altered" and (made := _altered(passage, question, answer, chance)):
        return made
    there = ("answered", passage.text, question, True)
    if kind != "elsewhere" and (rest := _without(passage, answer)):
        return [there, ("removed", rest, question, False)]
    others = [one for one in document if one.id != passage.id and answer not in one.text]
    if not others:
        return [there]
    asked = worded(question).terms
    some = chance.sample(others, min(_NEAR, len(others)))
    nearest = max(some, key=lambda one: share(asked, set(worded(one.text).terms)))
    return [there, ("elsewhere", nearest.text, question, False)]


def _altered(passage: Passage, question: str, answer: str, chance: Random) -> list[Row]:
    rules = chinese if passage.chinese else english
    answers = [other for _, other in passage.asked if other != answer]
    kind, other = rules.altered(question, passage.text, answers, chance)
    if not kind:
        return []
    sentence = next((one for one in passage.sentences if answer in one), "")
    if sentence and chance.random() < _MIRRORED and (changed := carried_over(question, other, sentence)):
        text = passage.text.replace(sentence, changed, 1)
        return [(f"mirrored {kind}", text, other, True), (f"mirrored {kind}", text, question, False)]
    return [("answered", passage.text, question, True), (kind, passage.text, other, False)]


def _without(passage: Passage, answer: str) -> str:
    """The passage without the sentences that hold the answer; "" where little is left."""
    kept = [one for one in passage.sentences if answer not in one]
    if len(kept) == len(passage.sentences) or len(kept) < 2:
        return ""
    return ("" if passage.chinese else " ").join(kept)
