"""Numbers as they are written in English and Chinese, and what they are worth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_UP_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_SMALL = {word: value for value, word in enumerate(_UP_TO_NINETEEN.split())}
_ROUND = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = {word: 10 * value for value, word in enumerate(_ROUND.split(), 2)}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "once": 1, "twice": 2,
}  # fmt: skip
_SCALES = {
    "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "k": 10**3, "bn": 10**9, "mn": 10**6, "十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8,
    "万亿": 10**12,
}  # fmt: skip
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_STEPS = {"十": 10, "百": 100, "千": 1000}
_BLOCKS = {"万": 10**4, "亿": 10**8}
_LONGEST = 24  # digits that are worth something; longer runs stand for themselves
_HAN = "零〇一二三四五六七八九两十百千万亿"

_UNITS = {
    "%": "% percent 百分比",
    "km": "km kilometre kilometres kilometer kilometers 公里 千米",
    "m": "m metre metres meter meters 米 公尺",
    "cm": "cm centimetre centimetres centimeter centimeters 厘米 公分",
    "mm": "mm millimetre millimetres millimeter millimeters 毫米",
    "mi": "mi mile miles 英里",
    "ft": "ft foot feet 英尺",
    "in": "inch inches 英寸",
    "kg": "kg kilogram kilograms 公斤 千克",
    "t": "tonne tonnes ton tons 吨",
    "lb": "lb lbs pound pounds 磅",
    "s": "seconds 秒",
    "min": "minute minutes min 分钟",
    "h": "hour hours 小时",
    "day": "day days 天",
    "week": "week weeks 周 星期",
    "month": "months 个月",
    "year": "years 岁",
    "$": "dollar dollars 美元",
    "€": "euro euros 欧元",
    "£": "英镑",
    "¥": "yuan rmb 元 人民币",
    "°": "° degree degrees 度",
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_SIGNS = {"$": "$", "€": "€", "£": "£", "¥": "¥"}
_UNIT = "|".join(
    sorted((re.escape(w) + (r"(?![a-z])" if w.isascii() and w.isalpha() else "") for w in _UNIT_OF), key=len)[
        ::-1
    ]
)
_WORD = "|".join([*_SMALL, *_TENS, *_ORDINALS])
_WORDS = rf"\b(?:{_WORD})\b(?:(?:[\s-]+|\s+and\s+)(?:{_WORD}|hundred|thousand|million|billion|trillion)\b)*"
_NUMBER = re.compile(
    r"(?P<sign>[$€£¥]\s?)?"
    r"(?:(?P<version>(?<![a-z\d.])\d+(?:\.\d+){2,})"
    r"|(?P<digits>(?<![a-z\d.])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?)(?:st|nd|rd|th|s)?(?![a-z]{3})"
    r"(?:[\s-]?(?P<scale>hundred|thousand|million|billion|trillion|k\b|bn\b|mn\b|万亿|[百万亿]|千(?![米克])))?"
    rf"|(?P<percent>百分之)(?P<share>[{_HAN}\d.]{{1,{_LONGEST}}})"
    rf"|(?P<han>[{_HAN}]{{1,{_LONGEST}}}(?:点[{_HAN}]{{1,{_LONGEST}}})?)"
    rf"|(?P<words>{_WORDS}))"
    rf"(?:[\s-]?(?P<unit>{_UNIT}|per\s?cent))?"
)
_DATED = tuple("年月日号")
_VAGUE = ("", "day", "year")  # 一天 and "one day" often date nothing
_MUCH_LESS = 10  # words below it often stand for nothing that is counted: "one of the two"


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its unit ("" for none). `sure` where it surely counts or dates something."""

    value: str
    unit: str
    sure: bool
    start: int
    end: int


def numbers(text: str) -> Iterator[Number]:
    """The numbers of a folded text, in order: "2,220", "1.5 million", "twenty-one", "三千", "一九八一"."""
    for found in _NUMBER.finditer(text):
        read = _read(found)
        if read is None:
            continue
        value, sure = read
        unit = found["unit"] or ""
        unit = "%" if found["percent"] or unit.startswith("per") else _UNIT_OF.get(unit, "")
        unit = _SIGNS.get((found["sign"] or "").strip(), unit)
        dated = text[found.end() : found.end() + 1] in _DATED
        yield Number(value, unit, sure or dated or unit not in _VAGUE, *found.span())


def in_digits(text: str) -> str:
    """The folded text with every sure number in digits: 一九八一年 as 1981年, $1.5 million as 1500000 $."""
    parts, done = [], 0
    for number in numbers(text):
        if number.sure:
            parts += [text[done : number.start], f"{number.value} {number.unit}".strip()]
            parts += [" "] if number.unit else []
            done = number.end
    return "".join([*parts, text[done:]])


def _read(found: re.Match[str]) -> tuple[str, bool] | None:
    """The value, in one spelling, and whether it is sure."""
    if found["version"]:
        return found["version"], True
    if found["digits"]:
        digits = found["digits"].replace(",", "")
        if len(digits) > _LONGEST:
            return digits, True
        value = Decimal(digits) * _SCALES.get(found["scale"] or "", 1)
        return _spelled(value), True
    if found["words"]:
        counted = _english(found["words"])
        return _spelled(Decimal(counted)), counted >= _MUCH_LESS
    run = found["share"] or found["han"]
    worth = _chinese(run)
    return None if worth is None else (_spelled(worth), bool(found["share"]) or _is_sure(run))


def _spelled(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _is_sure(run: str) -> bool:
    """一 and 千万 are often no numbers; 三十 and 一九八一 are."""
    return len(run) > 1 and any(char in _DIGITS for char in run)


def _english(words: str) -> int:
    total = part = 0
    for word in re.findall(r"[a-z]+", words):
        if word == "hundred":
            part = max(part, 1) * 100
        elif word in _SCALES:
            total, part = total + max(part, 1) * _SCALES[word], 0
        else:
            part += _SMALL.get(word, _TENS.get(word, _ORDINALS.get(word, 0)))
    return total + part


def _chinese(run: str) -> Decimal | None:
    """What a run of Chinese numerals is worth; None for 百分之 with a sign that is none."""
    whole, _, fraction = run.partition("点")
    if not fraction and whole.replace(".", "", 1).isdigit() and whole.isascii():
        return Decimal(whole)
    if any(char not in _HAN for char in whole + fraction):
        return None
    worth = Decimal(_whole(whole))
    if fraction and all(char in _DIGITS for char in fraction):
        worth += Decimal("0." + "".join(str(_DIGITS[char]) for char in fraction))
    return worth


def _whole(run: str) -> int:
    """一千零五 = 1005, 一九八一 = 1981, 三万五千 = 35000."""
    if all(char in _DIGITS for char in run):
        return int("".join(str(_DIGITS[char]) for char in run))
    total = block = digit = 0
    for char in run:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _STEPS:
            block, digit = block + max(digit, 1) * _STEPS[char], 0
        else:
            total, block, digit = (total + max(block + digit, 1)) * _BLOCKS[char], 0, 0
    return total + block + digit
