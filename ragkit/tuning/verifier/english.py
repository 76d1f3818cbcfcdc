"""English sentences in other words, and sentences that say something else, both by rule."""

from __future__ import annotations

import re
from random import Random

from ragkit.tuning.verifier.applying import Alter, altered_by, reworded_by
from ragkit.tuning.verifier.lexicon import exchanged

_MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
]  # fmt: skip
_COUNTS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NUMBER = re.compile(r"(?<![\w.,/-])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.,/-])\d+(?:\.\d+)?(?![\w/])")
_YEAR = re.compile(r"\b1[0-9]{3}\b|\b20[0-3]\d\b")
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b")
_COUNT = re.compile(rf"\b(?:{'|'.join(_COUNTS)})\b")
_NAME = re.compile(
    r"(?:(?<=[^.!?\s] )|(?<=[(\"\u201c]))[A-Z][\w'\u2019-]*[a-z]\w*"
    r"(?: (?:of |de |von |van |the )?[A-Z][\w'\u2019-]*\w)*"
)
_AUXILIARY = re.compile(
    r"\b(is|was|are|were|has|have|had|can|could|will|would|may|must|should)\b(?! (?:not|no|never)\b)"
)
_HAS_NOT = re.compile(
    r"\b(is|was|are|were|has|have|had|can|could|will|would|may|must|should|did|does|do) not\b"
)
_BY = re.compile(
    r"^((?:The |A |An |This )?[\w' -]{2,60}?) (was|were) "
    r"(\w+ed|written|built|made|led|won|held|sung|taken|given)"
    r" by ((?:the |a |an )?[\w'. -]{2,50}?)(?=[.,]| in \d| on [A-Z]| and )"
)
_LEAD = re.compile(r"^((?:In|On|At|During|After|Before|By|Since|For|As of) [^,.;]{3,50}), (\w[^;]*)\.$")
_ASIDE = re.compile(r" \([^()]{2,80}\)|, (?:which|who|where|a|an|the) [^,;.]{3,90},")
_TAIL = re.compile(
    r", (?:which|who|where|with|including|while|although|but|making|leading|because) [^;.]{5,160}(?=\.$)"
)
_SYMMETRIC = re.compile(r"\b(?:and|or|with|between|versus|like|as well as)\b|[/&]|^, $")


def names(text: str) -> list[str]:
    """Runs of capitalised words that do not open a sentence."""
    return [found for found in dict.fromkeys(_NAME.findall(text)) if found not in _MONTHS and len(found) > 2]


def reworded(sentence: str, chance: Random) -> str:
    """The same in other words, with less said, or as it is."""
    return reworded_by([_synonyms, _fronted, _active, _shorter, _digits, _dated], sentence, chance)


def altered(sentence: str, passage: str, answers: list[str], chance: Random) -> tuple[str, str]:
    """What kind of thing was altered, and the sentence that now says something else; ("", "") for none."""
    rules: list[tuple[str, Alter]] = [
        ("number", _number), ("date", _date), ("negation", _negation), ("opposite", _opposite),
        ("roles", _roles), ("name", _name), ("answer", _answer), ("name", _name), ("date", _date),
    ]  # fmt: skip
    return altered_by(rules, sentence, passage, answers, chance)


def joined(first: str, second: str) -> str:
    """Two sentences as one."""
    head = second.split(" ", 1)[0]
    tail = second[:1].lower() + second[1:] if head in _LOWERED else second
    return f"{first.rstrip('. ')}, and {tail}"


_LOWERED = frozenset((
    "The", "A", "An", "In", "On", "At", "It", "He", "She", "They", "This", "These", "Those", "There",
    "During", "After", "Before", "As", "By", "For",
))  # fmt: skip


def _synonyms(said: str, chance: Random) -> str:
    return exchanged(said, "english", "same", most=3, chance=chance)


def _fronted(said: str, chance: Random) -> str:
    """In 1981, it opened. = It opened in 1981."""
    del chance
    if found := _LEAD.match(said):
        lead, rest = found.groups()
        return f"{rest[:1].upper()}{rest[1:]} {lead[:1].lower()}{lead[1:]}."
    back = re.match(
        r"^(The|A|It|He|She|They|This)\b([^,;]{10,160}) ((?:in|on|during|after|before|since) [^,;]{3,30})\.$",
        said,
    )
    if not back:
        return ""
    return f"{back[3][:1].upper()}{back[3][1:]}, {back[1].lower()}{back[2]}."


def _active(said: str, chance: Random) -> str:
    """X was led by Y = Y led X; the verbs of one form for both."""
    del chance
    found = _BY.match(said)
    if not found or found[3] in ("written", "taken", "given", "sung"):
        return ""
    subject, agent = found[1], found[4]
    subject = subject[:1].lower() + subject[1:] if subject.split(" ")[0] in _LOWERED else subject
    return f"{agent[:1].upper()}{agent[1:]} {found[3]} {subject}{said[found.end() :]}"


def _shorter(said: str, chance: Random) -> str:
    found = [*_ASIDE.finditer(said), *_TAIL.finditer(said)]
    if not found:
        return ""
    one = chance.choice(found)
    return f"{said[: one.start()]}{said[one.end() :]}"


