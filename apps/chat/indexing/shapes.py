"""Shapes of sentences, and the questions that they answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = rf"{_MONTH} \d{{1,2}}, \d{{4}}"
_WORD = r"[A-Z0-9][\w'’&-]*"
_NAME = rf"(?P<the>[Tt]he )?(?P<name>{_WORD}(?: (?:(?:of|the|and|for|upon|de) )*{_WORD}){{0,5}})"
_ASIDE = r"(?: \((?P<aside>[^()]{1,80})\))?,?"
_MADE = (
    "founded|established|built|created|discovered|invented|introduced|published|released|designed|"
    "launched|opened|formed|constructed|signed|completed|developed|coined|named"
)
_PROPERTY = (
    "mission|purpose|goal|aim|objective|vision|role|capital|population|cause|function|duration|deadline|scope|"
    "result|effect|advantage|area|height|length|size|origin|meaning|price|cost|amount|term|subject"
)
_BODY = (
    "(?:Administration|Agency|Board|Bureau|Center|Commission|Department|Directorate|Office|Service|Services)"
)
_PERSON_HEAD = re.compile(
    r"(?:[\w'-]+ ){0,4}?(?:leader(?= of\b)|king|queen|emperor|empress|president|minister|politician|governor|"
    r"general|officer|writer|author|poet|novelist|playwright|journalist|scientist|physicist|chemist|mathematician|"
    r"biologist|engineer|inventor|architect|philosopher|historian|economist|lawyer|judge|actor|actress|singer|"
    r"musician|composer|painter|artist|director|player|footballer|professor|bishop|saint|duke|prince|princess|"
    r"explorer|son|daughter|woman|man|member(?= of (?:[\w-]+ ){0,4}(?:band|team|party|family|crew)\b))"
    r"(?=[,.;]| (?:and|of|who|from|in|at|for|to)\b)"
)
_HAN_PERSON = re.compile(
    r"[^，。；的]{0,12}(?:[^，。；]{0,16}的)?[^，。；]{0,8}"
    r"(?:(?:作|画|畫|漫画|政治|音[乐樂]|[学學]|革命|企[业業]|[艺藝][术術]|科[学學]|思想|[军軍]事)家|[诗詩]人|皇帝|国王|國王|[总總][统統]|"
    r"[演球]员|[演球]員|[导導]演|歌手|将军|將軍|教授|人物|[选選]手)(?=[，。；]|之一|$)"
)
_TRADITIONAL = re.compile(
    r"[這個們與為於從後說國開關點學會現實種時對來發葉環兩長狀東車馬鳥門頭動業產區網經線組]"
)
_TRADITIONAL_SHARE = 0.01  # of the characters of a text in which they are written
_FORMS = str.maketrans("么里谁发内于来", "麼裡誰發內於來")
_LIFE = re.compile(r"\bborn\b|\d{4}\s*[–—-]\s*\d{4}|\d{2,4}\s*年.*[–—－～-]")
_HAN_NAME = r"(?P<name>[《「]?[一-鿿A-Za-z0-9·《》+_./-]{2,16}?(?: [A-Za-z0-9一-鿿]{1,12}){0,2}[》」]?)"
_HAN_ASIDE = r"\s*(?:[（(](?P<aside>[^（）()]{0,80})[）)])?"
_HAN_YEAR = r"(?:公元前?|西元前?)?\s?\d{2,4}\s?年"


@dataclass(frozen=True, slots=True)
class Shape:
    """Sentences that begin with `pattern` answer `question`, in which the groups of the match stand.

    The group `name` is its subject; `weight` says how good such questions are. An `event` need not be named
    a second time in its document.
    """

    pattern: re.Pattern[str]
    question: str
    weight: float
    person: str = ""
    """The question where the subject is a person."""
    event: bool = False

    def ask(self, match: re.Match[str], text: str) -> str:
        """The question that a sentence of `text` answers."""
        groups = {key: value or "" for key, value in match.groupdict().items()}
        form = self.person if self.person and _is_person(match) else self.question
        if len(_TRADITIONAL.findall(text)) > _TRADITIONAL_SHARE * len(text):
            form = form.translate(_FORMS)
        if "the" in groups:
            groups["the"] = "the " if groups["the"] else ""
            groups["name"] = _within(groups["name"], text)
        return form.format(**groups | {"name": groups["name"].strip()})


def _is_person(match: re.Match[str]) -> bool:
    """Whether years of birth and death stand beside the name, or what is said of it is said of people."""
    rest = match.string[match.end() :]
    said = _HAN_PERSON.match(rest) if _HAN_NAME in match.re.pattern else _PERSON_HEAD.match(rest)
    return bool(said) or _LIFE.search(match["aside"] or "") is not None


def _within(name: str, text: str) -> str:
    """A name as it stands within a sentence: a word that is written small elsewhere is no proper name."""
    first, _, rest = name.partition(" ")
    small = f"{first[0].lower()}{first[1:]} {rest}".strip()
    common = rest == rest.lower() and re.search(rf"(?<=[a-z,] ){re.escape(small)}\b", text)
    return small if common else name


def _shape(pattern: str, question: str, weight: float, person: str = "", *, event: bool = False) -> Shape:
    return Shape(re.compile(pattern), question, weight, person, event)


ENGLISH = (
    _shape(rf"{_NAME}{_ASIDE} is (?:an?|the|one of) ", "What is {the}{name}?", 1.0, "Who is {name}?"),
    _shape(rf"{_NAME}{_ASIDE} was (?:an?|the|one of) ", "What was {the}{name}?", 0.8, "Who was {name}?"),
    _shape(rf"{_NAME}{_ASIDE} are (?!still|not|also|now|often|the same)", "What are {the}{name}?", 0.3),
    _shape(
        rf"{_NAME}{_ASIDE} (?P<was>was|were) (?:\w+ly )?(?P<made>{_MADE})\b[^.]* by "
        r"(?!Royal|the Act|an? act|Act|decree|treaty|law|means|using)",
        "Who {made} {the}{name}?",
        1.6,
    ),
    _shape(
        rf"{_NAME}{_ASIDE} (?P<was>was|were) (?:\w+ly )?(?P<made>{_MADE})\b[^.]* (?:in|on) "
        r"[^.]{0,20}\d{4}",
        "When {was} {the}{name} {made}?",
        1.6,
    ),
    _shape(rf"{_NAME}{_ASIDE} (?P<is>is|are) (?:located|situated|found) ", "Where {is} {the}{name}?", 1.4),
    _shape(rf"{_NAME}{_ASIDE} stands for ", "What does {name} stand for?", 1.2),
    _shape(
        rf"The (?P<what>(?:\w+ )?(?:{_PROPERTY})) of {_NAME} (?P<is>is|was) ",
        "What {is} the {what} of {the}{name}?",
        1.8,
    ),
    _shape(
        rf"{_NAME}[’']s? (?P<what>(?:\w+ )?(?:{_PROPERTY})) (?P<is>is|was) ",
        "What {is} the {what} of {the}{name}?",
        1.8,
    ),
    _shape(
        r"(?P<the>)(?P<name>[A-Z][\w’'&-]*(?: [\w’'&-]+){0,5}?) (?P<grew>increase|decrease|decline)d\b"
        r".*\b(?:due to|because|driven by|primarily|as a result)\b",
        "Why did {name} {grew}?",
        1.7,
    ),
    _shape(
        rf"(?P<the>)(?P<name>{_WORD}(?: (?:(?:of|the|and|for|on|in) )*{_WORD}){{0,6}} {_BODY}) ?: "
        r"[A-Z][a-z]+s ",
        "What does the {name} do?",
        1.0,
    ),
    _shape(rf"On (?P<name>{_DATE}),", "What happened on {name}?", 0.6, event=True),
)


CHINESE = (
    _shape(
        rf"{_HAN_NAME}{_HAN_ASIDE}，?是(?!否|因|为|由|在|以|从|不|可|要)",
        "{name}是什么？",
        1.0,
        "{name}是谁？",
    ),
    _shape(rf"{_HAN_NAME}{_HAN_ASIDE}，?(?:是指|指的是|就是)", "{name}是什么？", 1.2),
    _shape(rf"{_HAN_NAME}{_HAN_ASIDE}，?(?:坐落|位)[于於]", "{name}位于哪里？", 1.5),
    _shape(rf"{_HAN_NAME}{_HAN_ASIDE}，?(?:主要)?分布[于於在]", "{name}分布在哪里？", 1.4),
    _shape(
        rf"{_HAN_NAME}{_HAN_ASIDE}(?:，[^，。]{{0,12}}?|正式|大约|约)?(?P<made>始建|兴建|興建|成立|创立|創立|创建|創建|创办|創辦|建成)"
        rf"[于於][^，。]{{0,8}}{_HAN_YEAR}",
        "{name}{made}于哪一年？",
        1.6,
    ),
    _shape(
        rf"{_HAN_NAME}{_HAN_ASIDE}，?是?由(?P<who>[^，。]{{2,24}}?)所?"
        r"(?P<made>发明|發明|创建|創建|设计|設計|提出|开发|開發|推出|发现|發現|编写|編寫|建立|创立|創立)",
        "{name}是由谁{made}的？",
        1.6,
    ),
    _shape(rf"{_HAN_NAME}{_HAN_ASIDE}，?(?:主要)?(?:包括|包含)", "{name}包括哪些内容？", 0.9),
    _shape(rf"{_HAN_NAME}{_HAN_ASIDE}，?(?:主要|可以|可)?(?:用于|用來|用来|用於)", "{name}有什么用途？", 1.3),
    _shape(rf"{_HAN_NAME}{_HAN_ASIDE}，?(?:得名|因.{{2,20}}而得名)", "{name}的名字是怎么来的？", 1.6),
    _shape(r"(?P<name>\d{4}年\d{1,2}月\d{1,2}日)，", "{name}发生了什么？", 0.6, event=True),
)
