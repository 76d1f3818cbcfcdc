"""Chinese sentences in other words, and sentences that say something else, both by rule."""

from __future__ import annotations

import re
from random import Random

from ragkit.tuning.verifier.applying import Alter, altered_by, reworded_by
from ragkit.tuning.verifier.lexicon import exchanged

_HAN = "一二三四五六七八九"
_NUMBER = re.compile(r"(?<![\d.,A-Za-z])\d+(?:[.,]\d+)*(?![\d年月日号A-Za-z])")
_HAN_NUMBER = re.compile(rf"(?<=[第有为约近达共过至])[{_HAN}]+(?=[个名位种次年月日天部人座条届万千百十])")
_DATE = re.compile(r"(?<!\d)\d{3,4}(?=年)|(?<!\d)\d{1,2}(?=[月日号])|(?<![一-十])[二三四五六七八九](?=月)")
_NAME = re.compile(
    r"《[^《》]{1,20}》|[A-Za-z][A-Za-z0-9 .&'-]{2,}[A-Za-z0-9]"
    r"|[\u4e00-\u9fff]{1,6}(?:·[\u4e00-\u9fff]{1,6})+"
)
_NOT = re.compile(r"没有|不是|不会|不能|并不|从未|无法|不可以|不再|未(?=[能曾被有])")
_AFFIRMED = {
    "没有": "有", "不是": "是", "不会": "会", "不能": "能", "并不": "", "从未": "曾经", "无法": "可以",
    "不可以": "可以", "不再": "仍然", "未": "",
}  # fmt: skip
_CLAIM = re.compile(
    r"(?<![不没未无非而若但可就也还只])(?:是(?!否)|有(?![关些的限])|会(?!议|员|长|见)|能(?![力量源够])|可以|位于|属于|成为|包括|采用"
    r"|获得|担任|发现|支持|参加|进入|出现|建立|出生|完成|允许|使用|拥有)"
)
_CLAUSE = re.compile(r"(?<=[，；,;])(?!\d)")
_ASIDE = re.compile(r"（[^（）]{1,40}）|\([^()]{1,40}\)")
_BLANDLY = 4  # characters of an answer that is too short to be a name


def names(text: str) -> list[str]:
    """Titles, names in Latin letters, and transcribed names."""
    return list(dict.fromkeys(_NAME.findall(text)))


def reworded(sentence: str, chance: Random) -> str:
    """The same in other words, with less said, or as it is."""
    return reworded_by([_synonyms, _shorter, _turned, _digits], sentence, chance)


def altered(sentence: str, passage: str, answers: list[str], chance: Random) -> tuple[str, str]:
    """What kind of thing was altered, and the sentence that now says something else; ("", "") for none."""
    rules: list[tuple[str, Alter]] = [
        ("number", _number), ("date", _date), ("negation", _negation), ("opposite", _opposite),
        ("roles", _roles), ("name", _name), ("answer", _answer), ("name", _name), ("answer", _answer),
    ]  # fmt: skip
    return altered_by(rules, sentence, passage, answers, chance)


def joined(first: str, second: str) -> str:
    """Two sentences as one."""
    return f"{first.rstrip('。！？；')}，{second}"


def _synonyms(said: str, chance: Random) -> str:
    return exchanged(said, "chinese", "same", most=2, chance=chance)


def _shorter(said: str, chance: Random) -> str:
    """Without one of its clauses, or what stands in brackets."""
    if (found := list(_ASIDE.finditer(said))) and chance.random() < 0.5:
        one = chance.choice(found)
        return said[: one.start()] + said[one.end() :]
    parts = _CLAUSE.split(said)
    if len(parts) < 2:
        return ""
    gone = chance.randrange(len(parts))
    return _ended([part for place, part in enumerate(parts) if place != gone], said)


def _turned(said: str, chance: Random) -> str:
    """Two neighbouring clauses the other way round."""
    parts = _CLAUSE.split(said)
    if len(parts) < 3:
        return ""
    place = chance.randrange(1, len(parts) - 1)
    bare = [part.rstrip("，；,;。！？") for part in parts]
    bare[place], bare[place + 1] = bare[place + 1], bare[place]
    return _ended([f"{part}，" for part in bare], said)


def _ended(parts: list[str], said: str) -> str:
    end = said[-1] if said[-1] in "。！？" else ""
    return "".join(parts).rstrip("，；,;。！？") + end


