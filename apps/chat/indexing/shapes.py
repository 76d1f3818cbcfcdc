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
_LIFE = re.compile(r"\bborn\b|\d{4}\s*[–—-]\s*\d{4}|\d{4}年.*[–—－-]")
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
    """The question where the subject is a person, as dates of birth and death beside the name tell."""
    event: bool = False

    def ask(self, match: re.Match[str], text: str) -> str:
        """The question that a sentence of `text` answers."""
        groups = {key: value or "" for key, value in match.groupdict().items()}
        form = self.person if self.person and _LIFE.search(groups.get("aside", "")) else self.question
        if "the" in groups:
            groups["the"] = "the " if groups["the"] else ""
            groups["name"] = _within(groups["name"], text)
        return form.format(**groups | {"name": groups["name"].strip()})


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
    _shape(rf"{_NAME}{_ASIDE} are ", "What are {the}{name}?", 0.3),
    _shape(
        rf"{_NAME}{_ASIDE} (?P<was>was|were) (?:\w+ly )?(?P<made>{_MADE})\b[^.]* by ",
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

_TRADITIONAL = re.compile(r"[這個們與為於從後說國開關點學會現實種時對來發]")
_FORMS = str.maketrans("么里谁发这内", "麼裡誰發這內")


def in_forms_of(question: str, sentence: str) -> str:
    """A Chinese question in traditional characters where the sentence is."""
    return question.translate(_FORMS) if _TRADITIONAL.search(sentence) else question
