"""What a statement and its evidence must agree on to the letter: numbers, dates, names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from ragkit.language import UnicodeAnalyzer
from ragkit.language.numerals import numbers

_JANUARY_TO_DECEMBER = "january february march april may june july august september october november december"
_MONTH_NAMES = _JANUARY_TO_DECEMBER.split()
_MONTHS = {form: n for n, name in enumerate(_MONTH_NAMES, 1) for form in (name, name[:3])} | {"sept": 9}
_ALWAYS_MONTHS = frozenset(_MONTH_NAMES) - {"march", "may", "august"}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_MONTH_WORD = re.compile(rf"(?<![a-z])({_MONTH})(?![a-z])\.?(?=(\s*\d)?)")
_DAY_BEFORE = re.compile(r"\d(?:st|nd|rd|th)?,?\s*(?:of\s+)?$")
_ISO = re.compile(r"(?<!\d)(\d{4})-(0[1-9]|1[0-2])-([0-2]\d|3[01])(?!\d)")
_HAN_MONTH = re.compile(r"(\d{1,2}|十[一二]?|[一二三四五六七八九])月")
_HAN_NAMES = "一 二 三 四 五 六 七 八 九 十 十一 十二"
_HAN_MONTHS = {name: n for n, name in enumerate(_HAN_NAMES.split(), 1)}

_LETTER = r"[A-Za-z0-9\u00c0-\u1fff]"
_NAME = re.compile(rf"(?<!{_LETTER})[A-Z\u00c0-\u1fff]{_LETTER}*(?:[-'’&.]{_LETTER}+)*")
_QUOTED = re.compile(r"《([^《》]{1,40})》")
_OPENING = re.compile(r"(?:^|[.!?:;…。！？：；\n\"“‘(\[（「『])\s*[\"“‘(\[（「『*_-]*\s*$")
_NO_NAMES = frozenset((
    "i", "i'm", "i'd", "i've", "i'll", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    "sunday", "mr", "mrs", "ms", "dr", "st", "ok", *_MONTH_NAMES, *_MONTHS,
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What a statement claims. `numbers` are (value, unit); `names` are folded words that are capitalised."""

    numbers: frozenset[tuple[str, str]]
    months: frozenset[int]
    names: frozenset[str]

    def __len__(self) -> int:
        return len(self.numbers) + len(self.months) + len(self.names)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a text holds, taken more widely than what a statement claims."""

    numbers: frozenset[tuple[str, str]]
    months: frozenset[int]
    words: frozenset[str]
    initials: frozenset[str]
    folded: str

    def lacks(self, claimed: Facts) -> Facts:
        """The facts that are claimed and not held."""
        values = {value for value, _ in self.numbers}
        units = {value: {u for v, u in self.numbers if v == value} for value in values}
        missing = {
            (value, unit)
            for value, unit in claimed.numbers
            if value not in values or (unit and "" not in units[value] and unit not in units[value])
        }
        names = {name for name in claimed.names if not self._names(name)}
        return Facts(frozenset(missing), claimed.months - self.months, frozenset(names))

    def _names(self, name: str) -> bool:
        if name in self.folded:  # also within a longer word, as German joins them
            return True
        parts = _forms(name)
        return parts <= self.words or name.replace(".", "") in self.initials


def claimed(text: str) -> Facts:
    """The facts that a statement surely claims."""
    folded = _folded(text)
    undated = _ISO.sub(r"\1 \3", folded)
    found = frozenset(
        (n.value, n.unit) for n in numbers(undated) if n.sure and not _in_code(undated, n.start)
    )
    return Facts(found, frozenset(_months(folded)) | _iso(folded), frozenset(_names(text)))


@lru_cache(maxsize=512)
def evidence(text: str) -> Evidence:
    """All facts that a text may hold."""
    folded = _folded(text)
    found = frozenset((n.value, n.unit) for n in numbers(folded))
    values = {value for value, _ in found}
    return Evidence(
        numbers=found | {(value, "") for value in _digits(folded) - values},
        months=frozenset(_months(folded, wide=True)) | _iso(folded),
        words=frozenset(form for word in _words(folded) for form in _forms(word)),
        initials=frozenset(_initials(text)),
        folded=folded,
    )


def _digits(folded: str) -> set[str]:
    """Every run of digits, so that 12 stands in "A12" and in "2019-12-03"."""
    return {run.lstrip("0") or "0" for run in re.findall(r"\d+", folded)}


def _in_code(folded: str, start: int) -> bool:
    """Whether a number is a part of a word with letters, as in F-172 or v2."""
    return start > 0 and folded[start - 1].isascii() and (folded[start - 1].isalpha())


def _months(folded: str, *, wide: bool = False) -> Iterator[int]:
    """Months by name; an ambiguous name counts beside a number, or anywhere when `wide`."""
    for found in _MONTH_WORD.finditer(folded):
        near = found[2] or _DAY_BEFORE.search(folded, 0, found.start())
        if wide or near or found[1] in _ALWAYS_MONTHS:
            yield _MONTHS[found[1]]
    for found in _HAN_MONTH.finditer(folded):
        month = _HAN_MONTHS.get(found[1]) or int(found[1])
        if month <= len(_HAN_MONTHS):
            yield month


def _iso(folded: str) -> frozenset[int]:
    return frozenset(int(found[2]) for found in _ISO.finditer(folded))


def _names(text: str) -> Iterator[str]:
    """Capitalised words that do not open a sentence, words of mixed letters and digits, titles in 《》."""
    for found in _NAME.finditer(text):
        word = _folded(found.group()).removesuffix("'s").removesuffix("’s").strip(".-'’")
        if not found.group()[0].isupper():
            continue
        opens = _OPENING.search(text[max(0, found.start() - 6) : found.start()])
        clear = sum(map(str.isupper, found.group())) > 1 or any(map(str.isdigit, word))
        if word and word not in _NO_NAMES and (clear or not opens) and len(word) > 1:
            yield word
    for found in _QUOTED.finditer(text):
        yield _folded(found[1])


def _initials(text: str) -> Iterator[str]:
    """NTSB for "National Transportation Safety Board"; all runs of two to six capitalised words."""
    words = [
        word for word in re.findall(r"[^\W\d_]+|[.;:!?]", text) if word[0].isupper() or not word.isalnum()
    ]
    heads = "".join(word[0].lower() if word[0].isalpha() else " " for word in words)
    for length in range(2, 7):
        for start in range(len(heads) - length + 1):
            yield heads[start : start + length]


def _words(folded: str) -> list[str]:
    return re.findall(r"[^\W_]+", folded)


@lru_cache(maxsize=1 << 14)
def _forms(word: str) -> frozenset[str]:
    """The stems of the parts of a word."""
    return frozenset(_analyzer().content_terms(" ".join(_words(word)))) or frozenset({word})


@lru_cache(maxsize=1 << 10)
def _folded(text: str) -> str:
    return _analyzer().folded(text)


@cache
def _analyzer() -> UnicodeAnalyzer:
    return UnicodeAnalyzer()
