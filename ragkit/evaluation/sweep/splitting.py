"""Questions to search by, and questions kept aside, such that no document is on both sides."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from ragkit.errors import ConfigError
from ragkit.evaluation.golden import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Both sides, each in the order of the questions."""

    development: tuple[Question, ...]
    held_out: tuple[Question, ...]


def split_questions(
    questions: Sequence[Question],
    documents_of: Callable[[Question], Iterable[Hashable]],
    *,
    share: float,
    seed: int,
) -> Split:
    """Keeps about `share` of the questions of each language aside, the same for the same seed.

    Questions that quote one document, or are tied to it by others that quote two, stay together. Raises
    `ConfigError` where that leaves nothing on a side; with a share of 0 nothing is kept aside.
    """
    if share == 0:
        return Split(development=tuple(questions), held_out=())
    groups: dict[str, list[list[Question]]] = defaultdict(list)
    for group in _tied(questions, documents_of):
        groups[_language(group)].append(group)
    aside: set[str] = set()
    for language, found in sorted(groups.items()):
        aside |= _aside(found, share, random.Random(f"{seed} {language}"))
    held_out = tuple(one for one in questions if one.id in aside)
    development = tuple(one for one in questions if one.id not in aside)
    if not (held_out and development):
        raise ConfigError(
            f"Of {len(questions)} questions, which quote the same few documents, {share:g} cannot be kept "
            "aside without a document on both sides. Add questions about other documents, or search by all "
            "of them with --held-out 0."
        )
    return Split(development=development, held_out=held_out)


def _tied(
    questions: Sequence[Question], documents_of: Callable[[Question], Iterable[Hashable]]
) -> list[list[Question]]:
    """Groups with no document in common; a question without evidence stands for itself."""
    above: dict[Hashable, Hashable] = {}

    def top(one: Hashable) -> Hashable:
        while (higher := above.setdefault(one, one)) != one:
            above[one] = one = above[higher]
        return one

    named = [(one, sorted(documents_of(one), key=str) or [("question", one.id)]) for one in questions]
    for _, documents in named:
        for document in documents:
            above[top(document)] = top(documents[0])
    groups: dict[Hashable, list[Question]] = defaultdict(list)
    for question, documents in named:
        groups[top(documents[0])].append(question)
    return list(groups.values())


def _language(group: Sequence[Question]) -> str:
    return max(sorted(counts := Counter(one.language for one in group)), key=counts.__getitem__)


def _aside(groups: list[list[Question]], share: float, chance: random.Random) -> set[str]:
    """The ids of about that share; large groups are placed first, each where most is missing."""
    chance.shuffle(groups)
    aside: set[str] = set()
    placed = 0
    for group in sorted(groups, key=len, reverse=True):
        missing = share * (placed + len(group)) - len(aside)
        if missing > len(group) / 2 or (missing == len(group) / 2 and chance.random() < share):
            aside.update(one.id for one in group)
        placed += len(group)
    return aside