def _digits(said: str, chance: Random) -> str:
    del chance
    if "," in said and (found := re.search(r"\d{1,3}(?:,\d{3})+", said)):
        return said.replace(found.group(), found.group().replace(",", ""), 1)
    if found := _COUNT.search(said):
        return said[: found.start()] + str(_COUNTS.index(found.group()) + 2) + said[found.end() :]
    return ""


def _dated(said: str, chance: Random) -> str:
    """12 March 2019 = March 12, 2019."""
    del chance
    month = "|".join(_MONTHS)
    swapped, count = re.subn(rf"\b(\d{{1,2}}) ({month}) (\d{{4}})\b", r"\2 \1, \3", said, count=1)
    if count:
        return swapped
    return re.sub(rf"\b({month}) (\d{{1,2}}), (\d{{4}})\b", r"\2 \1 \3", said, count=1)


def _number(said: str, passage: str, answers: list[str], chance: Random) -> str:
    del answers
    found = [one for one in _NUMBER.finditer(said) if not _YEAR.fullmatch(one.group())]
    words = list(_COUNT.finditer(said))
    if words and (not found or chance.random() < 0.3):
        one = chance.choice(words)
        other = chance.choice([count for count in _COUNTS if count != one.group()])
        return said[: one.start()] + other + said[one.end() :]
    if not found:
        return ""
    one = chance.choice(found)
    others = [n for n in _NUMBER.findall(passage) if len(n) == len(one.group()) and n != one.group()]
    other = chance.choice(others) if others and chance.random() < 0.4 else _another(one.group(), chance)
    return said[: one.start()] + other + said[one.end() :]


def _another(number: str, chance: Random) -> str:
    """A number that looks alike and differs in one or two digits."""
    places = [place for place, char in enumerate(number) if char.isdigit()]
    changed = list(number)
    for place in chance.sample(places, min(len(places), chance.choice((1, 1, 2)))):
        digits = "123456789" if place == 0 else "0123456789"
        changed[place] = chance.choice([digit for digit in digits if digit != number[place]])
    return "".join(changed)


def _date(said: str, passage: str, answers: list[str], chance: Random) -> str:
    del answers
    years, months = list(_YEAR.finditer(said)), list(_MONTH.finditer(said))
    if not years and not months:
        return ""
    one = chance.choice([*years, *months])
    if one in months:
        other = chance.choice([month for month in _MONTHS if month != one.group()])
    else:
        nearby = [year for year in _YEAR.findall(passage) if year != one.group()]
        shifted = str(int(one.group()) + chance.choice((-30, -12, -10, -5, -3, -2, -1, 1, 2, 3, 4, 10, 20)))
        other = chance.choice(nearby) if nearby and chance.random() < 0.5 else shifted
    return said[: one.start()] + other + said[one.end() :]


def _negation(said: str, passage: str, answers: list[str], chance: Random) -> str:
    del passage, answers
    if found := _HAS_NOT.search(said):
        return said[: found.start()] + found[1] + said[found.end() :]
    found_all = list(_AUXILIARY.finditer(said))
    if not found_all:
        return ""
    one = chance.choice(found_all[:2])
    word = chance.choice(("not", "not", "not", "never"))
    return f"{said[: one.end()]} {word}{said[one.end() :]}"


def _opposite(said: str, passage: str, answers: list[str], chance: Random) -> str:
    del passage, answers
    return exchanged(said, "english", "opposite", most=1, chance=chance)


def _roles(said: str, passage: str, answers: list[str], chance: Random) -> str:
    """Two names in each other's place, or who did it to whom."""
    del passage, answers
    if found := _BY.match(said):
        subject, agent = found[1], found[4]
        return f"{agent[:1].upper()}{agent[1:]} {found[2]} {found[3]} by {subject}{said[found.end() :]}"
    found_names = names(said)
    if len(found_names) < 2:
        return ""
    first, second = chance.sample(found_names, 2)
    places = sorted((said.find(one), said.find(one) + len(one)) for one in (first, second))
    (a, b), (c, d) = places
    if a < 0 or b > c or _SYMMETRIC.search(said[b:c]) or len(said[b:c]) < 4:
        return ""
    return said[:a] + said[c:d] + said[b:c] + said[a:b] + said[d:]


def _name(said: str, passage: str, answers: list[str], chance: Random) -> str:
    here = names(said)
    others = [name for name in [*names(passage), *answers] if name[:1].isupper() and name not in said]
    if not here or not others:
        return ""
    one = chance.choice(here)
    others = [name for name in others if abs(name.count(" ") - one.count(" ")) <= 1 and one not in name]
    return said.replace(one, chance.choice(others), 1) if others else ""


def _answer(said: str, passage: str, answers: list[str], chance: Random) -> str:
    """Another answer, about as long and of the same look, in the place of one."""
    here = [answer for answer in answers if answer in said and len(answer) > 2]
    if not here:
        return ""
    one = chance.choice(here)
    others = [o for o in answers if o not in said and _look(o) == _look(one) and len(o) < 2 * len(one) + 4]
    return said.replace(one, chance.choice(others), 1) if others else ""


def _look(answer: str) -> tuple[bool, bool]:
    return answer[:1].isupper(), any(map(str.isdigit, answer))
