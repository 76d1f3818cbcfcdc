"""Which words of an English question stand for something that was said before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ragkit.followups.expletives import is_expletive
from ragkit.followups.names import ASKING, AUXILIARIES, DETERMINERS, FUNCTION, PREPOSITIONS, Name, Word

_POSSESSIVE = frozenset(("its", "his", "their", "theirs", "hers"))
_PERSONAL = frozenset(("it", "he", "him", "she", "they", "them"))
_OBJECTS = frozenset(("it", "him", "her", "them"))
_POINTING = frozenset(("this", "these", "that", "those"))
_THERE_IS = re.compile(
    r"\b(?:is|are|was|were|be|been|exists?)\s+there\b|\bthere\s+(?:\w+ly\s+)?(?:is|are|was|were|be|been|exists?)\b",
    re.IGNORECASE,
)
_JOINING = frozenset(("and", "or", "when", "if", "while", "because", "since", "although", "as", "after"))
_COUNTED = frozenset(("which", "what", "who"))
_SUBJECTS = frozenset(("he", "she", "they"))
_SUBJECT_FOLLOWS = frozenset(("do", "does", "did", "can", "could", "will", "would", "should"))
_CLAUSES = frozenset(("that", "which", "who", "whose", "where", "how", "why", "what", "not"))


def refers(query: str, found: Sequence[Word], place: int, own: Sequence[Name]) -> bool:
    """Whether a word stands for something outside of the question."""
    word, after = found[place], found[place + 1 : place + 2]
    if _is_object(found, place):
        return not is_expletive(query)
    named = any(name.start < word.start for name in own) and not _is_where(found, place)
    if named or (after and after[0].lower == "own"):
        return False
    if word.lower in _POINTING:
        return _points(found, place)
    if word.lower == "there":
        return not _THERE_IS.search(query) and _is_free(found, place)
    return _is_pronoun(query, found, place) and _is_free(found, place)


def _is_pronoun(query: str, found: Sequence[Word], place: int) -> bool:
    """Whether it is one that may stand for something before: no "it takes", no "which company sold its"."""
    word, before = found[place].lower, [other.lower for other in found[:place]]
    if word in _POSSESSIVE:
        return not _has_owner(before)
    if word not in _PERSONAL | {"her"} or (word == "it" and is_expletive(query)):
        return False
    if not before or before[-1] in AUXILIARIES:
        return True
    clause = found[place + 1 : place + 2] and found[place + 1].lower in AUXILIARIES
    return word not in _SUBJECTS and not clause


def _has_owner(before: Sequence[str]) -> bool:
    """Whether what "its" belongs to stands before it: "which company sold its", "when did kfc change its"."""
    if before[-2:-1] and before[-1] in PREPOSITIONS:
        return len(before) != 3 and before[0] in _COUNTED and before[1] not in AUXILIARIES
    if len(before) > 1 and before[0] in _COUNTED and before[1] not in AUXILIARIES:
        return before[-1] not in _SUBJECT_FOLLOWS
    asked = max((n for n, word in enumerate(before) if word in AUXILIARIES), default=len(before))
    return any(word not in FUNCTION for word in before[asked + 1 :])


def _is_object(found: Sequence[Word], place: int) -> bool:
    """Whether a pronoun is the object of the one verb of a question: it cannot be what the subject names."""
    before = [word.lower for word in found[:place]]
    after = [word.lower for word in found[place + 1 : place + 2]]
    if found[place].lower not in _OBJECTS or len(before) < 2 or before[0] not in ASKING | PREPOSITIONS:
        return False
    if "to" in before and before[0] == "who":
        return False  # "who asked her to go with him"
    ends = not after or after[0] in PREPOSITIONS or after[0].isdigit()
    one_verb = _JOINING.isdisjoint(before[1:]) and sum(word in AUXILIARIES for word in before) <= 1
    return ends and one_verb and before[-1] not in AUXILIARIES and _CLAUSES.isdisjoint(before[1:])


def _is_where(found: Sequence[Word], place: int) -> bool:
    """Whether it is asked which part of a named place or time "it" is in: "In what part of London is it?"."""
    before = [word.lower for word in found[:place]]
    named = [number for number, word in enumerate(found[:place]) if word.named]
    inside = all(before[number - 1] in PREPOSITIONS or number - 1 in named for number in named if number)
    return found[place].lower == "it" and bool(named) and inside and before[-1] in AUXILIARIES


def _points(found: Sequence[Word], place: int) -> bool:
    """Whether "this" or "that" points backward: "in this city", "after that?", "what is that?"."""
    before = found[place - 1].lower if place else ""
    last = place == len(found) - 1
    if not last and (found[place + 1].text[0].isdigit() or (place and found[place + 1].lower in AUXILIARIES)):
        return False
    if found[place].lower == "that" and not last:
        return before in PREPOSITIONS - {"to", "with", "within", "near"} and _is_free(found, place)
    return (last or found[place].lower != "that") and _is_free(found, place)


def _is_free(found: Sequence[Word], place: int) -> bool:
    """Whether nothing before a pronoun can be what it stands for.

    Right after the auxiliary ("did it") it is the subject; else no noun with an article may stand before it,
    but in "the NOUN of it".
    """
    before = [word.lower for word in found[:place]]
    if not _JOINING.isdisjoint(before[1:-1]):
        return False
    if before[-1:] and before[-1] in AUXILIARIES:
        return True
    if len(before) > 1 and before[-1] in PREPOSITIONS and before[0] in ASKING:
        while len(before) > 1 and before[-1] not in AUXILIARIES | {"the", "a", "an"}:
            before.pop()
        before = before[:-1]
    counted = len(before) > 2 and before[0] in {"what", "which"} and before[1] not in AUXILIARIES
    return not counted and DETERMINERS.isdisjoint(before) and len(set(before) - FUNCTION) <= 2


def in_place_of(found: Sequence[Word], place: int) -> Callable[[Name], str] | None:
    """How a name is written instead of a pronoun; None where it had better stand beside the question."""
    word = found[place].lower
    noun_follows = place + 1 < len(found) and found[place + 1].lower not in FUNCTION
    if word in {"its", "his", "their"} or (word == "her" and noun_follows):
        return lambda name: f"{name}'" if name.text.endswith("s") else f"{name}'s"
    if word in _PERSONAL or word == "her":
        return str
    return None
