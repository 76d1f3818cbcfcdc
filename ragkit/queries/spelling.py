"""Spelling against the words of the index itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from ragkit.language.script import script_of
from ragkit.queries.syntax import QUOTED
from ragkit.stages import Index

_WORD = re.compile(r"(?<![\w@/&+#.'’-])[^\W\d_]{4,32}(?![\w@/&+#-]|['’.]\w)")
_ALPHABETS = {
    "latin": "abcdefghijklmnopqrstuvwxyz",
    "cyrillic": "абвгдежзийклмнопрстуфхцчшщъыьэюяё",
}
_SENTINEL = "ragkitsentinel"  # alone, a stopword would be taken for what is searched
_SHORTEST_STEM = 2
_LONGEST_ENDING = 5
_LONG = 6  # a shorter word has so many neighbours that only a common one is meant
_OFTEN = 3
_MOST_TRIED = 8  # candidates of a word whose spelling is looked for
_READ = 5  # passages that are read for it
_MOST_WORDS = 8  # looked at in one question: each unknown one costs some hundred look-ups


class Corrector(Protocol):
    """Mends the spelling of a question."""

    def correct(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text as it should be searched, and a notice of every change."""
        ...


class KeepSpelling:
    """Leaves every word as it is."""

    def correct(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The same text, nothing to notice."""
        return text, ()


class VocabularyCorrector:
    """Adds to a word that no passage holds the commonest one that is one typing error away.

    The word itself stays, for it may be right: a model knows words that the passages lack. What is proposed
    stands in a passage as it is spelt; words that only hold a sentence together are left alone.

    An error is a letter too many, too few or another one, or two letters swapped, behind the first letter
    (Damerau 1964; candidates as in Norvig's "How to Write a Spelling Corrector"). Only words of four
    letters or more in Latin or Cyrillic script are looked at, no codes, acronyms or quoted words; where
    most words are unknown, the question is in another language than the passages and stays as it is.
    """

    def __init__(self, index: Index) -> None:
        self._index = index

    def correct(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text with what its unknown words may mean, and a notice of every change."""
        words = _correctable(text)[:_MOST_WORDS]
        unknown = [match for match in words if self._is_unknown(match[0].lower())]
        if not unknown or len(unknown) > max(1, 2 * len(words) // 3):
            return text, ()
        changes = [(match, self._nearest(match[0].lower())) for match in unknown]
        notices: list[str] = []
        for match, found in reversed(changes):
            if found:
                better = found.capitalize() if match[0][0].isupper() else found
                text = f"{text[: match.end()]} {better}{text[match.end() :]}"
                notices.insert(0, f'searched for "{better}" too: no passage holds "{match[0]}"')
        return text, tuple(notices)

    def _nearest(self, word: str) -> str:
        """The commonest word that is one error away; "" if there is none, or too rare a one to be sure."""
        holds: dict[str, bool] = {}
        candidates = [
            candidate
            for candidate in dict.fromkeys(_edits(word))
            if any(self._holds(stem, holds) for stem in _likely_stems(candidate))
        ]
        least = 1 if len(word) >= _LONG else _OFTEN
        counted = [(self._frequency(candidate), candidate) for candidate in candidates]
        ranked = sorted((pair for pair in counted if pair[0] >= least), key=lambda pair: -pair[0])
        return next((one for _, one in ranked[:_MOST_TRIED] if self._is_spelt(one)), "")

    def _is_spelt(self, word: str) -> bool:
        """Whether a passage holds the word itself, and not only another one of its stem."""
        spelt = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        found = self._index.search_lexical(self._index.analyzer.terms(word), limit=_READ)
        return any(spelt.search(chunk.search_text) for chunk, _ in found)

    def _holds(self, term: str, seen: dict[str, bool]) -> bool:
        if term not in seen:
            seen[term] = self._index.frequency(term) > 0
        return seen[term]

    def _is_unknown(self, word: str) -> bool:
        """Whether the word would be searched with its whole weight, and no passage holds it."""
        if max(self._index.analyzer.query_terms(word).values(), default=0.0) < 1.0:
            return False
        terms = self._index.analyzer.terms
        ending = terms(_SENTINEL)
        searched = terms(f"{word} {_SENTINEL}")[: -len(ending)]
        return bool(searched) and not any(map(self._index.frequency, searched))

    def _frequency(self, word: str) -> int:
        return max(map(self._index.frequency, self._index.analyzer.terms(word)), default=0)


def _correctable(text: str) -> list[re.Match[str]]:
    """The words that may hold a typing error."""
    quoted = [match.span() for match in QUOTED.finditer(text)]
    return [
        match
        for match in _WORD.finditer(text)
        if not match[0].isupper()
        and len({script_of(char) for char in match[0]}) == 1
        and script_of(match[0][0]) in _ALPHABETS
        and not any(start <= match.start() < end for start, end in quoted)
    ]


def _likely_stems(word: str) -> Iterator[str]:
    """What the stem of a word may be: stemming every candidate would take a hundred times as long."""
    for end in range(max(_SHORTEST_STEM, len(word) - _LONGEST_ENDING), len(word) + 1):
        yield word[:end]
        yield word[:end] + "e"
        yield word[:end] + "i"


def _edits(word: str) -> Iterator[str]:
    """Every word that is one error behind the first letter away, the likelier kinds of errors first."""
    letters = _ALPHABETS[script_of(word[0])]
    places = range(1, len(word) + 1)
    parts = [(word[:place], word[place:]) for place in places]
    yield from (before + after[1] + after[0] + after[2:] for before, after in parts if after[1:])
    yield from (before + letter + after for before, after in parts for letter in letters)
    yield from (before + after[1:] for before, after in parts if after)
    yield from (before + letter + after[1:] for before, after in parts if after for letter in letters)
