"""Statements made of passages by rule: each supported one beside an unsupported one in the same words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from ragkit.entailment.wording import share, worded
from ragkit.language.script import is_cjk
from ragkit.tuning.verifier import chinese, english
from ragkit.tuning.verifier.passages import Passage
from ragkit.tuning.verifier.questions import as_statement

_SHORTEST, _LONGEST = 6, 70  # tokens of a sentence that statements are made of
_LONGEST_CHINESE = 100
_MIRRORED = 0.45
_KEPT = 0.15  # of the supported statements stand in the passage as they are
_KINDS = ("altered", "altered", "altered", "altered", "altered", "removed", "joined", "elsewhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is said of an evidence text, whether that supports it, and how it was made."""

    id: str
    source: str
    evidence: str
    text: str
    supported: bool
    kind: str


Row = tuple[str, str, str, bool]
"""Kind, evidence, statement, whether it is supported."""


def stated(passage: Passage, label: str, rows: Sequence[Row]) -> list[Statement]:
    """The rows that were made of a passage as statements, numbered under a label."""
    return [
        Statement(
            id=f"{passage.id} {label} {number}",
            source=passage.source,
            evidence=evidence,
            text=text,
            supported=supported,
            kind=kind,
        )
        for number, (kind, evidence, text, supported) in enumerate(rows)
    ]


def construct(passages: Sequence[Passage], *, seed: int, most: int) -> list[Statement]:
    """Up to `most` statements, half of them supported; a passage's rows do not depend on the others chosen.

    An unsupported statement differs from a supported one in a number, a date, a name, a negation, a word of
    the opposite sense or who did what; or it says more than the passage does; or the sentence that it is made
    of was taken out of the passage; or it is of another passage. Where something was altered, the passage is
    as often altered in its place (`mirrored`), so that a statement alone never tells whether it is supported.
    """
    maker = _Maker(passages)
    found: list[Statement] = []
    order = sorted(passages, key=lambda one: Random(f"{seed} {one.id}").random())
    for turn in range(8):
        for passage in order:
            if len(found) >= most:
                return found
            found += maker.made(passage, turn, Random(f"{seed} {turn} {passage.id}"))
    return found


