"""Whether what is measured on was seen in learning: runs of words that stand in two parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ragkit.tuning.pairs.rows import Pair
from ragkit.tuning.verifier.split import Part, groups

_ORDER: Sequence[Part] = ("train", "development", "test")


def without_leaks(parts: Mapping[Part, Sequence[Pair]]) -> tuple[dict[Part, list[Pair]], int]:
    """The pairs that share no eight words in a row with an earlier part, and how many others there were.

    Passages are divided by document already; what is left are questions that are asked of two documents in
    the same words. (Sixteen characters in Chinese.)
    """
    texts: list[str] = []
    where: list[Part] = []
    for part in _ORDER:
        some = {text for pair in parts.get(part, ()) for text in _texts(pair)}
        texts += sorted(some)
        where += [part] * len(some)
    held: dict[int, set[Part]] = defaultdict(set)
    numbers = groups(texts, [()] * len(texts))
    for number, part in zip(numbers, where, strict=True):
        held[number].add(part)
    group = {(part, text): number for part, text, number in zip(where, texts, numbers, strict=True)}
    kept: dict[Part, list[Pair]] = {}
    for place, part in enumerate(_ORDER):
        earlier = set(_ORDER[:place])
        kept[part] = [
            pair
            for pair in parts.get(part, ())
            if not any(held[group[part, text]] & earlier for text in _texts(pair))
        ]
    return kept, sum(map(len, parts.values())) - sum(map(len, kept.values()))


def _texts(pair: Pair) -> list[str]:
    return [pair.question, *(one.text for one in pair.passages)]
