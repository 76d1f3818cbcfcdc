"""Which questions are worth a person's time: none twice, none that tells its answer or points at nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ragkit.language import is_cjk, without_question_words
from ragkit.language.chinese import simplified
from ragkit.stages import Analyzer

_ALIKE = 0.8  # of all that two questions weigh they have in common
_SHORTEST, _SHORTEST_HAN, _LONGEST = 12, 5, 220  # characters
_NUMBER = re.compile(r"\d[\w./-]*")
_ASKS = {
    "when": r"\b(?:when|(?:what|which) (?:year|date|day|month|century|time))\b|哪一?[年天]|什么时候|何时",
    "where": r"\b(?:where|(?:what|which) (?:place|city|country|town|location))\b|哪里|哪儿|什么地方|何处",
    "who": r"\b(?:who|whom|whose)\b|谁|哪位",
    "count": r"\bhow (?:many|much|tall|high|long|wide|deep|far|old|big|large|often)\b|多[少长大高]|几个",
    "why": r"\bwhy\b|为什么|为何|原因",
    "how": r"\bhow\b|怎么|怎样|如何",
}
_ASKING = re.compile("|".join(_ASKS.values()), re.IGNORECASE)
_POINTING = re.compile(
    r"\b(?:passages?|excerpts?|paragraphs?|the (?:text|article|author|sentence|following|above|document|"
    r"context)|according to (?:this|it|him|her|them)|mentioned|above|below|th(?:is|ese|ose)|here)\b"
    r"|本文|文中|上文|下文|文章|段落|这段|该文|上述|以上|以下|下列|这[个里些种]|该[^校省市国县馆]|此[^外]",
    re.IGNORECASE,
)
_BARE_PRONOUN = re.compile(
    r"\b(?:is|are|was|were|did|does|do|has|have|had|can|could|will|would|by|of|in) "
    r"(?:it|its|he|his|him|she|her|they|their|them)\b|[你您我它牠她]|(?<![其吉])他(?![人国乡])|^其",
    re.IGNORECASE,
)


def same_words(text: str) -> str:
    """The letters and digits of a text in lower case."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def tells_answer(question: str, answer: str) -> bool:
    """Whether a question holds its own answer."""
    wanted = same_words(answer)
    return bool(wanted) and wanted in same_words(question)


def stands_alone(question: str) -> bool:
    """Whether a question can be understood without the passage: it names something, and points at nothing."""
    text = simplified(" ".join(question.split()))
    shortest = _SHORTEST_HAN if any(map(is_cjk, text)) else _SHORTEST
    if not shortest <= len(text) <= _LONGEST or _POINTING.search(text) or _BARE_PRONOUN.search(text):
        return False
    return text.endswith(("?", "？")) and text.count("?") + text.count("？") == 1


class KnownQuestions:
    """The questions so far, and whether another asks the same."""

    def __init__(self, analyzer: Analyzer, questions: Iterable[str] = ()) -> None:
        self._analyzer = analyzer
        self._exact: set[str] = set()
        self._weighed: list[tuple[Mapping[str, float], str]] = []
        for question in questions:
            self.add(question)

    def add(self, question: str) -> None:
        """Notes one more."""
        self._exact.add(same_words(question))
        self._weighed.append((self._terms(question), _kind(question)))

    def holds(self, question: str) -> bool:
        """Whether one of them has the same words, or nearly all and asks for the same kind of thing."""
        if same_words(question) in self._exact:
            return True
        terms, kind = self._terms(question), _kind(question)
        return any(kind == other and _alike(terms, weighed) for weighed, other in self._weighed)

    def _terms(self, question: str) -> Mapping[str, float]:
        """What is asked about: "in which year" weighs no more than "when"."""
        return self._analyzer.query_terms(_ASKING.sub(" ", simplified(question)))

    def is_about_something(self, question: str) -> bool:
        """Whether it has a word that carries meaning, in Chinese a pair of characters."""
        asked = without_question_words(question)
        if not any(char.isalnum() for char in asked) or (asked == question and _only_asks(question)):
            return False
        return any(weight >= 1.0 for weight in self._analyzer.query_terms(asked).values())


def _kind(question: str) -> str:
    """What is asked for, and the numbers that it is asked of: "founded in 1990" is not "founded in 1991"."""
    folded = simplified(question.casefold())
    asked = next((kind for kind, pattern in _ASKS.items() if re.search(pattern, folded)), "what")
    return f"{asked} {sorted(_NUMBER.findall(folded))}"


def _only_asks(question: str) -> bool:
    return not any(char.isalnum() for char in _ASKING.sub("", simplified(question)))


def _alike(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Weighted Jaccard: what both weigh of what either weighs."""
    shared = sum(min(weight, other[term]) for term, weight in one.items() if term in other)
    return shared >= _ALIKE * (sum(one.values()) + sum(other.values()) - shared) > 0
