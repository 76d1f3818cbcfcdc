"""Follow-up questions in English: pronouns, repeated nouns and unfinished questions are completed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ragkit.followups.names import (
    ASKING,
    AUXILIARIES,
    FUNCTION,
    PEOPLE,
    PREPOSITIONS,
    YEAR,
    Name,
    Word,
    content,
    names,
    subjects,
    whole_phrase,
    words,
)
from ragkit.followups.pronouns import in_place_of, refers
from ragkit.types import Turn

_PERSONS = frozenset(("he", "him", "his", "she", "her", "hers", "they", "them", "their"))
_MANY = frozenset(("they", "them", "their", "theirs"))
_ONE_PERSON = _PERSONS - _MANY
_QUANTITIES = frozenset(
    ("long", "far", "old", "many", "much", "often", "tall", "big", "large", "high", "deep", "wide", "fast")
)
_LEAD = re.compile(r"(?:(?:and|but|so|or|then|ok|okay)\b[\s,]*)+", re.IGNORECASE)
_WHAT_ABOUT = re.compile(r"(?:what|how)\s+about\s+(?!it\b|that\b|this\b)(?P<rest>.+)", re.IGNORECASE)
_PLURAL = re.compile(r"[^\W\d_][\w-]*(?<!ss)(?<!us)(?<!is)s")
_DOING = frozenset(("do", "does", "did", "has", "have", "had", "can", "could", "will", "would"))
_ADVERBS = ("when", "where", "why", "how")
_MOST_WORDS_OF_A_NAMED_ANSWER = 40
_FEW = 4  # words that carry meaning
_MOST_CARRIED = 160  # characters
_SHORT_CONTEXT = 40
_COMPLETED = re.compile(r"[\s?]*\(([^()]*)\)\s*$")
_PERSONAL = re.compile(
    r"\b(?:born|die[ds]?|dying|dead|marr(?:y|ied)|wife|husband|children|parents|father|mother|studied|graduated)\b",
    re.IGNORECASE,
)


def standalone(query: str, turn: Turn) -> str:
    """The question, completed from the turn before it; itself where it refers to nothing."""
    lead = _LEAD.match(query.strip())
    rest = query.strip()[lead.end() :] if lead else query.strip()
    if about := _WHAT_ABOUT.match(rest):
        return _other(query, about["rest"], turn)
    found = words(rest)
    if not found:
        return query
    if bare := _bare(rest, found, turn.question):
        return bare
    if lead and _is_fragment(found):
        return _other(query, rest, turn)
    if _is_dated(rest, found):
        return _other(query, rest, turn)
    return _referring(_capital(rest) if lead else query, continues=bool(lead), turn=turn)


def _is_fragment(found: Sequence[Word]) -> bool:
    """Whether words have no verb that asks: "in 2019", "the Thames"."""
    return len(found) <= 6 and all(word.lower not in ASKING | AUXILIARIES for word in found)


def _is_dated(rest: str, found: Sequence[Word]) -> bool:
    """Whether the question is but a time: "in 2019?"."""
    return bool(YEAR.search(rest)) and not content(YEAR.sub("", rest)) and len(found) <= 3


def _bare(rest: str, found: Sequence[Word], before: str) -> str:
    """A question of question words alone ("Why?", "Since when?"), completed; "" for any other."""
    asking = [
        word.lower for word in found if word.lower not in PREPOSITIONS | {"exactly", "then", "so", "not"}
    ]
    quantity = len(asking) == 2 and asking[0] == "how" and asking[1] in _QUANTITIES
    if not asking or not (quantity or (len(asking) == 1 and asking[0] in ASKING)):
        return ""
    opening = words(before)[:2]
    if len(found) == 1 and found[0].lower in _ADVERBS and opening:
        if len(opening) == 2 and opening[0].lower in _ADVERBS and opening[1].lower in AUXILIARIES:
            return _capital(found[0].text) + before[opening[0].end :]
        if opening[0].lower in AUXILIARIES and found[0].lower != "how":
            return f"{_capital(found[0].text)} {before[0].lower()}{before[1:]}"
    if quantity and (carried := subjects(before)):
        return _beside(rest, _listed(carried))
    return _beside(rest, _without_question_mark(before))


def _other(query: str, rest: str, turn: Turn) -> str:
    """The earlier question about something else: a year for a year, a name for the only name."""
    phrase, before = rest.rstrip(" ?!."), turn.question
    years, new = YEAR.findall(before), YEAR.findall(phrase)
    if new and len(set(years)) == 1 and not content(YEAR.sub("", phrase)):
        return before.replace(years[0], new[0])
    known = _subject(before) or names(before)
    if not new and len(known) == 1 and len(names(f"about {phrase}")) == 1 and len(words(phrase)) <= 5:
        old = known[0]
        bare = re.sub(r"^(?:in|on|at|of|for|with|by|from|to)\s+", "", phrase, flags=re.IGNORECASE)
        start = old.start - len("the ") if old.definite else old.start
        return before[:start] + bare + before[old.end :]
    return _beside(query, _without_question_mark(before))


def _referring(query: str, *, continues: bool, turn: Turn) -> str:
    """A whole question; what its pronouns and repeated nouns stand for takes their place or stands beside."""
    found, own = words(query), names(query)
    carried = subjects(turn.question)
    if repeated := _repeated(query, found, own, carried):
        return repeated
    place = next((n for n in range(len(found)) if refers(query, found, n, own)), None)
    if place is not None and found[place].lower in _MANY and not _may_be_many(query, turn.question):
        place = None  # people in general: "when did they stop ..."
    if place is None:
        alone = continues and not own and not YEAR.search(query) and _is_short(query)
        return _beside(query, _context(turn)) if alone else query
    word = found[place]
    if word.lower in {"it", "its"} and _PERSONAL.search(turn.question):
        return query  # what was spoken of is a person
    person = word.lower in _PERSONS
    if person and _asks_who(turn.question):
        carried = _answered(turn)
    elif word.lower in _ONE_PERSON:
        carried = [name for name in carried if not name.placed]
    carried = [name for name in carried if name.text.casefold() not in {n.text.casefold() for n in own}]
    if len(carried) > 1 and place and found[place - 1].lower in AUXILIARIES:
        carried = _subject(turn.question) or carried
    if len(carried) == 1 and (put := in_place_of(found, place)):
        return query[: word.start] + put(whole_phrase(turn.question, carried[0])) + query[word.end :]
    return _beside(query, _listed(carried) or _context(turn, person=word.lower in _ONE_PERSON))


def _may_be_many(query: str, before: str) -> bool:
    """Whether "they" may stand for something in the question before: a plural, people, one who acts."""
    carried, found = subjects(before), words(before)
    if not carried and not _is_short(query, most=2):
        return False
    if _asks_who(before) or len(carried) > 1:
        return True
    plural = (_PLURAL.fullmatch(word.lower) and word.lower not in FUNCTION for word in found)
    acts = any(word.lower in _DOING for word in found) and bool(_subject(before))
    return acts or any(plural) or any(word.lower in PEOPLE for word in found)


def _is_short(query: str, *, most: int = _FEW) -> bool:
    return len(content(query).split()) <= most


def _repeated(query: str, found: Sequence[Word], own: Sequence[Name], carried: Sequence[Name]) -> str:
    """The question with "the bridge" written out, where that was the Humber Bridge; "" where it is not."""
    if own:
        return ""
    heads = {words(name.text)[-1].lower: name for name in carried if " " in name.text}
    for article, noun in pairwise(found):
        name = heads.get(noun.lower)
        if name and article.lower in {"the", "this", "that"}:
            return query[: article.start] + f"the {name.text}" + query[noun.end :]
    return ""


def _answered(turn: Turn) -> list[Name]:
    """Who a question after a person was answered with; those it names itself where that is not clear."""
    asked = {name.text.casefold() for name in names(turn.question)}
    if len(words(turn.answer)) <= _MOST_WORDS_OF_A_NAMED_ANSWER:
        new = [name for name in names(f"by {turn.answer}") if name.text.casefold() not in asked]
        if len(new) == 1:
            return new
    return subjects(turn.question) if _names_whom(turn.question) else []


def _subject(question: str) -> list[Name]:
    """The name right after the auxiliary verb: "When did [Norway] join NATO?"."""
    found = words(question)
    place = next((word.end for word in found if word.lower in AUXILIARIES), len(question))
    return [n for n in subjects(question)[:1] if question[place : n.start].strip(" ").lower() in {"", "the"}]


def _asks_who(question: str) -> bool:
    return any(word.lower in {"who", "whom", "whose"} for word in words(question))


def _names_whom(question: str) -> bool:
    """Whether it asks who somebody is: "Who was Rollo?"."""
    found = words(question)
    return len(found) > 2 and found[1].lower in {"is", "was"} and found[2].named


def _context(turn: Turn, *, person: bool = False) -> str:
    """What the turn was about: its names, else its question, as for a person who has no name."""
    return (not person and _listed(subjects(turn.question))) or _without_question_mark(turn.question)


def _listed(carried: Sequence[Name]) -> str:
    return ", ".join(name.text for name in carried)


def _beside(query: str, context: str) -> str:
    if not context or len(context) > _MOST_CARRIED or '"' in context:
        return query
    return f"{_capital(query.strip())} ({context})"


def _without_question_mark(question: str) -> str:
    """The question without its mark, behind which may stand what completed it, of which the root is kept."""
    return _COMPLETED.sub(lambda found: f", {_root(found[1])}", question).rstrip(" ?")


def _root(completed: str) -> str:
    return completed if len(completed) <= _SHORT_CONTEXT else completed.rpartition(", ")[2]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
