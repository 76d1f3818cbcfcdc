"""How rules are chosen and applied, whatever the language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

Reword = Callable[[str, Random], str]
"""Sentence, chance: the same in other words; "" where the rule does not fit."""
Alter = Callable[[str, str, list[str], Random], str]
"""Sentence, passage, answers, chance: something else; "" where the rule does not fit."""

_FACTS = frozenset({"number", "date", "roles", "name"})
_FACTS_FIRST = 0.5


def reworded_by(rules: Sequence[Reword], sentence: str, chance: Random) -> str:
    """The sentence after one to three of the rules, as far as they fit."""
    said = sentence
    for rule in chance.sample(rules, chance.choice((1, 2, 2, 3))):
        said = rule(said, chance) or said
    return said


def altered_by(
    rules: Sequence[tuple[str, Alter]], sentence: str, passage: str, answers: list[str], chance: Random
) -> tuple[str, str]:
    """The kind of the first rule that fits, in a drawn order, and what it makes; ("", "") for none."""
    drawn = list(rules)
    chance.shuffle(drawn)
    if chance.random() < _FACTS_FIRST:  # nearly every sentence holds a word with an opposite, few a date
        drawn.sort(key=lambda rule: rule[0] not in _FACTS)
    for kind, rule in drawn:
        said = rule(sentence, passage, answers, chance)
        if said and said != sentence and said not in passage:
            return kind, said
    return "", ""