def _digits(said: str, chance: Random) -> str:
    """1981年 = 一九八一年, 3个 = 三个."""
    del chance
    if found := re.search(r"(?<!\d)\d{4}(?=年)", said):
        han = "".join(("零", *_HAN)[int(digit)] for digit in found.group())
        return said[: found.start()] + han + said[found.end() :]
    if found := re.search(rf"(?<=[有为约共])[{_HAN}](?=[个名位种次座条届])", said):
        return said[: found.start()] + str(_HAN.index(found.group()) + 1) + said[found.end() :]
    return ""


def _number(said: str, passage: str, answers: list[str], chance: Random) -> str:
    del passage, answers
    found = [*_NUMBER.finditer(said), *_HAN_NUMBER.finditer(said)]
    if not found:
        return ""
    one = chance.choice(found)
    return said[: one.start()] + _another(one.group(), chance) + said[one.end() :]


def _another(number: str, chance: Random) -> str:
    places = [place for place, char in enumerate(number) if char.isdigit() or char in _HAN]
    changed = list(number)
    for place in chance.sample(places, min(len(places), chance.choice((1, 1, 2)))):
        digits = _HAN if number[place] in _HAN else "123456789" if place == 0 else "0123456789"
        changed[place] = chance.choice([digit for digit in digits if digit != number[place]])
    return "".join(changed)


def _date(said: str, passage: str, answers: list[str], chance: Random) -> str:
    del answers
    found = list(_DATE.finditer(said))
    if not found:
        return ""
    one = chance.choice(found)
    nearby = [
        date for date in _DATE.findall(passage) if len(date) == len(one.group()) and date != one.group()
    ]
    if nearby and chance.random() < 0.4:
        other = str(chance.choice(nearby))
    elif one.group() in _HAN:
        other = chance.choice([char for char in _HAN if char != one.group()])
    else:
        least, most = (1, 12) if len(one.group()) < 3 else (-20, 20)
        shift = chance.choice([step for step in range(least, most + 1) if step])
        other = str(shift if least > 0 and str(shift) != one.group() else int(one.group()) + abs(shift))
    return said[: one.start()] + other + said[one.end() :]


def _negation(said: str, passage: str, answers: list[str], chance: Random) -> str:
    del passage, answers
    if found := _NOT.search(said):
        return said[: found.start()] + _AFFIRMED[found.group()] + said[found.end() :]
    claims = list(_CLAIM.finditer(said))
    if not claims:
        return ""
    one = chance.choice(claims)
    if one.group() == "有":
        return f"{said[: one.start()]}没有{said[one.end() :]}"
    plain = one.group() in ("是", "会", "能", "可以", "属于")
    word = "不" if plain else chance.choice(("没有", "并未", "没有"))
    return f"{said[: one.start()]}{word}{one.group()}{said[one.end() :]}"


def _opposite(said: str, passage: str, answers: list[str], chance: Random) -> str:
    del passage, answers
    return exchanged(said, "chinese", "opposite", most=1, chance=chance)


def _roles(said: str, passage: str, answers: list[str], chance: Random) -> str:
    """Two names in each other's place."""
    del passage
    here = [one for one in dict.fromkeys([*names(said), *answers]) if one in said and _is_name(one)]
    if len(here) < 2:
        return ""
    first, second = sorted(chance.sample(here, 2), key=said.find)
    a, c = said.find(first), said.find(second)
    between = said[a + len(first) : c]
    if a + len(first) > c or len(between) < 2 or re.search("[和与及、或跟]", between):
        return ""
    return said[:a] + second + between + first + said[c + len(second) :]


def _name(said: str, passage: str, answers: list[str], chance: Random) -> str:
    here = names(said)
    others = [name for name in [*names(passage), *answers] if name not in said]
    if not here or not others:
        return ""
    one = chance.choice(here)
    alike = [o for o in others if o[:1].isascii() == one[:1].isascii() and ("《" in o) == ("《" in one)]
    return said.replace(one, chance.choice(alike), 1) if alike else ""


def _answer(said: str, passage: str, answers: list[str], chance: Random) -> str:
    """Another answer, about as long and of the same look, in the place of one."""
    del passage
    here = [answer for answer in answers if answer in said and len(answer) > 1]
    if not here:
        return ""
    one = chance.choice(here)
    others = [
        o for o in answers
        if o not in said and one not in o and _digital(o) == _digital(one) and len(o) < 2 * len(one) + 2
    ]  # fmt: skip
    return said.replace(one, chance.choice(others), 1) if others else ""


def _is_name(answer: str) -> bool:
    return len(answer) <= 3 * _BLANDLY and not _digital(answer) and not set(answer) & set("，。的了是在")


def _digital(answer: str) -> bool:
    return any(char.isdigit() for char in answer)
