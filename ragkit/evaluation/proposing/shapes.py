"""A shape of sentences, and the question that sentences of this shape answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

from ragkit.language.chinese import simplified

Role = Literal["person", "place", "body"]
"""What a question can be asked about; of one role, one name may stand for another."""

HAN = re.compile(r"[一-鿿]")
_PEOPLE = """
actor actress activist administrator admiral architect artist astronaut astronomer athlete author biologist
bishop boxer businessman businesswoman captain chairman chemist chief colonel comedian commander composer
conductor count critic dancer designer director doctor driver drummer duke economist editor emperor employee
empress engineer entrepreneur executive explorer footballer founder general governor guitarist historian
inventor judge king lawyer leftist manager mathematician merchant minister missionary monk musician novelist
officer official painter philosopher photographer physician physicist pianist pilot player playwright poet
politician pope president priest prince princess producer professor programmer publisher queen rapper saint
scholar scientist sculptor secretary singer sociologist soldier swimmer teacher theologian theorist trader
vocalist writer brother daughter father husband man mother person sister son wife woman
"""
_PERSON_HEAD = re.compile(
    rf"(?:(?!of\b)[\w'-]+ ){{0,4}}?(?:{'|'.join(_PEOPLE.split())}|leader(?= of\b)|figure(?= in\b)|"
    r"[A-Z]\w+(?= who\b)|member(?= of (?:[\w-]+ ){0,4}(?:band|team|party|family|crew)\b))"
    r"(?=[,.;]|$| (?:and|of|who|whose|from|in|at|for|to|born|known|during|with)\b)"
)
_HAN_PERSON = re.compile(
    r"[^，。；的]{0,12}(?:[^，。；]{0,16}的)?[^，。；]{0,8}"
    r"(?:(?:作|画|漫画|政治|音乐|学|革命|企业|艺术|科学|思想|军事)家|诗人|皇帝|国王|总统|"
    r"[演球]员|导演|歌手|将军|教授|人物|选手)(?=[，。；]|之一|$)"
)
_LIFE = re.compile(r"(\d{2,4})\D{0,12}[–—－～-]\D{0,12}(\d{2,4})")
_YOUNGEST, _OLDEST = 15, 110  # years that famous people lived
_TRADITIONAL = re.compile(
    r"[這個們與為於從後說國開關點學會現實種時對來發葉環兩長狀東車馬鳥門頭動業產區網經線組]"
)
_TRADITIONAL_SHARE = 0.01  # of the characters of a text in which they are written
_FORMS = str.maketrans(
    "么里谁发内于来样时产应当长间为组别还毕业属个", "麼裡誰發內於來樣時產應當長間為組別還畢業屬個"
)
_ENDS = " \t\n,;:，；：、—–-"
_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』", "‘": "’"}
_BRACKETS = (("(", ")"), ("（", "）"), ("[", "]"), ("“", "”"), ("「", "」"), ("《", "》"))
_CUT_OFF = ("中", "的", " the", " a", " of", " and", " or")
_LONGEST_ANSWER = 120


@dataclass(frozen=True, slots=True)
class Fit:
    """How a sentence fits a shape: the words of each group, and what is said from the answer on."""

    groups: Mapping[str, str]
    said: str


@dataclass(frozen=True)
class Shape:
    """Sentences that begin with `pattern` answer `question`, in which the groups of the match stand.

    The group `name` is its subject, `answer` the short answer where the shape knows it; `weight` says how
    good such questions are. Where the subject is a person `person` is asked.
    """

    pattern: str
    question: str
    weight: float
    person: str = ""
    role: Role | None = field(default=None, kw_only=True)
    """What such a question can be asked about, if it is always the same; then another name may be put in."""
    event: bool = field(default=False, kw_only=True)
    """It need not be named a second time in its document."""
    topic: bool = field(default=False, kw_only=True)
    """The subject is what the section is about, and the pattern is what stands behind it."""
    words: Mapping[str, str] | None = field(default=None, kw_only=True)
    """For the group `did`: the word that the question has in its place, as {do}."""

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def fit(self, said: str, section: str = "") -> Fit | None:
        """How a sentence of a section fits the shape; None where it does not."""
        plain = simplified(said)  # of the same length
        if self.topic and not (section and said.startswith(section)):
            return None
        match = self._compiled.match(plain, len(section) if self.topic else 0)
        if match is None:
            return None
        spans = {name: match.span(name) for name in match.groupdict()}
        if self.topic:
            spans["name"] = 0, len(section)
        groups = {name: said[start:end] if start >= 0 else "" for name, (start, end) in spans.items()}
        behind = spans.get("answer", (-1, -1))[0]
        return Fit(groups, plain[behind if behind >= 0 else match.end() :])

    def ask(self, fit: Fit, text: str, section: str = "") -> str:
        """The question that a sentence of `text` answers; "" where it needs a section and there is none."""
        groups = {**fit.groups, "section": section, "name": fit.groups["name"].strip()}
        form = self.person if self.person and is_person(fit) else self.question
        if "{section}" in form and not section:
            return ""
        if HAN.search(form) and is_traditional(text):
            form = form.translate(_FORMS)
        if self.words is not None:
            groups["do"] = self.words[groups["did"]]
        if "the" in groups:
            groups["the"] = "the " if groups["the"] else ""
            groups["name"] = _within(groups["name"], text)
        return form.format(**groups)

    def answer(self, fit: Fit) -> str:
        """The short answer, "" where the shape does not know it; the subject, where that is asked for."""
        found = fit.groups.get("answer", "" if "{name}" in self.question else fit.groups["name"]).strip(_ENDS)
        if len(found) > 2 and _QUOTES.get(found[0]) == found[-1]:
            found = found[1:-1]
        return found if len(found) <= _LONGEST_ANSWER and _is_closed(found) else ""


def is_person(fit: Fit) -> bool:
    """Whether years of birth and death stand beside the name, or what is said of it is said of people."""
    head = _HAN_PERSON if HAN.search(fit.said) else _PERSON_HEAD
    plain = re.sub(r"^(?:an?|the|one of|一[位名个])\s*", "", fit.said)
    return bool(head.match(plain)) or _is_life(fit.groups.get("aside", ""))


def _is_life(aside: str) -> bool:
    """Whether what stands in brackets are the years of a life, and not of a war."""
    years = _LIFE.search(aside)
    lived = int(years[2]) - int(years[1]) if years else 0
    return _YOUNGEST <= lived <= _OLDEST or re.search(r"\bborn\b|出生|[生卒]于", aside) is not None


@lru_cache(8)
def is_traditional(text: str) -> bool:
    """Whether a text is in traditional Chinese characters."""
    return len(_TRADITIONAL.findall(text)) > _TRADITIONAL_SHARE * len(text)


def _is_closed(answer: str) -> bool:
    """Whether an answer is no part of something in brackets, and not cut off."""
    balanced = all(answer.count(one) == answer.count(other) for one, other in _BRACKETS)
    return balanced and not answer.endswith(_CUT_OFF)


def _within(name: str, text: str) -> str:
    """A name as it stands within a sentence: a word that is mostly written small there is no proper name."""
    first, _, rest = name.partition(" ")
    small = f"{first[0].lower()}{first[1:]} {rest}".strip()
    if rest != rest.lower() or small == name:
        return name
    as_word, as_name = (len(re.findall(rf"(?<=[a-z,] ){re.escape(one)}\b", text)) for one in (small, name))
    return small if as_word > as_name else name