class _Maker:
    def __init__(self, passages: Sequence[Passage]) -> None:
        self._articles: dict[str, list[Passage]] = {}
        for passage in passages:
            self._articles.setdefault(passage.names[0], []).append(passage)
        self._all = list(passages)

    def made(self, passage: Passage, turn: int, chance: Random) -> list[Statement]:
        """The statements of one sentence of a passage: none, or as many supported as unsupported."""
        rules = chinese if passage.chinese else english
        sentences = [one for one in passage.sentences if _is_fit(one)]
        if not sentences:
            return []
        sentence = sentences[chance.randrange(len(sentences))]
        base = self._base(passage, sentence, chance)
        said = base if chance.random() < _KEPT else rules.reworded(base, chance)
        kind = chance.choice(_KINDS)
        made = {
            "altered": self._altered, "removed": self._removed, "joined": self._joined,
            "elsewhere": self._elsewhere,
        }[kind](passage, sentence, said, chance)  # fmt: skip
        return stated(passage, str(turn), made)

    def _base(self, passage: Passage, sentence: str, chance: Random) -> str:
        """The sentence, or a question that it answers as a statement."""
        stated = [as_statement(*asked) for asked in passage.asked if asked[1] in sentence]
        stated = [one for one in stated if one and _is_fit(one)]
        return chance.choice(stated) if stated and chance.random() < 0.35 else sentence

    def _altered(self, passage: Passage, sentence: str, said: str, chance: Random) -> list[Row]:
        rules = chinese if passage.chinese else english
        kind, other = rules.altered(said, passage.text, self._answers(passage, chance), chance)
        if not kind:
            return []
        changed = carried_over(said, other, sentence) if chance.random() < _MIRRORED else ""
        if changed:
            text = passage.text.replace(sentence, changed, 1)
            return [(f"mirrored {kind}", text, other, True), (f"mirrored {kind}", text, said, False)]
        return [("reworded", passage.text, said, True), (kind, passage.text, other, False)]

    def _removed(self, passage: Passage, sentence: str, said: str, chance: Random) -> list[Row]:
        del chance
        rest = passage.text.replace(sentence, "", 1).strip()
        if len(rest) < len(sentence):
            return []
        return [("reworded", passage.text, said, True), ("removed", rest, said, False)]

    def _joined(self, passage: Passage, sentence: str, said: str, chance: Random) -> list[Row]:
        """With another sentence of the passage, and with one of another passage about as long."""
        rules = chinese if passage.chinese else english
        near = [one for one in passage.sentences if one != sentence and _is_fit(one)]
        far = [one for one in self._far(passage, chance) if _is_fit(one)]
        if not near or not far:
            return []
        true = chance.choice(near)
        false = min(far, key=lambda one: abs(len(one) - len(true)))
        pair = (said, true), (said, false)
        if chance.random() < 0.5:
            pair = (true, said), (false, said)
        yes, no = (rules.joined(*both) for both in pair)
        return [("joined", passage.text, yes, True), ("more", passage.text, no, False)]

    def _elsewhere(self, passage: Passage, sentence: str, said: str, chance: Random) -> list[Row]:
        """The sentence of another passage of the document that shares most with this passage."""
        del sentence
        rules = chinese if passage.chinese else english
        held = set(worded(passage.text).terms)
        far = [one for one in self._far(passage, chance) if _is_fit(one)]
        if not far:
            return []
        nearest = max(far, key=lambda one: share(worded(one).terms, held))
        return [
            ("reworded", passage.text, said, True),
            ("elsewhere", passage.text, rules.reworded(nearest, chance), False),
        ]

    def _far(self, passage: Passage, chance: Random) -> list[str]:
        """Sentences of another passage that this one has not."""
        return [one for one in self._other(passage, chance).sentences if one not in passage.text]

    def _other(self, passage: Passage, chance: Random) -> Passage:
        others = [one for one in self._articles[passage.names[0]] if one.id != passage.id]
        while True:
            other = chance.choice(others or self._all)
            if other.id != passage.id or len(self._all) < 2:
                return other

    def _answers(self, passage: Passage, chance: Random) -> list[str]:
        """What is said of this passage, of others of its document, and of any others."""
        article = self._articles[passage.names[0]]
        near = [
            *chance.sample(article, min(4, len(article))),
            *chance.sample(self._all, min(4, len(self._all))),
        ]
        return list(dict.fromkeys(answer for one in (passage, *near) for _, answer in one.asked))


def _is_fit(sentence: str) -> bool:
    most = _LONGEST_CHINESE if any(map(is_cjk, sentence)) else _LONGEST
    return _SHORTEST <= len(worded(sentence).tokens) <= most


def carried_over(said: str, other: str, sentence: str) -> str:
    """The sentence with the same change as leads from `said` to `other`; "" where it has not those words."""
    start, end = _changed(said, other)
    old, new = said[start : len(said) - end], other[start : len(other) - end]
    return sentence.replace(old, new, 1) if old.strip() and sentence.count(old) == 1 and old != new else ""


def _changed(said: str, other: str) -> tuple[int, int]:
    """How many characters at the beginning and at the end are the same, up to whole words around them."""
    shorter = min(len(said), len(other))
    start = next((n for n in range(shorter) if said[n] != other[n]), shorter)
    most = shorter - start
    end = next((n for n in range(most) if said[-1 - n] != other[-1 - n]), most)
    start = _word_before(said, start)
    return start, min(_word_before(said[::-1], end), len(said) - start, len(other) - start)


def _word_before(text: str, place: int) -> int:
    """The beginning of the word before a place, so that what is replaced is not empty and stands once."""
    if any(map(is_cjk, text[max(0, place - 3) : place + 1])):
        return max(0, place - 2)
    found = re.search(r"\w+\W*$|\W+$", text[:place])
    return found.start() if found else place
