"""What a question in an alphabet is about: the names that stand in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

WORD = re.compile(r"[^\W_]+(?:[-.&/'\u2019][^\W_]+)*")
YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ASKING = _set("what which who whom whose when where why how")
AUXILIARIES = _set(
    "is are was were am be been being do does did has have had can could will would shall should may "
    "might must"
)
PREPOSITIONS = _set(
    "of in on at by for from to with about under over during after before between against into near "
    "since until through within without"
)
DETERMINERS = _set("the a an some any many most all each every both several other another no")
PRONOUNS = _set(
    "i you we me us my your our he him his she her hers it its they them their theirs this that these "
    "those there here one ones"
)
PEOPLE = _set(
    "people children men women police company council government party team band group army committee club "
    "union parliament family court church"
)
_SMALL = _set(
    "and or but not so as than then if also too very more most much many only just such same own ever "
    "still yet name tell give list describe explain show find please according"
)
FUNCTION = ASKING | AUXILIARIES | PREPOSITIONS | DETERMINERS | PRONOUNS | _SMALL
_JOINTS = frozenset(("of", "de", "la", "von", "van", "del", "der", "du", "&", "the", "and"))
_DATES = _set(
    "january february march april may june july august september october november december monday "
    "tuesday wednesday thursday friday saturday sunday"
)
_PLACING = ("in", "at", "near", "on", "from")
_LONGEST_PHRASE = 3  # words before the preposition
_MOST_NAMES = 3
_LONGEST_ABBREVIATION = 3


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, `text[start:end]`."""

    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        """The word without its capitals, and with the plain apostrophe."""
        return self.text.casefold().replace("\u2019", "'")

    @property
    def named(self) -> bool:
        """Whether it is written as names are."""
        return any(map(str.isupper, self.text)) and self.lower not in FUNCTION


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text, and whether "the" stands before it."""

    text: str
    start: int
    end: int
    definite: bool = False
    placed: bool = False
    """Whether it stands behind "in" and the like, and so names no person."""

    def __str__(self) -> str:
        """The name as it stands in the middle of a sentence."""
        return f"the {self.text}" if self.definite else self.text


def words(text: str) -> list[Word]:
    """The words of a text in order."""
    return [Word(found[0], *found.span()) for found in WORD.finditer(text)]


def names(text: str) -> list[Name]:
    """The names in a text, each once, in order; months and days of the week are none.

    A name is a run of words with capitals, which may be joined by "of" and the like.
    """
    found = words(text)
    runs: list[list[Word]] = []
    for number, word in enumerate(found):
        if not word.named or (number == 0 and _only_begins(found)):
            continue
        if runs and _continues(text, found, runs[-1][-1], word):
            runs[-1].append(word)
        else:
            runs.append([word])
    made = [_name(text, found, run) for run in runs if run[0].lower not in _DATES]
    return list({name.text.casefold(): name for name in reversed(made)}.values())[::-1]


def _only_begins(found: Sequence[Word]) -> bool:
    """Whether the first word has its capital for standing first: no name and no verb tells otherwise."""
    return not (len(found) > 1 and (found[1].named or found[1].lower in AUXILIARIES))


def _continues(text: str, found: Sequence[Word], last: Word, word: Word) -> bool:
    """Whether a word belongs to the name that ended with `last`."""
    between = [other.lower for other in found if last.end <= other.start < word.start]
    gap = text[last.end : word.start]
    if not between:
        return gap.isspace() or (gap == ". " and len(last.text) <= _LONGEST_ABBREVIATION)
    plain = not any(char in ",;:.?!()" for char in gap)
    return plain and between[0] != "the" and set(between) <= _JOINTS - {"and"} and len(between) <= 2


def _name(text: str, found: Sequence[Word], run: Sequence[Word]) -> Name:
    start, end = run[0].start, run[-1].end
    before = [word.lower for word in found if word.end <= start]
    definite = before[-1:] == ["the"]
    governing = before[-2:-1] if definite else before[-1:]
    whole = text[start:end]
    for ending in ("'s", "\u2019s"):
        whole = whole.removesuffix(ending)
    placed = bool(governing) and governing[0] in _PLACING
    return Name(whole, start, start + len(whole), definite=definite, placed=placed)


def subjects(question: str) -> list[Name]:
    """The names of a question, at most three; the subject, which follows the auxiliary verb, comes first."""
    found = names(question)[: _MOST_NAMES + 1]
    auxiliary = next((word.start for word in words(question) if word.lower in AUXILIARIES), 0)
    return sorted(found, key=lambda name: name.start < auxiliary)[:_MOST_NAMES]


def whole_phrase(question: str, name: Name) -> Name:
    """The name with the noun that it tells the place of: "the accident in Hoisington"."""
    before = [word for word in words(question) if word.end <= name.start]
    before = before[:-1] if name.definite else before
    if not name.placed or len(before) < 3:
        return name
    nouns = before[:-1]
    for back in range(2, _LONGEST_PHRASE + 2):
        if len(nouns) < back or (word := nouns[-back]).lower == "the":
            break
    else:
        return name
    if word.lower != "the" or any(other.lower in FUNCTION for other in nouns[1 - back :]):
        return name
    return Name(question[word.end : name.end].strip(), word.start, name.end, definite=True)


def content(question: str) -> str:
    """The words of a question that carry meaning."""
    return " ".join(word.text for word in words(question) if word.lower not in FUNCTION)
